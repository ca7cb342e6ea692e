push 1
push Lx
branch
Lx:
halt
