push 1
push Lchild
alloc
spawn
push 1
halt
Lchild:
push 3000
Lwait:
push 1
var 4
binary -
store 4
var 4
push 0
binary <
push Lwait
branch
push 33
print
halt
