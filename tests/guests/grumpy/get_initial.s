push 3
push 42
alloc
push 2
get
halt
