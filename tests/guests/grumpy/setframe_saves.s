push 1
setframe 1
halt
