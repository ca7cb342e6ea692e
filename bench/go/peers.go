// The bench programs in Go, on one processor: reads a program's name a line from standard input, runs it, answers with
// microseconds. What is missing here (selective-receive has no counterpart, spawn would need gigabytes of stacks) gets no answer.
package main

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"time"
)

func fib(n int) int {
	if n < 2 {
		return n
	}
	return fib(n-1) + fib(n-2)
}

func loop(n int) int {
	sum := 0
	for i := 0; i < n; i++ {
		sum += i % 7 * 3
	}
	return sum
}

type cell struct {
	head int
	tail *cell
}

type boards struct {
	head *cell
	tail *boards
}

func safe(q, d int, board *cell) bool {
	for ; board != nil; board = board.tail {
		if q == board.head || q == board.head+d || q == board.head-d {
			return false
		}
		d++
	}
	return true
}

func queens(k, n int) *boards {
	if k == 0 {
		return &boards{}
	}
	var all *boards
	for b := queens(k-1, n); b != nil; b = b.tail {
		for q := 1; q <= n; q++ {
			if safe(q, 1, b.head) {
				all = &boards{&cell{q, b.head}, all}
			}
		}
	}
	return all
}

type tree struct{ left, right *tree }

func makeTree(depth int) *tree {
	if depth == 0 {
		return &tree{}
	}
	return &tree{makeTree(depth - 1), makeTree(depth - 1)}
}

func count(t *tree) int {
	if t.left == nil {
		return 1
	}
	return 1 + count(t.left) + count(t.right)
}

func binaryTrees(most int) int {
	sum := count(makeTree(most + 1))
	long := makeTree(most)
	for d := 4; d <= most; d += 2 {
		for n := 1 << (most - d + 4); n > 0; n-- {
			sum += count(makeTree(d))
		}
	}
	return sum + count(long)
}

func deep(n int) int {
	if n == 0 {
		return 0
	}
	return 1 + deep(n-1)
}

func pingPong(n int) {
	pings, pongs := make(chan int), make(chan int)
	go func() {
		for x := range pings {
			pongs <- x
		}
		close(pongs)
	}()
	for x := n; x > 0; x-- {
		pings <- x
		<-pongs
	}
	close(pings)
	<-pongs
}

func ring(k, hops int) {
	done := make(chan bool)
	first := make(chan int, 1)
	in := first
	for i := 0; i < k; i++ {
		out := first
		if i < k-1 {
			out = make(chan int, 1)
		}
		go func(in, out chan int) {
			for n := range in {
				if n == 0 {
					done <- true
					return
				}
				out <- n - 1
			}
		}(in, out)
		in = out
	}
	first <- hops
	<-done
}

type request struct {
	value int
	reply chan int
}

func fanIn(clients, each int) int {
	requests := make(chan request, 64)
	for i := 0; i < clients; i++ {
		go func() {
			reply := make(chan int, 1)
			for n := each; n > 0; n-- {
				requests <- request{n, reply}
				<-reply
			}
		}()
	}
	sum := 0
	for n := clients * each; n > 0; n-- {
		r := <-requests
		sum += r.value
		r.reply <- r.value + 1
	}
	return sum
}

func sky(parent chan int, number, size int) {
	if size == 1 {
		parent <- number
		return
	}
	sums, part := make(chan int), size/10
	for i := 0; i < 10; i++ {
		go sky(sums, number+i*part, part)
	}
	total := 0
	for i := 0; i < 10; i++ {
		total += <-sums
	}
	parent <- total
}

func skynet(n int) int {
	top := make(chan int)
	go sky(top, 0, n)
	return <-top
}

func thrower(n int) int {
	if n > 0 {
		return thrower(n-1) + 1
	}
	panic("deep")
}

func catches(n int) int {
	caught := 0
	for i := 0; i < n; i++ {
		func() {
			defer func() {
				if recover() != nil {
					caught++
				}
			}()
			caught += thrower(2)
		}()
	}
	return caught
}

var programs = map[string]func(){
	"ping-pong":      func() { pingPong(2500000) },
	"ring":           func() { ring(1000, 5000000) },
	"fan-in":         func() { fanIn(10000, 100) },
	"skynet":         func() { skynet(1000000) },
	"fib":            func() { fib(32) },
	"loop":           func() { loop(10000000) },
	"list-search":    func() { queens(10, 10) },
	"binary-trees":   func() { binaryTrees(16) },
	"deep-recursion": func() { deep(10000000) },
	"throw":          func() { catches(1000000) },
}

func main() {
	if len(os.Args) > 1 {
		fmt.Println(os.Args[1])
		return
	}
	runtime.GOMAXPROCS(1)
	names := bufio.NewScanner(os.Stdin)
	for names.Scan() {
		run := programs[names.Text()]
		if run == nil {
			return
		}
		runtime.GC()
		start := time.Now()
		run()
		fmt.Println(time.Since(start).Microseconds())
	}
}
