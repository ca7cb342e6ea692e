push tt
push 10
Lbuild:
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
push Lbuild
branch
pop
push 0
Lsum:
var 0
push 0
get
var 1
binary +
store 1
var 0
push 1
get
store 0
push 10
var 0
push 0
get
binary <
push Lsum
branch
var 0
push 0
get
var 1
binary +
halt
