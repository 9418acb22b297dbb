package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// asProgram makes the test binary be parlance-room itself.
const asProgram = "PARLANCE_TEST_AS_ROOM"

const patience = time.Minute

func TestMain(m *testing.M) {
	switch {
	case os.Getenv(asProgram) != "":
		main()
		return
	case os.Getenv(asNATS) != "":
		natsServer(os.Getenv(asNATS))
		return
	}
	os.Exit(m.Run())
}

// room is a running parlance-room.
type room struct {
	t       *testing.T
	cmd     *exec.Cmd
	out     *bufio.Scanner
	address string
	said    []string // the three lines
	mu      sync.Mutex
	log     strings.Builder
}

// up starts a server on a free port of loopback; shell, if not "", is run first,
// in the process that becomes the server.
func up(t *testing.T, dir, shell string, args ...string) *room {
	t.Helper()
	r := launch(t, "127.0.0.1:0", dir, shell, args...)
	r.ready()
	return r
}

// launch starts a server that may take its time until it serves.
func launch(t *testing.T, address, dir, shell string, args ...string) *room {
	t.Helper()
	args = append([]string{"--data", dir, "--listen", address, "--tls-listen", "-", "--messages-per-second", "100000"}, args...)
	cmd := exec.Command(os.Args[0], args...)
	if shell != "" {
		unshare := []string{"--mount", "sh", "-ec", shell + `; exec "$@"`, "sh"}
		if os.Getuid() != 0 {
			unshare = append([]string{"--user", "--map-root-user"}, unshare...)
		}
		cmd = exec.Command("unshare", append(append(unshare, os.Args[0]), args...)...)
	}
	cmd.Env = append(os.Environ(), asProgram+"=1")
	r := &room{t: t, cmd: cmd}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = r
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.end(syscall.SIGKILL) })
	r.out = bufio.NewScanner(out)
	return r
}

// ready waits until the server says how to join.
func (r *room) ready() {
	r.t.Helper()
	for len(r.said) < 3 {
		if !r.out.Scan() {
			r.t.Fatalf("said only %q\n%s", r.said, r.logged())
		}
		r.said = append(r.said, r.out.Text())
	}
	_, port, _ := strings.Cut(r.said[1], ", port ")
	r.address = "127.0.0.1:" + port
}

func (r *room) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.log.Write(p)
}

func (r *room) logged() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.log.String()
}

// logs waits until the log holds a text.
func (r *room) logs(want string) {
	r.t.Helper()
	for until := time.Now().Add(patience); !strings.Contains(r.logged(), want); time.Sleep(time.Millisecond) {
		if time.Now().After(until) {
			r.t.Fatalf("logged no %q but %s", want, r.logged())
		}
	}
}

func (r *room) end(how syscall.Signal) error {
	r.cmd.Process.Signal(how)
	return r.cmd.Wait()
}

// client is a raw connection.
type client struct {
	net.Conn
	t *testing.T
	r *bufio.Reader
}

func (r *room) join(nick string) *client {
	r.t.Helper()
	c := r.connect(nick)
	c.send("JOIN #room")
	c.expect(" 366 ")
	return c
}

// connect returns a client that wants a nick.
func (r *room) connect(nick string) *client {
	r.t.Helper()
	conn, err := net.Dial("tcp", r.address)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(patience))
	c := &client{conn, r.t, bufio.NewReader(conn)}
	c.send("CAP REQ :echo-message batch server-time message-tags draft/chathistory")
	c.send("CAP END")
	c.send("NICK " + nick)
	c.send("USER u 0 * :u")
	return c
}

func (c *client) send(line string) { fmt.Fprintf(c, "%s\r\n", line) }

// line returns the next one, "" at the end.
func (c *client) line() string {
	line, err := c.r.ReadString('\n')
	if err != nil {
		return ""
	}
	return strings.TrimRight(line, "\r\n")
}

func (c *client) expect(parts ...string) string {
	c.t.Helper()
	last := ""
	for {
		line := c.line()
		if line == "" {
			c.t.Fatalf("closed before %q; the last line was %q", parts, last)
		}
		for _, part := range parts {
			if strings.Contains(line, part) {
				return line
			}
		}
		last = line
	}
}

// number returns what stands behind the last " :m" of a line, as a number.
func number(line string) int {
	n := -1
	if i := strings.LastIndex(line, " :m"); i >= 0 {
		fmt.Sscanf(line[i:], " :m%d", &n)
	}
	return n
}

