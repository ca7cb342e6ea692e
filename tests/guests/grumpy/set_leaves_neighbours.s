push 3
push 42
alloc
var 0
push 1
push 99
set
var 0
push 0
get
var 0
push 2
get
binary +
halt
