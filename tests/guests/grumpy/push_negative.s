push -3
halt
