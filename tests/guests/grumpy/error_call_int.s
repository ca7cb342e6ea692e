push 1
call
halt
