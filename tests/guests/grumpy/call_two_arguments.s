push 10
push 3
push Lsub
setframe 3
swap
call
halt
Lsub:
var 1
var 0
binary -
ret
