package main

import (
	"bufio"
	"flag"
	"fmt"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// seed makes the choices of a test; 0 takes one that is new each time.
var seed = flag.Uint64("seed", 0, "of what the cluster's tests choose at random")

func choices(t *testing.T) *rand.Rand {
	s := *seed
	if s == 0 {
		s = uint64(time.Now().UnixNano())
	}
	t.Logf("-seed=%d", s)
	return rand.New(rand.NewPCG(s, 0))
}

// guest is a client that notes all it is told.
type guest struct {
	conn  net.Conn
	over  chan struct{} // closed at the end of the connection
	mu    sync.Mutex
	lines []string
}

// visit connects, registers and joins; nil if that fails.
func visit(address, nick string) *guest {
	conn, err := net.DialTimeout("tcp", address, patience)
	if err != nil {
		return nil
	}
	fmt.Fprintf(conn, "CAP REQ :echo-message batch server-time message-tags labeled-response draft/chathistory\r\nCAP END\r\nNICK %s\r\nUSER u 0 * :u\r\nJOIN #room\r\n", nick)
	g := &guest{conn: conn, over: make(chan struct{})}
	go func() {
		defer close(g.over)
		defer conn.Close()
		for lines := bufio.NewScanner(conn); lines.Scan(); {
			line := lines.Text()
			if token, ok := strings.CutPrefix(line, "PING "); ok {
				fmt.Fprintf(conn, "PONG %s\r\n", token)
			}
			g.mu.Lock()
			g.lines = append(g.lines, line)
			g.mu.Unlock()
		}
	}()
	if !g.await(0, " 366 ") {
		conn.Close()
		return nil
	}
	return g
}

// await waits for a line with a text, from a number of lines on; false if the
// connection ends before.
func (g *guest) await(from int, text string) bool {
	is := func(line string) bool { return strings.Contains(line, text) }
	for until := time.Now().Add(patience); time.Now().Before(until); time.Sleep(5 * time.Millisecond) {
		over := g.left()
		if slices.ContainsFunc(g.heard()[from:], is) {
			return true
		}
		if over {
			return false
		}
	}
	return false
}

func (g *guest) left() bool {
	select {
	case <-g.over:
		return true
	default:
		return false
	}
}

func (g *guest) heard() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.lines)
}

// texts returns the messages that were heard, in order.
func (g *guest) texts() (all []string) {
	for _, line := range g.heard() {
		if _, text, ok := strings.Cut(line, " PRIVMSG #room :"); ok {
			all = append(all, text)
		}
	}
	return all
}

// speaker says numbered messages in the room for as long as it may, and comes back
// whenever it is thrown out.
type speaker struct {
	name    string
	address *atomic.Pointer[string] // of its server
	said    int
	acked   map[string]bool // echoed
	failed  map[string]bool // refused
}

func (s *speaker) run(stop <-chan struct{}) {
	s.acked, s.failed = map[string]bool{}, map[string]bool{}
	for visits := 0; ; visits++ {
		select {
		case <-stop:
			return
		default:
		}
		g := visit(*s.address.Load(), fmt.Sprintf("%s%d", s.name, visits))
		if g == nil {
			time.Sleep(100 * time.Millisecond)
			continue
		}
		s.speak(g, stop)
		g.conn.Close()
		<-g.over
		s.note(g)
	}
}

// note sorts what became of the messages of a visit.
func (s *speaker) note(g *guest) (answered int) {
	for _, line := range g.heard() {
		label, rest, ok := strings.Cut(line, " ")
		if !ok || !strings.HasPrefix(label, "@") {
			continue
		}
		if _, text, ok := strings.Cut(rest, " PRIVMSG #room :"+s.name+"."); ok {
			s.acked[s.name+"."+text] = true
			answered++
		}
		if number, ok := strings.CutPrefix(label, "@label="); ok && strings.Contains(rest, " FAIL PRIVMSG ") {
			s.failed[s.name+"."+number] = true
			answered++
		}
	}
	return answered
}

// speak keeps at most 20 messages without an answer.
func (s *speaker) speak(g *guest, stop <-chan struct{}) {
	for begin := s.said; !g.left(); time.Sleep(10 * time.Millisecond) {
		open := s.said - begin - s.note(g)
		select {
		case <-stop:
			if open == 0 {
				return
			}
			continue
		default:
		}
		if open < 20 {
			fmt.Fprintf(g.conn, "@label=%d PRIVMSG #room :%s.%d\r\n", s.said, s.name, s.said)
			s.said++
		}
	}
}