// past is a message that the room has.
type past struct{ id, time, text string }

// pages returns the messages that the room has, page by page.
func (c *client) pages() (all []past) {
	c.t.Helper()
	for after := "timestamp=1970-01-01T00:00:00.000Z"; ; {
		c.send("CHATHISTORY AFTER #room " + after + " 500")
		c.expect("BATCH +")
		before := len(all)
		for line := c.expect("PRIVMSG", "BATCH -"); strings.Contains(line, "PRIVMSG"); line = c.expect("PRIVMSG", "BATCH -") {
			_, text, _ := strings.Cut(line, " PRIVMSG #room :")
			all = append(all, past{tag(line, "msgid"), tag(line, "time"), text})
		}
		if len(all) == before {
			return all
		}
		after = "msgid=" + all[len(all)-1].id
	}
}

// tag returns the value of a tag of a line.
func tag(line, key string) string {
	tags, _, _ := strings.Cut(strings.TrimPrefix(line, "@"), " ")
	for t := range strings.SplitSeq(tags, ";") {
		if value, ok := strings.CutPrefix(t, key+"="); ok {
			return value
		}
	}
	return ""
}

// history returns the numbers of the messages that the room has.
func (c *client) history() (all []int) {
	c.t.Helper()
	for _, m := range c.pages() {
		all = append(all, number(" :"+m.text))
	}
	return all
}

// TestKilled: what was echoed is there after kill -9, once and in order.
func TestKilled(t *testing.T) {
	dir := t.TempDir()
	var echoed atomic.Int64 // the highest; echoes come in order
	acknowledged := map[int]bool{}
	next := 0
	for run := range 3 {
		r := up(t, dir, "")
		ann := r.join(fmt.Sprint("ann", run))
		over := make(chan struct{})
		echoed.Store(int64(next) - 1)
		go func() {
			defer close(over)
			for line := ann.line(); line != ""; line = ann.line() {
				if n := number(line); n >= 0 {
					acknowledged[n] = true
					echoed.Store(int64(n))
				}
			}
		}()
		killAt := int64(next + 100 + 57*run)
		for echoed.Load() < killAt {
			if next-int(echoed.Load()) < 50 {
				ann.send(fmt.Sprintf("PRIVMSG #room :m%d", next))
				next++
			} else {
				time.Sleep(time.Millisecond)
			}
		}
		r.end(syscall.SIGKILL)
		<-over
	}
	got := up(t, dir, "").join("bob").history()
	have := map[int]bool{}
	for i, n := range got {
		if have[n] || i > 0 && n < got[i-1] {
			t.Errorf("%d stands doubled or out of order", n)
		}
		have[n] = true
	}
	for n := range acknowledged {
		if !have[n] {
			t.Errorf("%d was echoed and is lost", n)
		}
	}
}

// TestFullDisk: with the disk full a message is refused, with a reason; none that
// was echoed is lost; with room again messages are taken again.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	r := up(t, dir, "mount -t tmpfs -o size=32m none "+dir, "--reserve", "8M")
	ann := r.join("ann")
	ann.send("PRIVMSG #room :m0")
	ann.expect(":m0")
	// The folder as the server sees it.
	filler := filepath.Join("/proc", fmt.Sprint(r.cmd.Process.Pid), "root", dir, "filler")
	if err := os.WriteFile(filler, make([]byte, 24<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	var kept []int
	n := 1
	try := func() bool {
		ann.send(fmt.Sprintf("PRIVMSG #room :m%d", n))
		line := ann.expect(fmt.Sprint(":m", n), "FAIL PRIVMSG")
		if strings.Contains(line, "FAIL") {
			return false
		}
		kept = append(kept, n)
		n++
		return true
	}
	for until := time.Now().Add(patience); try(); time.Sleep(time.Millisecond) {
		if time.Now().After(until) {
			t.Fatal("messages are taken though the disk is full")
		}
	}
	r.logs("the disk is full")
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	for until := time.Now().Add(patience); !try(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(until) {
			t.Fatal("messages are refused though the disk has room")
		}
	}
	want := append([]int{0}, kept...)
	if got := r.join("bob").history(); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("stored %v\nechoed %v", got, want)
	}
}

