package roomserver

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a test waits for what has to come; it is never reached
// when all is well.
const patience = time.Minute

// world is a running server on loopback.
type world struct {
	*Server
	t    testing.TB
	cfg  Config
	stop context.CancelFunc
	over chan error
}

// start starts a server; what cfg leaves open is set so that it stays by itself.
func start(t testing.TB, cfg Config) *world {
	t.Helper()
	if cfg.Data == "" {
		cfg.Data = t.TempDir()
	}
	if cfg.Listen == nil {
		cfg.Listen = []string{"127.0.0.1:0"}
	}
	if cfg.Reserve == 0 {
		cfg.Reserve = 1 << 20
	}
	s, err := New(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	w := &world{Server: s, t: t, cfg: cfg, stop: stop, over: make(chan error, 1)}
	go func() { w.over <- s.Run(ctx) }()
	t.Cleanup(w.end)
	select {
	case <-s.Ready():
	case err := <-w.over:
		w.over = nil
		t.Fatalf("the server ended: %v", err)
	}
	return w
}

// end stops the server; doing it again is no error.
func (w *world) end() {
	w.stop()
	if w.over == nil {
		return
	}
	if err := <-w.over; err != nil {
		w.t.Errorf("the server ended: %v", err)
	}
	w.over = nil
}

func (w *world) address() string {
	bare, _ := w.Addresses()
	return bare[0].String()
}

// client is a raw connection.
type client struct {
	net.Conn
	t testing.TB
	r *bufio.Reader
}

func dial(t testing.TB, address string) *client {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	return wrap(t, conn)
}

func wrap(t testing.TB, conn net.Conn) *client {
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(patience))
	return &client{conn, t, bufio.NewReader(conn)}
}

// join returns a client that has a nick and is in a room.
func (w *world) join(nick, room string, caps ...string) *client {
	w.t.Helper()
	c := dial(w.t, w.address())
	c.enter(nick, room, caps...)
	return c
}

func (c *client) enter(nick, room string, caps ...string) {
	c.t.Helper()
	if len(caps) > 0 {
		c.send("CAP REQ :" + strings.Join(caps, " "))
		c.send("CAP END")
	}
	c.send("NICK " + nick)
	c.send("USER " + nick + " 0 * :" + nick)
	c.expect(" 001 " + nick + " ")
	if room != "" {
		c.send("JOIN " + room)
		c.expect(" 366 " + nick + " " + room + " ")
	}
}

func (c *client) send(line string) {
	c.t.Helper()
	if _, err := c.Write([]byte(line + "\r\n")); err != nil {
		c.t.Fatalf("send %.60s: %v", line, err)
	}
}

// line reads a line, "" at the end of the connection. Pings are answered.
func (c *client) line() string {
	for {
		line, err := c.r.ReadString('\n')
		if err != nil {
			if os.IsTimeout(err) {
				c.t.Fatal("nothing more came")
			}
			return ""
		}
		line = strings.TrimRight(line, "\r\n")
		if token, ok := strings.CutPrefix(line, "PING "); ok {
			c.Write([]byte("PONG " + token + "\r\n"))
			continue
		}
		return line
	}
}

// expect reads until a line holds a text, and returns it.
func (c *client) expect(part string) string {
	c.t.Helper()
	last := ""
	for {
		line := c.line()
		if line == "" {
			c.t.Fatalf("closed before %q; the last line was %q", part, last)
		}
		if strings.Contains(line, part) {
			return line
		}
		last = line
	}
}

// rest reads until the connection ends.
func (c *client) rest() string {
	var all strings.Builder
	for {
		line := c.line()
		if line == "" {
			return all.String()
		}
		fmt.Fprintln(&all, line)
	}
}

// sync waits until the server has worked off what was sent.
func (c *client) sync() {
	c.t.Helper()
	c.send("PING :sync")
	c.expect("PONG")
}

func dialTLS(t testing.TB, address string, config *tls.Config) *client {
	t.Helper()
	conn, err := tls.Dial("tcp", address, config)
	if err != nil {
		t.Fatal(err)
	}
	return wrap(t, conn)
}

// wait waits until something holds.
func wait(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for until := time.Now().Add(patience); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(until) {
			t.Fatalf("%s: not within %v", what, patience)
		}
	}
}
