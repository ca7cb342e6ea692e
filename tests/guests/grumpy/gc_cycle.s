push 1
push undef
alloc
var 0
push 0
var 0
set
push 1021
push 0
alloc
pop
push 1021
push 0
alloc
pop
var 0
push 0
get
push 0
push 7
set
var 0
push 0
get
halt
