push -1
print
push tt
halt
