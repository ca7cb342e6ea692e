push Lend
halt
Lend:
