push 99
push 7
alloc
push 100
Lloop:
push 23
push 0
alloc
pop
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
push 98
get
halt
