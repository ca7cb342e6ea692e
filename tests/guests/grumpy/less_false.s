push 2
push 2
binary <
halt
