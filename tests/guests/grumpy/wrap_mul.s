push 65536
push 65537
binary *
halt
