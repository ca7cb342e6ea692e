push 10
push Lfact
setframe 2
swap
call
halt
Lfact:
var 0
push 0
binary ==
push Lbase
branch
var 0
push 1
var 0
binary -
push Lfact
setframe 2
swap
call
binary *
ret
Lbase:
push 1
ret
