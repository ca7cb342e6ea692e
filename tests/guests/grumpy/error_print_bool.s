push true
print
halt
