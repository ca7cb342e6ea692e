push 2
push 3
push Lf
setframe 3
swap
call
halt
Lf:
push 50
var 4
swap
pop
ret
