channel
push 2
push Lchild
alloc
var 1
push 1
var 0
set
var 1
spawn
var 0
recv
halt
Lchild:
var 0
push 1
get
var 2
send
halt
