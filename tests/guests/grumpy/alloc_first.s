push 3
push 0
alloc
halt
