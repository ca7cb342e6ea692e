push 3
push 0
alloc
push 3
push 1
set
halt