// cluster is room servers on a NATS cluster.
type cluster struct {
	t         *testing.T
	nats      *nats
	wires     []*wire
	dirs      []string
	rooms     []*room
	addresses []string
	where     []atomic.Pointer[string]
}

func (c *cluster) launch(i int) {
	c.t.Helper()
	c.rooms[i] = launch(c.t, c.addresses[i], c.dirs[i], "", "--nats", c.wires[i].url(), "--name", fmt.Sprintf("s%d.test", i))
}

// TestCluster: three servers on three of NATS are one network. One of each is
// killed under load, then a server is cut off: nothing that was acknowledged is
// lost or doubled, nothing that was refused is there, and who is on another server
// stays.
func TestCluster(t *testing.T) {
	choice := choices(t)
	c := &cluster{t: t, nats: newNATS(t, 3), rooms: make([]*room, 3), addresses: freeAddresses(t, 3), where: make([]atomic.Pointer[string], 3)}
	for i := range 3 {
		c.wires = append(c.wires, newWire(t, c.nats))
		c.dirs = append(c.dirs, t.TempDir())
		c.where[i].Store(&c.addresses[i])
		c.launch(i)
	}
	c.rooms[0].logs("waiting for NATS")
	c.nats.startAll()
	for _, r := range c.rooms {
		r.ready()
	}
	c.isOneNetwork()

	stop := make(chan struct{})
	var talk sync.WaitGroup
	var speakers []*speaker
	for i := range 6 {
		s := &speaker{name: fmt.Sprintf("m%d", i), address: &c.where[i%3]}
		speakers = append(speakers, s)
		talk.Go(func() { s.run(stop) })
	}
	watchers := []*guest{visit(c.addresses[0], "w0"), visit(c.addresses[1], "w1"), visit(c.addresses[2], "w2")}
	if slices.Contains(watchers, nil) {
		t.Fatal("the watchers cannot come in")
	}
	pause := func(most time.Duration) { time.Sleep(time.Duration(choice.Int64N(int64(most)))) }

	// One of each is killed.
	pause(time.Second)
	lost, node := choice.IntN(3), choice.IntN(3)
	var killed time.Time
	kills := []func(){
		func() { killed = time.Now(); c.rooms[lost].end(syscall.SIGKILL) },
		func() { c.nats.kill(node) },
	}
	choice.Shuffle(2, func(i, j int) { kills[i], kills[j] = kills[j], kills[i] })
	kills[0]()
	pause(2 * time.Second)
	kills[1]()
	for i, w := range watchers {
		if i == lost {
			continue
		}
		if !w.await(0, fmt.Sprintf(":w%d!u@127.0.0.1 QUIT ", lost)) {
			t.Fatalf("the user of the killed server is still there after %v\n%s", time.Since(killed), c.rooms[i].logged())
		}
		took := time.Since(killed)
		t.Logf("server %d and NATS %d killed; gone for the users of server %d after %v", lost, node, i, took.Round(time.Millisecond))
		if took > 15*time.Second {
			t.Errorf("the users of the killed server were there for %v", took)
		}
	}
	pause(time.Second)
	c.nats.start(node)
	c.launch(lost)
	c.rooms[lost].ready()
	watchers[lost] = visit(c.addresses[lost], fmt.Sprintf("again%d", lost))

	// A server is cut off, for some time.
	off, how := choice.IntN(3), int32(refused+choice.IntN(2))
	before := len(watchers[off].heard())
	cut := time.Now()
	c.wires[off].cut(how)
	said := func(text string) {
		t.Helper()
		if !watchers[off].await(before, text) {
			t.Fatalf("the server that is cut off says no %q\n%q\n%s", text, watchers[off].heard()[before:], c.rooms[off].logged())
		}
	}
	said("cannot store messages now")
	t.Logf("server %d cut off (%d); said so after %v", off, how, time.Since(cut).Round(time.Millisecond))
	fmt.Fprint(watchers[off].conn, "@label=never PRIVMSG #room :never\r\n")
	said(fmt.Sprintf(":s%d.test FAIL PRIVMSG TEMPORARILY_UNAVAILABLE", off))
	pause(8 * time.Second)
	c.wires[off].cut(whole)
	// It goes on, or starts over if the others gave it up.
	if watchers[off].await(before, "stores messages again") {
		t.Logf("joined again after %v", time.Since(cut).Round(time.Millisecond))
	}
	pause(2 * time.Second)
	close(stop)
	talk.Wait()

	for i, w := range watchers {
		switch reason := last(w.heard()); {
		case !w.left():
		case i == off && strings.Contains(reason, "The server was cut off from the others"):
			t.Logf("it started over")
			watchers[i] = nil
			for until := time.Now().Add(patience); watchers[i] == nil && time.Now().Before(until); time.Sleep(100 * time.Millisecond) {
				watchers[i] = visit(c.addresses[i], "back")
			}
		default:
			t.Errorf("the user of server %d was thrown out: %q", i, reason)
		}
	}
	c.compare(speakers, watchers)
}

