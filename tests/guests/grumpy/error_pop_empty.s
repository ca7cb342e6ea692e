pop
halt
