push 2
push -7
binary /
halt