func last(lines []string) string { return lines[len(lines)-1] }

// isOneNetwork: nicks, rooms, topics, presence and history are the same everywhere.
func (c *cluster) isOneNetwork() {
	c.t.Helper()
	ann, bob := c.rooms[0].join("ann"), c.rooms[1].join("bob")
	ann.expect(":bob!u@127.0.0.1 JOIN #room")
	ann.send("TOPIC #room :one room")
	bob.expect("TOPIC #room :one room")
	ann.send("PRIVMSG #room :before cat came")
	bob.expect(" PRIVMSG #room :before cat came")
	bob.send("AWAY :tea")
	bob.expect(" 306 ")

	cat := c.rooms[2].connect("ann")
	cat.expect(" 433 ")
	cat.send("NICK cat")
	cat.send("JOIN #room")
	cat.expect(" 332 cat #room :one room")
	if line := cat.expect(" 353 "); !strings.HasSuffix(line, ":@ann bob cat") {
		c.t.Errorf("names: %q", line)
	}
	cat.send("WHOIS bob")
	cat.expect(" 312 cat bob s1.test ")
	cat.send("PRIVMSG bob :are you there?")
	cat.expect(" 301 cat bob :tea")
	bob.expect(":cat!u@127.0.0.1 PRIVMSG bob :are you there?")
	cat.send("CHATHISTORY LATEST #room * 10")
	cat.expect(" PRIVMSG #room :before cat came")
	for _, x := range []*client{ann, bob, cat} {
		x.send("QUIT")
		for x.line() != "" {
		}
	}
}

// compare looks whether all servers tell the same, and the truth.
func (c *cluster) compare(speakers []*speaker, watchers []*guest) {
	t := c.t
	t.Helper()
	var first []past
	for i, r := range c.rooms {
		history := r.join(fmt.Sprint("reader", i)).pages()
		if i == 0 {
			first = history
			continue
		}
		for n := range max(len(first), len(history)) {
			if n >= len(first) || n >= len(history) || first[n] != history[n] {
				t.Errorf("server 0 has %d messages, server %d has %d; they part at the %dth", len(first), i, len(history), n)
				break
			}
		}
	}
	stored := map[string]int{}
	for i, m := range first {
		if stored[m.text]++; stored[m.text] > 1 {
			t.Errorf("%s is there %d times", m.text, stored[m.text])
		}
		if i > 0 && m.time <= first[i-1].time {
			t.Errorf("%s has the time %s, the one before %s", m.text, m.time, first[i-1].time)
		}
	}
	if stored["never"] > 0 {
		t.Error("a message is there that was refused while the server was cut off")
	}
	acked, failed, sent := 0, 0, 0
	for _, s := range speakers {
		acked, failed, sent = acked+len(s.acked), failed+len(s.failed), sent+s.said
		for text := range s.acked {
			if stored[text] == 0 {
				t.Errorf("%s was acknowledged and is lost", text)
			}
			if s.failed[text] {
				t.Errorf("%s was acknowledged and refused", text)
			}
		}
		for text := range s.failed {
			if stored[text] > 0 {
				t.Errorf("%s was refused and is there", text)
			}
		}
	}
	t.Logf("%d sent, %d acknowledged, %d refused, %d stored", sent, acked, failed, len(first))
	if acked < 100 {
		t.Errorf("only %d messages were acknowledged: too few to say anything", acked)
	}
	// Who listened all the time heard all of it, in the same order.
	var order []string
	for _, m := range first {
		order = append(order, m.text)
	}
	for i, w := range watchers {
		if w == nil {
			t.Errorf("nobody can come to server %d", i)
			continue
		}
		heard := w.texts()
		if len(heard) == 0 { // it came when all was over
			continue
		}
		from := slices.Index(order, heard[0])
		if from < 0 || len(order)-from > len(heard) || !slices.Equal(heard[:len(order)-from], order[from:]) {
			t.Errorf("the user of server %d heard other messages than there are: %d, of %d from the first on", i, len(heard), len(order)-from)
		}
	}
}
