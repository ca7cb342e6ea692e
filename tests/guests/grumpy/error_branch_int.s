push true
push 1
branch
halt
