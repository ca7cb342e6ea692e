push 1
push 2
setframe 1
var 0
halt
