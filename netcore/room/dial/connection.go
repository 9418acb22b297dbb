package dial

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/parlance-chat/parlance/netcore/irc"
	"github.com/parlance-chat/parlance/netcore/room/dialect"
	"github.com/parlance-chat/parlance/netcore/room/machine"
)

const (
	// maxPending is how many bytes wait for a server that reads slowly, past which the
	// connection is given up.
	maxPending = 1 << 20
	// writeTime is how long a server may take to take in what is written.
	writeTime = 30 * time.Second
	// flushTime is how long a goodbye may take.
	flushTime = time.Second
)

// Connection is one attempt to reach a server, and what comes of it. Its goroutines
// post events to its owner's, which stops listening to them when it gives up on the
// connection.
type Connection struct {
	dialer  *Dialer
	address Address
	news    chan<- News
	ctx     context.Context // ends with the socket
	cancel  context.CancelFunc
	deaf    chan struct{} // closed when the owner listens no more
	found   net.Conn      // to be used instead of a new one; nil: none

	mu      sync.Mutex // guards what follows
	conn    net.Conn
	pending []byte
	wake    chan struct{} // there is something to write, or to end; capacity 1
	leaving bool          // it ends when all is written
	flushed bool          // all is written: it has ended in order
	ended   bool
}

// News is an event of a connection.
type News struct {
	From        *Connection
	Event       machine.Event
	Certificate *Certificate // with Opened, and with Closed where none came about
}

// Connect returns an attempt to reach a server, or goes on with the connection that was
// found with it, nil if there is none. It begins with Run, lasts until Leave and posts
// what happens to news.
func (d *Dialer) Connect(a Address, found net.Conn, news chan<- News) *Connection {
	c := &Connection{dialer: d, address: a, news: news, deaf: make(chan struct{}), wake: make(chan struct{}, 1), found: found}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	return c
}

// Run is the goroutine of a connection: it dials, then reads, while a second one
// writes.
func (c *Connection) Run() {
	defer c.cancel()
	conn, cert, err := c.found, Certificate{}, error(nil)
	if conn == nil {
		conn, cert, err = c.dialer.dial(c.ctx, c.address)
	}
	if err != nil {
		c.post(machine.Closed{Err: explain(err), Final: errors.Is(err, ErrCertificate)}, &cert)
		return
	}
	stop := context.AfterFunc(c.ctx, func() { c.shut(conn) })
	defer stop()
	c.mu.Lock()
	c.conn = conn
	c.mu.Unlock()
	var writer sync.WaitGroup
	writer.Go(func() { c.write(conn) })
	c.post(machine.Opened{}, &cert)
	if c.address.Kind() == IRC {
		err = c.readLines(conn)
	} else {
		err = c.readChunks(conn)
	}
	c.mu.Lock()
	leaving := c.leaving
	c.ended = !leaving
	c.mu.Unlock()
	c.nudge()
	if !leaving {
		c.shut(conn)
		c.post(machine.Closed{Err: explain(err)}, nil)
	}
	writer.Wait()
}

// post hands an event over, unless nobody listens any more.
func (c *Connection) post(event machine.Event, cert *Certificate) bool {
	select {
	case c.news <- News{c, event, cert}:
		return true
	case <-c.deaf:
		return false
	}
}

// readLines reads lines, none longer than IRC has them.
func (c *Connection) readLines(conn net.Conn) error {
	r := bufio.NewReaderSize(conn, irc.MaxTags+2*irc.MaxLine)
	for {
		line, err := r.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			return fmt.Errorf("the server sends a line of more than %d bytes", r.Size())
		}
		if err != nil {
			return err
		}
		if !c.post(machine.Line{Text: strings.TrimRight(string(line), "\r\n")}, nil) {
			return net.ErrClosed
		}
	}
}

func (c *Connection) readChunks(conn net.Conn) error {
	for {
		chunk := make([]byte, dialect.MaxChunk)
		n, err := conn.Read(chunk)
		if n > 0 && !c.post(machine.Chunk{Data: chunk[:n]}, nil) {
			return net.ErrClosed
		}
		if err != nil {
			return err
		}
	}
}

