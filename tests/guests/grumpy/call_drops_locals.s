push 100
push 1
push Lf
setframe 2
swap
call
binary +
halt
Lf:
push 5
push 6
pop
pop
push 7
ret
