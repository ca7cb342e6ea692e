push 1
peek 0
halt
