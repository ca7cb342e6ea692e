push true
push 0
alloc
halt
