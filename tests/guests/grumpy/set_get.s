push 3
push 42
alloc
var 0
push 1
push 99
set
var 0
push 1
get
halt
