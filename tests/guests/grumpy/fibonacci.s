push 15
push Lfib
setframe 2
swap
call
halt
Lfib:
push 2
var 0
binary <
push Lsmall
branch
push 1
var 0
binary -
push Lfib
setframe 2
swap
call
push 2
var 0
binary -
push Lfib
setframe 2
swap
call
binary +
ret
Lsmall:
var 0
ret
