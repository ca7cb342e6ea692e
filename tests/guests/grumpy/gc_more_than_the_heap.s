push 1024
push 0
alloc
halt
