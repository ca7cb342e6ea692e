push 7
push 8
peek 1
halt
