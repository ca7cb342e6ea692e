push 1
push 5
alloc
spawn
halt
