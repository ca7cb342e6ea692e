push 1
var 1
halt
