push 2
push Lchild
alloc
var 0
push 1
push 5
set
var 0
spawn
push 2000
Lwait:
push 1
var 1
binary -
store 1
var 1
push 0
binary <
push Lwait
branch
var 0
push 1
get
halt
Lchild:
var 0
push 1
push 99
set
var 0
push 1
get
print
push tt
ret
