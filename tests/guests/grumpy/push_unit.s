push tt
halt
