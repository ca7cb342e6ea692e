push 4
push 3
binary +
halt
