setframe 0
pop
push 1
push Lchild
alloc
spawn
push tt
halt
Lchild:
var 2
var 3
binary ==
push Lsame
branch
halt
Lsame:
push 61
print
halt
