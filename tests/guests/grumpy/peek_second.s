push 7
push 8
peek 2
halt
