channel
push 2
push Lchild
alloc
var 1
push 1
var 0
set
spawn
var 0
recv
halt
Lchild:
var 0
push 1
get
push 41
push 1
binary +
send
halt
