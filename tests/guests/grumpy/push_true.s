push true
halt
