push 5
push 5
binary ==
halt
