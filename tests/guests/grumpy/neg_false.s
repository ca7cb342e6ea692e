push false
unary neg
halt
