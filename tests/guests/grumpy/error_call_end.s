push Lend
call
halt
Lend:
