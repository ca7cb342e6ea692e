push 0
push tt
alloc
push 0
push tt
alloc
binary ==
halt
