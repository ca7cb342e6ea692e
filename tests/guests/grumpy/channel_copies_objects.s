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
push 1
get
push 0
get
halt
Lchild:
push 2
push undef
alloc
push 1
push 11
alloc
var 4
push 1
var 5
set
var 0
push 1
get
var 4
send
var 5
push 0
push 99
set
halt
