push -1
push 0
alloc
halt
