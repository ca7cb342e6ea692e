push 10
push 0
alloc
push 3
push 1
alloc
store 0
push 1018
push 0
alloc
pop
var 0
halt
