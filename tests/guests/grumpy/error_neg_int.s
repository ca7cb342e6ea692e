push 1
unary neg
halt
