push 3
push 4
binary ==
halt
