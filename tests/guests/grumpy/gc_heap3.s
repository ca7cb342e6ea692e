push 100
push 8
alloc
push 1
push 9
alloc
push 10
Lloop:
push 100
var 1
alloc
pop
push 1
var 2
binary -
store 2
var 2
push 0
binary <
push Lloop
branch
var 0
push 99
get
var 1
push 0
get
binary +
halt