// Send takes bytes to be written; it never waits.
func (c *Connection) Send(data []byte) {
	c.mu.Lock()
	if len(c.pending)+len(data) > maxPending {
		c.mu.Unlock()
		c.cancel() // the reader tells
		return
	}
	c.pending = append(c.pending, data...)
	c.mu.Unlock()
	c.nudge()
}

// Leave ends the connection: at once if it is lost, else when what was sent is written,
// or cannot be. Nothing of it is heard any more. It is called once.
func (c *Connection) Leave(lost bool) {
	close(c.deaf)
	c.mu.Lock()
	c.leaving = true
	conn := c.conn
	c.mu.Unlock()
	if lost || conn == nil || conn.SetWriteDeadline(time.Now().Add(flushTime)) != nil {
		c.cancel()
	}
	c.nudge()
}

// shut closes the socket. If it did not end in order, what the other side has not
// acknowledged is dropped: the system would deliver it, minutes later, when the network
// is back, and by then it may have been sent again on the next connection.
func (c *Connection) shut(conn net.Conn) {
	c.mu.Lock()
	flushed := c.flushed
	c.mu.Unlock()
	if tcp := tcpOf(conn); tcp != nil && !flushed {
		_ = tcp.SetLinger(0) // one that is closed has nothing to drop
		_ = tcp.Close()      // without the farewell of TLS, which would wait for the network
	}
	conn.Close()
}

// tcpOf returns what a connection is made of, nil if that is not TCP.
func tcpOf(conn net.Conn) *net.TCPConn {
	switch c := conn.(type) {
	case *net.TCPConn:
		return c
	case *tls.Conn:
		return tcpOf(c.NetConn())
	case *resumed:
		return tcpOf(c.Conn)
	}
	return nil
}

func (c *Connection) nudge() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

func (c *Connection) write(conn net.Conn) {
	for {
		c.mu.Lock()
		data, leaving, ended := c.pending, c.leaving, c.ended
		c.pending = nil
		c.mu.Unlock()
		if ended {
			return
		}
		if len(data) > 0 {
			if !leaving && conn.SetWriteDeadline(time.Now().Add(writeTime)) != nil {
				return
			}
			if _, err := conn.Write(data); err != nil {
				c.cancel()
				return
			}
			continue
		}
		if leaving {
			c.mu.Lock()
			c.flushed = true
			c.mu.Unlock()
			c.cancel()
			return
		}
		select {
		case <-c.wake:
		case <-c.ctx.Done():
			return
		}
	}
}

// explain says in words for people why a connection is not there.
func explain(err error) error {
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, syscall.ECONNRESET):
		return errors.New("the server closed the connection")
	case errors.Is(err, syscall.ECONNREFUSED):
		return errors.New("nothing listens there; see that the server runs, and that the port is right")
	case errors.Is(err, syscall.EHOSTUNREACH):
		return errors.New("no computer answers at that address; see that it is on, and on a network that this one reaches")
	case errors.Is(err, syscall.ENETUNREACH):
		return errors.New("no way leads there from this computer; see that it is on the right network")
	}
	var name *net.DNSError
	var record tls.RecordHeaderError
	var slow net.Error
	switch {
	case errors.As(err, &name) && name.IsNotFound:
		return fmt.Errorf("no computer is called %s; see that the name is spelled right", name.Name)
	case errors.As(err, &name):
		return fmt.Errorf("the name %s cannot be looked up; see that it is spelled right, and that this computer is on a network", name.Name)
	case errors.As(err, &record):
		return errors.New("it speaks no TLS on this port; without encryption it may answer, as irc://")
	case errors.As(err, &slow) && slow.Timeout():
		return errors.New("it does not answer; a firewall may be in between, or the computer is off")
	case errors.Is(err, net.ErrClosed):
		return errors.New("the connection was given up")
	}
	return err
}
