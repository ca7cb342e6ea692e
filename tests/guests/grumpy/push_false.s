push false
halt
