push 3
push 0
alloc
push 1
push 0
alloc
halt
