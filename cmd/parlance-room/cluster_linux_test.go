package main

import (
	"bufio"
	"flag"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/parlance-chat/parlance/netcore/roomserver/journal"
)

// seed makes the choices of a test; 0 takes one that is new each time.
var seed = flag.Uint64("seed", 0, "of what the cluster's tests choose at random")

func choices(t *testing.T) *rand.Rand {
	t.Helper()
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

// cluster is room servers on a NATS cluster, with a user at each who only listens.
type cluster struct {
	t         *testing.T
	choice    *rand.Rand
	nats      *nats
	wires     []*wire
	dirs      []string
	rooms     []*room
	addresses []string
	where     []atomic.Pointer[string]
	watchers  []*guest
	off       int // the server that was cut off
	checks    int // how often it was looked whether a server stores messages
}

func (c *cluster) launch(i int) {
	c.t.Helper()
	c.rooms[i] = launch(c.t, c.addresses[i], c.dirs[i], "", "--nats", c.wires[i].url(), "--name", fmt.Sprintf("s%d.test", i))
}

// pause lets things happen for a while.
func (c *cluster) pause(most time.Duration) { time.Sleep(time.Duration(c.choice.Int64N(int64(most)))) }

// told waits until the user of a server is told something, after so many lines.
func (c *cluster) told(i, after int, text string) {
	c.t.Helper()
	if w := c.watchers[i]; !w.await(after, text) {
		c.t.Fatalf("the user of server %d is not told %q but %q\n%s", i, text, w.heard()[after:], c.rooms[i].logged())
	}
}

// TestCluster: three servers on three of NATS are one network. One of each is
// killed under load, then most of NATS is gone for a while, then a server is cut
// off: nothing that was acknowledged is lost or doubled, nothing that was refused
// is there, and who is on another server stays.
func TestCluster(t *testing.T) {
	c := &cluster{
		t: t, choice: choices(t), nats: newNATS(t, 3), rooms: make([]*room, 3), addresses: freeAddresses(t, 3),
		where: make([]atomic.Pointer[string], 3), watchers: make([]*guest, 3),
	}
	for i := range c.rooms {
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
	for i, address := range c.addresses {
		c.watchers[i] = c.watch(address, fmt.Sprint("w", i))
	}
	c.pause(time.Second)
	c.killOneOfEach()
	c.pause(time.Second)
	c.settle()
	c.loseQuorum()
	c.pause(time.Second)
	c.settle()
	c.cutOff()
	c.pause(2 * time.Second)
	close(stop)
	talk.Wait()

	for i, w := range c.watchers {
		switch reason := last(w.heard()); {
		case !w.left():
		case i == c.off && strings.Contains(reason, "The server was cut off from the others"):
			t.Log("it started over")
			c.watchers[i] = c.watch(c.addresses[i], "back")
		default:
			t.Errorf("the user of server %d was thrown out: %q\n%s", i, reason, c.rooms[i].logged())
		}
	}
	c.compare(speakers)
}

// watch returns a user who only listens.
func (c *cluster) watch(address, nick string) *guest {
	c.t.Helper()
	for until := time.Now().Add(patience); time.Now().Before(until); time.Sleep(100 * time.Millisecond) {
		if g := visit(address, nick); g != nil {
			return g
		}
	}
	c.t.Fatalf("nobody can come to %s", address)
	return nil
}

// killOneOfEach kills a server and one of NATS, in any order, and starts them again
// when its users are gone everywhere.
func (c *cluster) killOneOfEach() {
	lost, node := c.choice.IntN(3), c.choice.IntN(3)
	var killed time.Time
	kills := []func(){
		func() { killed = time.Now(); c.rooms[lost].end(syscall.SIGKILL) },
		func() { c.nats.kill(node) },
	}
	c.choice.Shuffle(2, func(i, j int) { kills[i], kills[j] = kills[j], kills[i] })
	kills[0]()
	c.pause(2 * time.Second)
	kills[1]()
	for i := range c.watchers {
		if i != lost {
			c.told(i, 0, fmt.Sprintf(":w%d!u@127.0.0.1 QUIT ", lost))
		}
	}
	took := time.Since(killed)
	c.t.Logf("server %d and NATS %d killed; the users are gone after %v", lost, node, took.Round(time.Millisecond))
	// It is 15 s at most, unless NATS, or a machine as busy as this, needs several
	// elections to find a leader.
	if took > 30*time.Second {
		c.t.Errorf("the users of the killed server were there for %v", took)
	}
	c.pause(time.Second)
	c.nats.start(node)
	c.launch(lost)
	c.rooms[lost].ready()
	c.watchers[lost] = c.watch(c.addresses[lost], fmt.Sprint("again", lost))
}

// loseQuorum kills two of NATS: nothing is stored until they are back.
func (c *cluster) loseQuorum() {
	var before [3]int
	for i, w := range c.watchers {
		before[i] = len(w.heard())
	}
	left := c.choice.IntN(3)
	c.nats.kill((left + 1) % 3)
	c.nats.kill((left + 2) % 3)
	for i := range c.watchers {
		c.told(i, before[i], "cannot store messages now")
	}
	c.pause(4 * time.Second)
	c.nats.start((left + 1) % 3)
	c.nats.start((left + 2) % 3)
	for i := range c.watchers {
		c.told(i, before[i], "stores messages again")
	}
	c.t.Logf("only NATS %d left for a while", left)
}

// cutOff takes a server's connection to NATS, or lets the server stand still. Then
// it goes on, or starts over if the others gave it up.
func (c *cluster) cutOff() {
	c.off = c.choice.IntN(3)
	before, begin := len(c.watchers[c.off].heard()), time.Now()
	took := func() time.Duration { return time.Since(begin).Round(time.Millisecond) }
	if how := []int32{whole, refused, swallowed}[c.choice.IntN(3)]; how == whole {
		c.rooms[c.off].cmd.Process.Signal(syscall.SIGSTOP)
		c.pause(15 * time.Second)
		c.rooms[c.off].cmd.Process.Signal(syscall.SIGCONT)
		c.t.Logf("server %d stood still for %v", c.off, took())
	} else {
		c.wires[c.off].cut(how)
		c.told(c.off, before, "cannot store messages now")
		said := took()
		fmt.Fprint(c.watchers[c.off].conn, "@label=never PRIVMSG #room :never\r\n")
		c.told(c.off, before, fmt.Sprintf(":s%d.test FAIL PRIVMSG TEMPORARILY_UNAVAILABLE", c.off))
		c.pause(8 * time.Second)
		c.wires[c.off].cut(whole)
		c.t.Logf("server %d cut off (%d) for %v; said so after %v", c.off, how, took(), said)
	}
	// What its user says now stands in the journal behind what the others found of it,
	// and what the user says later behind what one of them was about to write.
	if c.stores(c.off) {
		time.Sleep(2 * journal.BeatTime)
		c.stores(c.off)
	}
}

// stores has the user of a server say something until it is stored; false if the
// user is thrown out before.
func (c *cluster) stores(i int) bool {
	for w := c.watchers[i]; ; time.Sleep(100 * time.Millisecond) {
		from, label := len(w.heard()), fmt.Sprintf("label=check%d", c.checks)
		fmt.Fprintf(w.conn, "@%s PRIVMSG #room :check %d\r\n", label, c.checks)
		c.checks++
		if !w.await(from, label) {
			return false
		}
		if slices.ContainsFunc(w.heard()[from:], func(line string) bool {
			return strings.Contains(line, label) && strings.Contains(line, " PRIVMSG #room :")
		}) {
			return true
		}
	}
}

// settle waits until all servers store messages: one that does not yet, after what
// was done to it, says only once that it does not.
func (c *cluster) settle() {
	c.t.Helper()
	for i, w := range c.watchers {
		if !c.stores(i) {
			c.t.Fatalf("the user of server %d was thrown out: %q\n%s", i, last(w.heard()), c.rooms[i].logged())
		}
	}
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
func (c *cluster) compare(speakers []*speaker) {
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
	for i, w := range c.watchers {
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

// TestNATSAlone: a server on one NATS of its own waits for it at the start, and says
// what it needs; when NATS is killed and comes back nothing that was acknowledged is
// lost or doubled, and who is there stays.
func TestNATSAlone(t *testing.T) {
	n := newNATS(t, 1)
	config, err := os.ReadFile(n.configs[0])
	if err != nil {
		t.Fatal(err)
	}
	configure := func(text string) {
		if err := os.WriteFile(n.configs[0], []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	address := freeAddresses(t, 1)[0]
	r := launch(t, address, t.TempDir(), "", "--nats", n.url())
	r.logs("no NATS at nats://" + n.addresses[0])
	if conn, err := net.Dial("tcp", address); err == nil {
		conn.Close()
		t.Error("clients are let in that cannot be served")
	}
	before, _, _ := strings.Cut(string(config), "jetstream")
	configure(before)
	n.start(0)
	r.logs("runs without JetStream; start it with -js")
	n.kill(0)
	configure(string(config))
	n.start(0)
	r.ready()

	where := atomic.Pointer[string]{}
	where.Store(&address)
	stop := make(chan struct{})
	s := &speaker{name: "m", address: &where}
	var talk sync.WaitGroup
	talk.Go(func() { s.run(stop) })
	watcher := visit(address, "watcher")
	for range 3 {
		heard := len(watcher.texts())
		for len(watcher.texts()) < heard+50 && !watcher.left() {
			time.Sleep(time.Millisecond)
		}
		n.kill(0)
		n.start(0)
	}
	heard := len(watcher.texts())
	for len(watcher.texts()) < heard+50 && !watcher.left() {
		time.Sleep(time.Millisecond)
	}
	close(stop)
	talk.Wait()
	if watcher.left() {
		t.Errorf("thrown out: %q\n%s", last(watcher.heard()), r.logged())
	}
	c := cluster{t: t, rooms: []*room{r}, watchers: []*guest{watcher}}
	c.compare([]*speaker{s})

	configure(string(config) + "authorization { user: rooms, password: sesame }\n")
	n.kill(0)
	n.start(0)
	cmd := exec.Command(os.Args[0], "--data", t.TempDir(), "--nats", "nats://rooms:wrong@"+n.addresses[0])
	cmd.Env = append(os.Environ(), asProgram+"=1")
	if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), "USER:PASSWORD") || strings.Contains(string(out), "wrong") {
		t.Errorf("with a wrong password: %v, %s", err, out)
	}
}
