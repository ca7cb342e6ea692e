push 1
push Lchild
alloc
spawn
push 77
halt
Lchild:
push 67
print
push tt
ret
