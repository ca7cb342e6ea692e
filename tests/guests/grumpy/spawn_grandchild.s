push 2
push Lchild
alloc
var 0
push 1
push Lgrandchild
set
var 0
spawn
push 1
halt
Lchild:
push 66
print
push 1
push Lgrandchild
alloc
spawn
push tt
ret
Lgrandchild:
push 67
print
push tt
ret
