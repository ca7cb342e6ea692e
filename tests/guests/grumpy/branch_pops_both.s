push 9
push false
push Lyes
branch
Lyes:
halt
