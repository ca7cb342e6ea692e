push -6
push 7
binary *
halt
