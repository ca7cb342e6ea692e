push 1
spawn
halt
