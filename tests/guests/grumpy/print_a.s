push 353
print
push tt
halt
