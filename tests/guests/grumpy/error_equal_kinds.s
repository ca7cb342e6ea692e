push tt
push 1
binary ==
halt
