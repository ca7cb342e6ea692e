push tt
push tt
binary ==
halt
