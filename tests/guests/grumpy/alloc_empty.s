push 0
push tt
alloc
halt
