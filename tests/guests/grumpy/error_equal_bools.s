push true
push false
binary ==
halt
