Lloop:
push 1
push true
push Lloop
branch
