push 1
push 2147483647
binary +
halt
