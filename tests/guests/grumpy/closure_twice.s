push 1
push Linc
alloc
var 0
push 3
push Ltwice
setframe 3
swap
call
halt
Ltwice:
var 0
var 0
var 1
var 0
push 0
get
setframe 3
swap
call
var 0
push 0
get
setframe 3
swap
call
ret
Linc:
push 1
var 1
binary +
ret
