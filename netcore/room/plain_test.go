package room

import (
	"errors"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/parlance-chat/parlance/netcore/chat"
)

// crowd is the state of the simplest servers: who is connected.
type crowd struct {
	mu    sync.Mutex
	conns map[net.Conn]bool
	names map[string]net.Conn
}

func newCrowd() *crowd {
	return &crowd{conns: make(map[net.Conn]bool), names: make(map[string]net.Conn)}
}

// chunks calls f for what is read at once, as the simplest servers do.
func (c *crowd) chunks(conn net.Conn, f func(string)) {
	c.mu.Lock()
	c.conns[conn] = true
	c.mu.Unlock()
	buffer := make([]byte, 2048)
	for {
		n, err := conn.Read(buffer)
		if err != nil {
			return
		}
		c.mu.Lock()
		f(string(buffer[:n]))
		c.mu.Unlock()
	}
}

func TestBroadcast(t *testing.T) {
	c := newCrowd()
	address := hostile(t, func(conn net.Conn) {
		c.chunks(conn, func(text string) {
			for other := range c.conns {
				other.Write([]byte(text))
			}
		})
	})
	b := newBench(t)
	id := b.join("tcp+broadcast://" + address)
	other, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	other.Write([]byte("hello all"))
	b.holds(id, address+": hello all")
	b.send(id, "hello you")
	b.holds(id, address+": hello all", "own delivered: hello you")
	if st := b.status(id); st.Secure || st.Kind != Broadcast || !st.Joined {
		t.Errorf("%+v", st)
	}
	b.end()
	b.open()
	b.until("again", func() bool { return len(b.Rooms()) == 1 && b.status(id).Joined })
	if err := b.Leave(t.Context(), id); err != nil || len(b.Rooms()) != 0 {
		t.Errorf("%v, %+v", err, b.Rooms())
	}
}

func TestAddressed(t *testing.T) {
	c := newCrowd()
	address := hostile(t, func(conn net.Conn) {
		conn.Write([]byte("You are connected from:" + conn.RemoteAddr().String()))
		c.chunks(conn, func(text string) {
			if name, ok := strings.CutPrefix(text, "#"); ok {
				c.names[name] = conn
				conn.Write([]byte("Your user detail saved as : " + name))
			}
			if rest, ok := strings.CutPrefix(text, "@"); ok {
				name, text, _ := strings.Cut(rest, ":")
				if to := c.names[name]; to != nil {
					to.Write([]byte(text))
				}
			}
		})
	})
	b := newBench(t)
	id := b.join("tcp+addressed://" + address)
	if _, err := b.Send(t.Context(), id, "hello"); !errors.Is(err, chat.ErrText) {
		t.Errorf("to nobody: %v", err)
	}
	b.send(id, "@ada:to myself")
	b.until("its own words", func() bool { held := b.held(id); return held[len(held)-1] == address+": to myself" })
	held := b.held(id)
	if len(held) != 4 || !strings.Contains(held[0], "You are connected from") || held[1] != address+": Your user detail saved as : ada" ||
		held[2] != "own sent: @ada:to myself" {
		t.Errorf("%q", held)
	}
}

func TestPaired(t *testing.T) {
	heard := make(chan string, 10)
	address := hostile(t, func(conn net.Conn) {
		newCrowd().chunks(conn, func(text string) {
			heard <- text
			switch text {
			case "Ada":
				conn.Write([]byte("desk-7"))
			case "how are you?":
				conn.Write([]byte("fine"))
			}
		})
	})
	b := newBench(t)
	id := b.join("tcp+paired://" + address)
	if name := <-heard; name != "Ada" {
		t.Errorf("begins with %q", name)
	}
	b.send(id, "how are you?")
	b.holds(id, "own sent: how are you?", "desk-7: fine")
	if st := b.status(id); st.Network != "desk-7" {
		t.Errorf("%+v", st)
	}
	if _, err := b.Command(t.Context(), id, "/nick x"); !errors.Is(err, chat.ErrRefused) {
		t.Errorf("a command: %v", err)
	}
}
