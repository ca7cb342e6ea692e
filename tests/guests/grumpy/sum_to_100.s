push 0
push 100
Lloop:
var 0
var 1
binary +
store 0
push 1
var 1
binary -
store 1
var 1
push 0
binary <
push Lloop
branch
var 0
halt
