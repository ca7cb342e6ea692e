push 1
ret
