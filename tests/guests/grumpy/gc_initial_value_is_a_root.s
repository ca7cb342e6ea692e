push 499
push 1
alloc
pop
push 520
push 9
push 7
alloc
alloc
push 519
get
push 8
get
halt
