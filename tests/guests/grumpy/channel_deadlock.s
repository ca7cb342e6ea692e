channel
recv
halt
