push 1
swap
halt
