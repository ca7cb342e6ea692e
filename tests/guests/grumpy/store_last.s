push 10
push 20
store 0
halt
