push 999
push 0
alloc
push 23
push 0
alloc
halt
