push 1023
push 0
alloc
halt
