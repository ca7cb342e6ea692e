push 3
push 0
get
halt
