push 1
