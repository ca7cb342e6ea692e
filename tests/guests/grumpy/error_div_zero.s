push 0
push 1
binary /
halt
