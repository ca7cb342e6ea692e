push 0
push Lf
setframe 2
swap
call
halt
Lf:
var 0
push Lf
setframe 2
swap
call
ret
