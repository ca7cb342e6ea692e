push 2
push Lchild
alloc
var 0
push 1
push 88
set
var 0
spawn
push tt
halt
Lchild:
var 0
push 1
get
print
halt
