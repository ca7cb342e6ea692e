push undef
halt
