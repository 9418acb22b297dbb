package roomserver

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync"
	"syscall"
	"time"

	"github.com/parlance-chat/parlance/netcore/irc"
	"github.com/parlance-chat/parlance/netcore/roomserver/core"
	"github.com/parlance-chat/parlance/netcore/roomserver/plain"
)

const (
	// maxLine is the longest line taken, tags and all: "@", the tags, a space, the
	// message. What is longer is thrown away as it comes.
	maxLine = 1 + irc.MaxClientTags + 1 + irc.MaxLine
	// firstRead is what a client that says little needs to be read with.
	firstRead = 512
	// writeSize is how much is put together for one write.
	writeSize = 16 << 10
	// lastWords is how long a connection that ends may take to send what waits.
	lastWords = 2 * time.Second
)

// lines are queued for a connection.
type lines struct{ all [][]byte }

var (
	writeBuffers = sync.Pool{New: func() any { b := make([]byte, 0, writeSize); return &b }}
	lineQueues   = sync.Pool{New: func() any { return &lines{make([][]byte, 0, 32)} }}
)

// done gives the queue to others.
func (q *lines) done() {
	clear(q.all)
	q.all = q.all[:0]
	if cap(q.all) <= 256 {
		lineQueues.Put(q)
	}
}

var errBusy = errors.New("too many passwords at once")

// conn is a client's connection. A goroutine reads it. What the system takes at
// once is written by the server's writers; a goroutine of its own writes the rest,
// as long as there is any.
type conn struct {
	s      *Server
	id     core.ClientID
	net    net.Conn
	raw    syscall.RawConn // nil with TLS
	addr   netip.AddrPort
	exempt bool
	guest  *plain.Guest // of a plain-text client, owned by the loop; nil for IRC

	dirty bool // the loop's: flush is due

	mu      sync.Mutex
	queue   *lines // nil if there are none
	waiting int    // bytes in queue and under way
	writing bool
	ending  bool   // closed when the queue is empty; nothing more is queued
	reason  string // why it ends
	gate    chan struct{}
}

// send queues a line, which is shared with others. The loop calls it, and
// flushes afterwards.
func (c *conn) send(line []byte) {
	if c.guest != nil {
		c.toGuest(c.guest.Heard(string(line)))
		return
	}
	c.put(line)
}

func (c *conn) put(line []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ending {
		return
	}
	if limit := c.s.limits.Load().SendQueue; c.waiting+len(line) > limit {
		c.s.metrics.slow.Add(1)
		c.cut(fmt.Sprintf("Send queue of %d bytes exceeded", limit))
		return
	}
	c.push(line)
	c.waiting += len(line)
	if !c.dirty {
		c.dirty = true
		c.s.loop.dirty = append(c.s.loop.dirty, c)
	}
}

// push queues a line; mu is held.
func (c *conn) push(line []byte) {
	if c.queue == nil {
		c.queue = lineQueues.Get().(*lines)
	}
	c.queue.all = append(c.queue.all, line)
}

// startWriting has a goroutine write what is queued; mu is held.
func (c *conn) startWriting() {
	if !c.writing && (c.queue != nil || c.ending) {
		c.writing = true
		go c.write(nil, nil)
	}
}

// end closes the connection after what is queued and last.
func (c *conn) end(reason, last string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ending {
		return
	}
	if last != "" && c.guest == nil {
		c.push([]byte(last))
	}
	c.ending, c.reason = true, reason
	c.net.SetWriteDeadline(time.Now().Add(lastWords))
	c.startWriting()
}

// cut closes the connection at once; mu is held.
func (c *conn) cut(reason string) {
	c.ending, c.reason, c.queue = true, reason, nil
	c.net.SetDeadline(time.Unix(1, 0)) // wakes reader and writer; Close would wait for a TLS goodbye
	c.startWriting()
}

// next returns what is queued, for who writes; with nil nobody does any more.
func (c *conn) next() *lines {
	c.mu.Lock()
	queue := c.queue
	c.queue = nil
	c.writing = queue != nil
	over := c.ending && queue == nil
	c.mu.Unlock()
	if over {
		c.net.Close()
	}
	return queue
}

