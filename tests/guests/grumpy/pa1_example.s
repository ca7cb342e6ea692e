setframe 0
push Lmain
call
halt
Lmain:
push 3
push 12
binary /
ret
