push tt
push 19
Lloop:
push 9
push 0
alloc
pop
push 2
push undef
alloc
var 2
push 0
var 1
set
var 2
push 1
var 0
set
store 0
push 1
var 1
binary -
store 1
var 1
push 0
binary <
push Lloop
branch
var 0
push 0
get
halt
