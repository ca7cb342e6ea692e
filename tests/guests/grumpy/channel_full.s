channel
push 2
push Ldrain
alloc
var 1
push 1
var 0
set
var 1
spawn
push 200
Lsend:
var 0
var 2
send
push 1
var 2
binary -
store 2
var 2
push 0
binary <
push Lsend
branch
halt
Ldrain:
push 0
push 200
Lrecv:
var 0
push 1
get
recv
var 4
binary +
store 4
push 1
var 5
binary -
store 5
var 5
push 0
binary <
push Lrecv
branch
push 20100
var 4
binary ==
push Lok
branch
halt
Lok:
push 89
print
halt
