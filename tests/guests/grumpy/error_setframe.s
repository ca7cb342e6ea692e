push 1
setframe 2
halt
