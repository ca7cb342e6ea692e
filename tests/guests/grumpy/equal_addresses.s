push 0
push tt
alloc
peek 1
binary ==
halt
