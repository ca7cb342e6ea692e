push 999
push 0
alloc
pop
push 24
push 0
alloc
halt
