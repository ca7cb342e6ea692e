push 10
push 20
push 30
store 0
var 0
halt
