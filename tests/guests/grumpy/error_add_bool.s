push true
push 1
binary +
halt
