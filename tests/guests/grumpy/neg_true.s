push true
unary neg
halt
