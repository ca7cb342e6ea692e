push false
push Lyes
branch
push 1
halt
Lyes:
push 2
halt
