push 3
push 2
binary <
halt
