push 1
push 2
pop
halt
