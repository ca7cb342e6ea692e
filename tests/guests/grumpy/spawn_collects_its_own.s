push 512
push Lchild
alloc
var 0
spawn
push 510
push 0
alloc
halt
Lchild:
push 509
push 0
alloc
pop
push 509
push 0
alloc
pop
push 46
print
halt
