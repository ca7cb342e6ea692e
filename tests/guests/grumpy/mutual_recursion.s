push 9
push Leven
setframe 2
swap
call
halt
Leven:
var 0
push 0
binary ==
push Lyes
branch
push 1
var 0
binary -
push Lodd
setframe 2
swap
call
ret
Lodd:
var 0
push 0
binary ==
push Lno
branch
push 1
var 0
binary -
push Leven
setframe 2
swap
call
ret
Lyes:
push true
ret
Lno:
push false
ret
