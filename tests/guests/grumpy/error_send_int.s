push 1
push 2
send
halt
