push -1
push -2147483648
binary /
halt
