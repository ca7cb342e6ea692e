push 72
print
push 105
print
push 0
halt
