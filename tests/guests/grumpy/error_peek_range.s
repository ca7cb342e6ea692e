push 1
peek 2
halt
