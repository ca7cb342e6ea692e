push 1
push 5
alloc
push 2
var 0
alloc
push 1018
push 0
alloc
pop
push 1018
push 0
alloc
pop
var 1
push 0
get
push 0
push 6
set
var 1
push 1
get
push 0
get
halt
