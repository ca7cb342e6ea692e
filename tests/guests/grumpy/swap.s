push 1
push 2
swap
halt
