push 200
Lloop:
push 100
push 0
alloc
pop
push 1
var 0
binary -
store 0
var 0
push 0
binary <
push Lloop
branch
push 3
halt