// wrote notes what came of writing some lines.
func (c *conn) wrote(lines, bytes int, err error) {
	c.s.metrics.linesOut.Add(int64(lines))
	c.s.metrics.bytesOut.Add(int64(bytes))
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waiting -= bytes
	if err != nil {
		c.queue = nil
		if !c.ending {
			c.ending, c.reason = true, "Write error"
		}
	}
}

// join puts lines together for one write, and returns how many.
func join(buffer []byte, all [][]byte) ([]byte, int) {
	for i, line := range all {
		if i > 0 && len(buffer)+len(line) > writeSize {
			return buffer, i
		}
		buffer = append(buffer, line...)
	}
	return buffer, len(all)
}

// write writes what is left of a write, of a queue, and what is queued.
func (c *conn) write(left []byte, queue *lines) {
	buffer := writeBuffers.Get().(*[]byte)
	defer writeBuffers.Put(buffer)
	if len(left) > 0 {
		n, err := c.net.Write(left)
		if c.wrote(0, n, err); err != nil {
			queue = nil
		}
	}
	for {
		if queue == nil {
			if queue = c.next(); queue == nil {
				return
			}
		}
		for all := queue.all; len(all) > 0; {
			data, count := join((*buffer)[:0], all)
			n, err := c.net.Write(data)
			if c.wrote(count, n, err); err != nil {
				break
			}
			all = all[count:]
		}
		queue.done()
		queue = nil
	}
}

// pause stops or resumes reading.
func (c *conn) pause(on bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case on && c.gate == nil:
		c.gate = make(chan struct{})
	case !on && c.gate != nil:
		close(c.gate)
		c.gate = nil
	}
}

// pass waits while reading is paused.
func (c *conn) pass() {
	c.mu.Lock()
	gate, ending := c.gate, c.ending
	c.mu.Unlock()
	if gate == nil || ending {
		return
	}
	for {
		select {
		case <-gate:
			return
		case <-c.s.loop.over:
			return
		case <-time.After(time.Second): // it may have been ended meanwhile
			c.mu.Lock()
			ending := c.ending
			c.mu.Unlock()
			if ending {
				return
			}
		}
	}
}

// why returns the reason for the end, given what reading said.
func (c *conn) why(err error) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.reason != "" {
		return c.reason
	}
	if errors.Is(err, io.EOF) {
		return "Connection closed"
	}
	if op := (*net.OpError)(nil); errors.As(err, &op) {
		err = op.Err
	}
	return "Connection lost: " + err.Error()
}

// readLines gives the loop what the client says, until it ends.
func (c *conn) readLines() error {
	rate := rate{limits: &c.s.limits}
	buf := make([]byte, firstRead)
	end := 0
	skipping := false // the rest of a line that was too long
	for {
		n, err := c.net.Read(buf[end:])
		c.s.metrics.bytesIn.Add(int64(n))
		start, searched := 0, end
		end += n
		for i := searched; i < end; i++ {
			if buf[i] != '\n' {
				continue
			}
			if !skipping {
				c.pass()
				if !c.exempt {
					rate.wait(c.s.loop.over)
				}
				if !c.line(string(buf[start:i])) {
					return net.ErrClosed
				}
			}
			skipping = false
			start = i + 1
		}
		end = copy(buf, buf[start:end])
		if err != nil {
			return err
		}
		switch {
		case skipping:
			end = 0
		case end == len(buf) && end < maxLine:
			buf = append(make([]byte, 0, min(4*end, maxLine)), buf...)
			buf = buf[:cap(buf)]
		case end == len(buf):
			skipping, end = true, 0
			if !c.s.loop.post(item{in: core.Malformed{Client: c.id, Err: irc.ErrTooLong}}) {
				return net.ErrClosed
			}
		case end == 0 && len(buf) > firstRead:
			buf = make([]byte, firstRead)
		}
	}
}

func (c *conn) line(text string) bool {
	c.s.metrics.linesIn.Add(1)
	m, err := irc.Parse(text, irc.FromClient)
	switch {
	case errors.Is(err, irc.ErrEmpty):
		return true
	case err != nil && !errors.Is(err, irc.ErrMalformed):
		return c.s.loop.post(item{in: core.Malformed{Client: c.id, Err: err}})
	}
	return c.s.loop.post(item{in: core.Line{Client: c.id, Message: m}})
}
