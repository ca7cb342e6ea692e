push 999
push 0
alloc
push 24
push 0
alloc
halt
