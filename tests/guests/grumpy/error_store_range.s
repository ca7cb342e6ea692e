push 1
store 0
halt
