push -2147483648
halt
