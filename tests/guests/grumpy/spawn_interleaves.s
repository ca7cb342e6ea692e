push 1
push Lchild
alloc
spawn
push 65
print
push 65
print
push 65
print
push 0
halt
Lchild:
push 66
print
push 66
print
push 66
print
halt
