channel
channel
push 3
push Lworker
alloc
var 2
push 1
var 0
set
var 2
push 2
var 1
set
var 2
spawn
push 0
push 5
Lfeed:
var 0
var 4
send
var 1
recv
var 3
binary +
store 3
push 1
var 4
binary -
store 4
var 4
push 0
binary <
push Lfeed
branch
var 0
push 0
send
var 3
halt
Lworker:
var 0
push 1
get
recv
var 4
push 0
binary ==
push Lstop
branch
var 0
push 2
get
var 4
var 4
binary *
send
pop
push true
push Lworker
branch
Lstop:
halt
