push 1
push Lchild
alloc
spawn
push 65
print
Lforever:
push true
push Lforever
branch
Lchild:
push 66
print
pop
pop
pop
pop
pop
halt