// TestDiskFilledUp: others fill the disk to its last byte while messages come in.
// None that was echoed is lost, none is kept that was refused, and with room again
// messages are taken again, also when the server could not help running into the
// end of the disk.
func TestDiskFilledUp(t *testing.T) {
	dir := t.TempDir()
	r := launch(t, freeAddresses(t, 1)[0], dir, "mount -t tmpfs -o size=32m none "+dir, "--reserve", "1K")
	r.ready()
	address := atomic.Pointer[string]{}
	address.Store(&r.address)
	stop := make(chan struct{})
	s := &speaker{name: "m", address: &address}
	var talk sync.WaitGroup
	talk.Go(func() { s.run(stop) })
	watcher := visit(r.address, "watcher")
	until := func(what string, is func() bool) {
		t.Helper()
		for end := time.Now().Add(patience); !is(); time.Sleep(5 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("no %s\n%s", what, r.logged())
			}
		}
	}
	until("message", func() bool { return len(watcher.texts()) > 50 })
	filler := filepath.Join("/proc", fmt.Sprint(r.cmd.Process.Pid), "root", dir, "filler")
	f, err := os.Create(filler)
	if err != nil {
		t.Fatal(err)
	}
	fill := func() (size int64) {
		for n := 0; err == nil; size += int64(n) {
			n, err = f.Write(make([]byte, 4096))
		}
		err = nil
		return size
	}
	size := fill()
	for range 500 { // a page is free for a moment, and the server may take it for room
		size -= 4096
		if err := f.Truncate(size); err != nil {
			t.Fatal(err)
		}
		f.Seek(size, io.SeekStart)
		time.Sleep(time.Millisecond)
		size += fill()
	}
	f.Close()
	if !watcher.await(0, "cannot store messages now") {
		t.Fatalf("nobody is told that the disk is full\n%s", r.logged())
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	heard := 0
	until("message after the disk has room", func() bool {
		if watcher == nil || watcher.left() { // it starts over
			watcher, heard = visit(r.address, "watcher2"), 0
		} else if heard == 0 {
			heard = len(watcher.texts()) + 1
		}
		return watcher != nil && heard > 0 && len(watcher.texts()) > heard+50
	})
	close(stop)
	talk.Wait()
	stored := map[string]bool{}
	for _, m := range r.join("bob").pages() {
		if stored[m.text] {
			t.Errorf("%s is doubled", m.text)
		}
		stored[m.text] = true
	}
	for text := range s.acked {
		if !stored[text] {
			t.Errorf("%s was echoed and is lost", text)
		}
	}
	for text := range s.failed {
		if stored[text] {
			t.Errorf("%s was refused and is there", text)
		}
	}
	t.Logf("%d echoed, %d refused, %d stored", len(s.acked), len(s.failed), len(stored))
}

func TestSignals(t *testing.T) {
	dir := t.TempDir()
	motd := filepath.Join(dir, "motd")
	if err := os.WriteFile(motd, []byte("old words"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := up(t, filepath.Join(dir, "data"), "", "--motd", motd, "--log-format", "json")
	ann := r.join("ann")
	if err := os.WriteFile(motd, []byte("new words"), 0o600); err != nil {
		t.Fatal(err)
	}
	r.cmd.Process.Signal(syscall.SIGHUP)
	for until := time.Now().Add(patience); ; {
		ann.send("MOTD")
		if line := ann.expect(" 372 "); strings.Contains(line, "new words") {
			break
		}
		if time.Now().After(until) {
			t.Fatal("the message of the day is still the old one")
		}
	}
	if err := r.end(syscall.SIGTERM); err != nil {
		t.Errorf("ended with %v", err)
	}
	ann.expect("ERROR :Server shutting down")
	r.logs(`"msg":"the configuration was read again"`)
	if !strings.Contains(r.said[0], "Join a room") || !strings.Contains(r.said[2], "fingerprint") {
		t.Errorf("said %q", r.said)
	}
}

func TestPortTaken(t *testing.T) {
	r := up(t, t.TempDir(), "")
	cmd := exec.Command(os.Args[0], "--data", t.TempDir(), "--listen", r.address, "--tls-listen", "-")
	cmd.Env = append(os.Environ(), asProgram+"=1")
	out, err := cmd.CombinedOutput()
	if err == nil || cmd.ProcessState.ExitCode() != 1 || !strings.Contains(string(out), "address already in use") {
		t.Errorf("%v: %s", err, out)
	}
}
