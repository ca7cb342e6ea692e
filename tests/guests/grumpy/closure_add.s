push 2
push undef
alloc
var 0
push 0
push Ladd
set
var 0
push 1
push 10
set
var 0
push 5
var 0
push 0
get
setframe 3
swap
call
halt
Ladd:
var 0
push 1
get
var 1
binary +
ret
