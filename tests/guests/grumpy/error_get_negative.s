push 3
push 0
alloc
push -1
get
halt
