push true
push Lend
branch
halt
Lend:
