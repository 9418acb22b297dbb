package main

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// load is a crowd of clients that one goroutine reads, so that what is measured is
// the server. Lines that end in " :t" and a time are counted, and how late they came.
type load struct {
	address string
	epoll   int
	end     [2]int // a pipe: closing the second ends the reader
	ended   chan struct{}
	got     atomic.Int64

	mu     sync.Mutex // guards what follows
	socks  []int
	delays []time.Duration
}

// loadTime is how long a client may take to be let in.
const loadTime = time.Minute

func newLoad(b *testing.B, port string) *load {
	b.Helper()
	l := &load{address: "127.0.0.1:" + port, ended: make(chan struct{})}
	var err error
	if l.epoll, err = syscall.EpollCreate1(0); err != nil {
		b.Fatal(err)
	}
	if err := syscall.Pipe(l.end[:]); err != nil {
		b.Fatal(err)
	}
	if err := l.watch(l.end[0]); err != nil {
		b.Fatal(err)
	}
	go l.read()
	b.Cleanup(func() {
		syscall.Close(l.end[1])
		<-l.ended
		for _, fd := range append(l.socks, l.end[0], l.epoll) {
			syscall.Close(fd)
		}
	})
	return l
}

func (l *load) watch(fd int) error {
	return syscall.EpollCtl(l.epoll, syscall.EPOLL_CTL_ADD, fd, &syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: int32(fd)})
}

// join lets clients enter, some at a time, each so many in a room of theirs, until
// there are count of them, and returns how long it took.
func (l *load) join(b *testing.B, joiners, count, each int) time.Duration {
	b.Helper()
	begin := time.Now()
	var next atomic.Int64
	next.Store(int64(len(l.socks)))
	var working sync.WaitGroup
	for range joiners {
		working.Go(func() {
			for n := int(next.Add(1)) - 1; n < count && !b.Failed(); n = int(next.Add(1)) - 1 {
				if err := l.enter(fmt.Sprint("c", n), fmt.Sprint("#bench", n/each)); err != nil {
					b.Errorf("client %d: %v", n, err)
				}
			}
		})
	}
	working.Wait()
	if b.Failed() {
		b.FailNow()
	}
	return time.Since(begin)
}

func (l *load) enter(nick, room string) error {
	conn, err := net.Dial("tcp", l.address)
	if err != nil {
		return err
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(loadTime))
	lines := bufio.NewReader(conn)
	fmt.Fprintf(conn, "NICK %s\r\nUSER c 0 * :c\r\n", nick)
	for line := ""; !strings.Contains(line, " 366 "); {
		if line, err = lines.ReadString('\n'); err != nil {
			return err
		}
		if strings.Contains(line, " 001 ") { // some lose what comes before it
			fmt.Fprintf(conn, "JOIN %s\r\n", room)
		}
		if token, ok := strings.CutPrefix(line, "PING "); ok {
			fmt.Fprintf(conn, "PONG %s", token)
		}
	}
	file, err := conn.(*net.TCPConn).File() // a second descriptor, apart from Go's own poller
	if err != nil {
		return err
	}
	defer file.Close()
	fd, err := syscall.Dup(int(file.Fd()))
	if err != nil {
		return err
	}
	l.mu.Lock()
	l.socks = append(l.socks, fd)
	l.mu.Unlock()
	return l.watch(fd)
}

// read takes in what comes.
func (l *load) read() {
	defer close(l.ended)
	rests := make(map[int32][]byte) // of lines that are not whole yet
	buf := make([]byte, 256<<10)
	events := make([]syscall.EpollEvent, 512)
	for {
		n, err := syscall.EpollWait(l.epoll, events, -1)
		if err != nil && err != syscall.EINTR {
			return
		}
		for _, e := range events[:max(n, 0)] {
			if int(e.Fd) == l.end[0] {
				return
			}
			held := copy(buf, rests[e.Fd])
			n, err := syscall.Read(int(e.Fd), buf[held:])
			if n <= 0 || err != nil {
				syscall.EpollCtl(l.epoll, syscall.EPOLL_CTL_DEL, int(e.Fd), nil)
				continue
			}
			rests[e.Fd] = append(rests[e.Fd][:0], l.take(int(e.Fd), buf[:held+n])...)
		}
	}
}

// take takes whole lines and returns the rest.
func (l *load) take(fd int, data []byte) []byte {
	now := time.Now().UnixNano()
	l.mu.Lock()
	defer l.mu.Unlock()
	for {
		end := bytes.IndexByte(data, '\n')
		if end < 0 {
			return data
		}
		line := bytes.TrimSuffix(data[:end], []byte("\r"))
		data = data[end+1:]
		if i := bytes.LastIndex(line, []byte(" :t")); i >= 0 {
			if at, err := strconv.ParseInt(string(line[i+3:]), 10, 64); err == nil {
				l.delays = append(l.delays, time.Duration(now-at))
				l.got.Add(1)
			}
		} else if token, ok := bytes.CutPrefix(line, []byte("PING ")); ok {
			syscall.Write(fd, append([]byte("PONG "), append(token, '\r', '\n')...))
		}
	}
}

// say has a client say something now, in its room.
func (l *load) say(client int, room string) error {
	l.mu.Lock()
	fd := l.socks[client]
	l.mu.Unlock()
	_, err := syscall.Write(fd, fmt.Appendf(nil, "PRIVMSG %s :t%d\r\n", room, time.Now().UnixNano()))
	return err
}

// late returns how late what came since the last call was.
func (l *load) late() []time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := l.delays
	l.delays = make([]time.Duration, 0, cap(all))
	return all
}
