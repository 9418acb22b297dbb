//go:build linux && netns

package netlab

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// listen opens a UDP socket on a host.
func listen(h *Host, address string) *net.UDPConn {
	h.lab.t.Helper()
	var conn *net.UDPConn
	h.In(func() error {
		at, err := net.ResolveUDPAddr("udp", address)
		if err != nil {
			return err
		}
		conn, err = net.ListenUDP("udp", at)
		return err
	})
	h.lab.t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// listenMulticast opens a UDP socket on a host that belongs to a group.
func listenMulticast(h *Host, card, group string) *net.UDPConn {
	h.lab.t.Helper()
	var conn *net.UDPConn
	h.In(func() error {
		ifi, err := net.InterfaceByName(card)
		if err != nil {
			return err
		}
		conn, err = net.ListenMulticastUDP("udp", ifi, net.UDPAddrFromAddrPort(netip.MustParseAddrPort(group)))
		return err
	})
	h.lab.t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// send sends a text and returns the error of doing so.
func send(conn *net.UDPConn, text, to string) error {
	_, err := conn.WriteToUDPAddrPort([]byte(text), netip.MustParseAddrPort(to))
	return err
}

// hears says whether a text comes within the time.
func hears(conn *net.UDPConn, text string, within time.Duration) bool {
	_ = conn.SetReadDeadline(time.Now().Add(within))
	b := make([]byte, 2048)
	for {
		n, err := conn.Read(b)
		if err != nil {
			return false
		}
		if string(b[:n]) == text {
			return true
		}
	}
}

const (
	soon  = 20 * time.Second       // for what must come
	never = 300 * time.Millisecond // for what must not
)

// reaches says whether a datagram sent on one host to an address arrives at
// another. It tries for long only if that is what should be.
func reaches(from, to *Host, address string, should bool) bool {
	from.lab.t.Helper()
	in := listen(to, ":0")
	out := listen(from, ":0")
	port := netip.MustParseAddrPort(in.LocalAddr().String()).Port()
	defer in.Close()
	defer out.Close()
	const text = "do you hear me"
	for until := time.Now().Add(patience(should)); ; {
		if send(out, text, net.JoinHostPort(address, fmt.Sprint(port))) == nil && hears(in, text, never) {
			return true
		}
		if time.Now().After(until) {
			return false
		}
	}
}

// patience is how long to wait for what should or should not come.
func patience(should bool) time.Duration {
	if should {
		return soon
	}
	return never
}

func twoHosts(t *testing.T) (lan *Bridge, a, b *Host) {
	t.Helper()
	lab := New(t)
	lan = lab.Bridge("lan")
	a, b = lab.Host("a"), lab.Host("b")
	a.Join(lan, "10.77.0.1/24", "fd00:77::1/64")
	b.Join(lan, "10.77.0.2/24", "fd00:77::2/64")
	return lan, a, b
}

func TestUnicastReaches(t *testing.T) {
	t.Parallel()
	_, a, b := twoHosts(t)
	for _, c := range []struct {
		from, to *Host
		address  string
	}{
		{a, b, "10.77.0.2"},
		{b, a, "10.77.0.1"},
		{a, b, "fd00:77::2"},
		{b, a, "fd00:77::1"},
		{a, a, "127.0.0.1"},
		{a, a, "::1"},
		{a, a, "10.77.0.1"},
	} {
		if !reaches(c.from, c.to, c.address, true) {
			t.Errorf("%s does not reach %s at %s", c.from.Name, c.to.Name, c.address)
		}
	}
	if reaches(a, b, "127.0.0.1", false) {
		t.Error("two hosts share a loopback")
	}
}

// arrives sends a datagram until it is heard: the first over a new bridge may be
// lost on a busy machine.
func arrives(out, in *net.UDPConn, what, to string) error {
	var err error
	for until := time.Now().Add(4 * soon); time.Now().Before(until); {
		if err = send(out, what, to); err == nil && hears(in, what, never) {
			return nil
		}
	}
	return fmt.Errorf("not within %v; the last sending: %v", 4*soon, err)
}

func TestBroadcastAndMulticast(t *testing.T) {
	t.Parallel()
	_, a, b := twoHosts(t)
	// Ports differ, because a closed socket may live on for a moment in a process
	// that is being started.
	for _, c := range []struct{ group, from, to string }{
		{"", "10.77.0.1:0", "10.77.0.255:47001"},
		{"239.255.47.74:47002", "10.77.0.1:0", "239.255.47.74:47002"},
		{"[ff12::706c]:47003", ":0", "[ff12::706c%2]:47003"}, // eth0 is number 2, after lo
	} {
		to := netip.MustParseAddrPort(c.to)
		var in *net.UDPConn
		if c.group == "" {
			in = listen(b, fmt.Sprintf(":%d", to.Port()))
		} else {
			in = listenMulticast(b, "eth0", c.group)
		}
		if err := arrives(listen(a, c.from), in, c.to, c.to); err != nil {
			t.Errorf("what is sent to %s is not heard: %v", c.to, err)
		}
	}
}

func TestLoss(t *testing.T) {
	t.Parallel()
	const datagrams, batch = 5000, 100 // a batch fits in a socket's buffer
	lan, a, b := twoHosts(t)
	in, out := listen(b, ":47474"), listen(a, ":0")
	arriving := func() int {
		got := 0
		buffer := make([]byte, 16)
		for range datagrams / batch {
			for range batch {
				if err := send(out, "x", "10.77.0.2:47474"); err != nil {
					t.Fatal(err)
				}
			}
			for {
				_ = in.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
				if _, err := in.Read(buffer); err != nil {
					break
				}
				got++
			}
		}
		return got
	}
	if !reaches(a, b, "10.77.0.2", true) { // asks ARP, so that it is not asked under loss
		t.Fatal("no way from a to b")
	}
	for _, c := range []struct {
		name     string
		set      func()
		low, top int // percent that arrive
	}{
		{"none", func() {}, 100, 100},
		{"at the host", func() { b.Loss(20) }, 77, 83},
		{"at the host, more", func() { b.Loss(60) }, 37, 43},
		{"at the bridge", func() { b.Loss(0); lan.Loss(20) }, 77, 83},
		{"none again", func() { lan.Loss(0) }, 100, 100},
	} {
		c.set()
		got := arriving()
		t.Logf("%s: %d of %d arrive", c.name, got, datagrams)
		if got < datagrams*c.low/100 || got > datagrams*c.top/100 {
			t.Errorf("%s: %d of %d arrive, want %d to %d %%", c.name, got, datagrams, c.low, c.top)
		}
	}
}

func TestLossSparesLoopback(t *testing.T) {
	t.Parallel()
	a := New(t).Host("a")
	a.Loss(100)
	if !reaches(a, a, "127.0.0.1", true) {
		t.Error("a host that loses all packets loses those of loopback")
	}
}

func TestDropUDP(t *testing.T) {
	t.Parallel()
	lan, a, b := twoHosts(t)
	blocked, free := listen(b, ":47474"), listen(b, ":47475")
	out := listen(a, ":0")
	try := func(what string, want bool) {
		t.Helper()
		err := send(out, what, "10.77.0.2:47474")
		if got := hears(blocked, what, patience(want)); got != want {
			t.Errorf("%s: heard %v (%v), want %v", what, got, err, want)
		}
		if err := arrives(out, free, what, "10.77.0.2:47475"); err != nil {
			t.Errorf("%s: the other port is blocked too: %v", what, err)
		}
	}
	if err := arrives(out, blocked, "first", "10.77.0.2:47474"); err != nil {
		t.Error(err)
	}
	try("free", true)
	lan.DropUDP(47474)
	try("blocked by the bridge", false)
	if err := send(out, "x", "10.77.0.2:47474"); err != nil {
		t.Errorf("the bridge blocks, and sending fails: %v", err)
	}
	_, a, b = twoHosts(t)
	blocked, free = listen(b, ":47474"), listen(b, ":47475")
	out = listen(a, ":0")
	a.DropUDP(47474)
	try("blocked by the host", false)
	if err := send(out, "x", "10.77.0.2:47474"); !errors.Is(err, unix.EPERM) {
		t.Errorf("the host's firewall blocks, and sending fails with %v, not EPERM", err)
	}
}

func TestFirewall(t *testing.T) {
	t.Parallel()
	_, a, b := twoHosts(t)
	a.Firewall()
	if reaches(b, a, "10.77.0.1", false) || reaches(b, a, "fd00:77::1", false) {
		t.Error("the firewall lets in what was not asked for")
	}
	in, out := listen(b, ":47474"), listen(a, ":0")
	if err := arrives(out, in, "question", "10.77.0.2:47474"); err != nil {
		t.Fatal(err)
	}
	port := netip.MustParseAddrPort(out.LocalAddr().String()).Port()
	if err := arrives(in, out, "answer", fmt.Sprintf("10.77.0.1:%d", port)); err != nil {
		t.Errorf("the firewall keeps out an answer: %v", err)
	}
}

// TestChanges tells a story: after each change, who reaches whom.
func TestChanges(t *testing.T) {
	t.Parallel()
	lab := New(t)
	lan, side := lab.Bridge("lan"), lab.Bridge("side")
	a, b, c := lab.Host("a"), lab.Host("b"), lab.Host("c")
	nothing := func() {}
	for _, step := range []struct {
		name    string
		change  func()
		from    *Host
		to      *Host
		address string
		want    bool
	}{
		{"no card yet", nothing, a, b, "10.77.0.2", false},
		{"both join", func() { a.Join(lan, "10.77.0.1/24"); b.Join(lan, "10.77.0.2/24") }, a, b, "10.77.0.2", true},
		{"the address changes", func() { b.SetAddress(lan, "10.77.0.3/24") }, a, b, "10.77.0.3", true},
		{"the old one is gone", nothing, a, b, "10.77.0.2", false},
		{"the card goes down", func() { b.LinkDown(lan) }, a, b, "10.77.0.3", false},
		{"and comes back", func() { b.LinkUp(lan) }, a, b, "10.77.0.3", true},
		{"the cable is pulled", func() { b.Unplug(lan) }, a, b, "10.77.0.3", false},
		{"and put back", func() { b.Plug(lan) }, a, b, "10.77.0.3", true},
		{"b leaves", func() { b.Leave(lan) }, a, b, "10.77.0.3", false},
		{"b joins anew, IPv6 only", func() { b.Join(lan, "fd00:77::2/64"); a.SetAddress(lan, "fd00:77::1/64") }, a, b, "fd00:77::2", true},
		{"IPv4 has no way", nothing, a, b, "10.77.0.3", false},
		{"c stands on another bridge", func() { c.Join(side, "10.78.0.3/24"); a.SetAddress(lan, "10.77.0.1/24") }, a, c, "10.78.0.3", false},
		{"b has a second card and routes", func() {
			b.SetAddress(lan, "10.77.0.2/24")
			b.Join(side, "10.78.0.2/24")
			b.Forward()
			a.Gateway("10.77.0.2")
			c.Gateway("10.78.0.2")
		}, a, c, "10.78.0.3", true},
		{"one isolated port still hears the others", func() { a.Isolate(lan) }, a, b, "10.77.0.2", true},
		{"two isolated ports do not hear each other", func() { b.Isolate(lan) }, a, b, "10.77.0.2", false},
	} {
		step.change()
		if got := reaches(step.from, step.to, step.address, step.want); got != step.want {
			t.Errorf("%s: %s reaches %s at %s: %v, want %v", step.name, step.from.Name, step.to.Name, step.address, got, step.want)
		}
	}
}

func TestProcess(t *testing.T) {
	t.Parallel()
	a := New(t).Host("a")
	if out := a.Exec("ip", "-o", "link"); strings.Count(out, "\n") != 1 || !strings.Contains(out, "lo: ") {
		t.Errorf("a host without a card has %q", out)
	}
	cat := a.Run("cat")
	cat.Write("one\ntwo\n")
	is := func(text string) func(Line) bool { return func(l Line) bool { return l.Text == text } }
	if i := cat.WaitLine(soon, 0, "two", is("two")); i != 1 {
		t.Errorf("the second line has number %d", i)
	}
	cat.CloseStdin()
	if code := cat.Wait(soon); code != 0 {
		t.Errorf("cat ended with %d", code)
	}
	sleep := a.Run("sleep", "600")
	if sleep.Exited() {
		t.Error("sleep does not sleep")
	}
	sleep.Kill()
	if !sleep.Exited() {
		t.Error("kill does not wait for the end")
	}
}

// TestNothingLeft makes a lab, ends it, and looks for what stayed.
func TestNothingLeft(t *testing.T) {
	t.Parallel()
	before := interfaces(t)
	var pid int
	var dir string
	var inodes []uint64
	outer := t
	t.Run("lab", func(t *testing.T) {
		_, a, _ := twoHosts(t)
		pid, dir = a.Run("sleep", "600").PID(), a.lab.dir
		for _, n := range a.lab.namespaces {
			open, err := os.Open(n.path)
			if err != nil {
				t.Fatal(err)
			}
			outer.Cleanup(func() { open.Close() }) // until then no other gets its number
			inodes = append(inodes, inode(t, n.path))
		}
		for _, path := range namespaces(t) {
			if inode(t, path) == inodes[1] {
				return
			}
		}
		t.Error("the search for namespaces does not find one that is there")
	})
	if syscall.Kill(pid, 0) == nil {
		t.Errorf("process %d is left", pid)
	}
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("folder %s is left: %v", dir, err)
	}
	left := func() int { // a thread may need a moment for its last steps
		return slices.IndexFunc(namespaces(t), func(path string) bool { return slices.Contains(inodes, inode(t, path)) })
	}
	for until := time.Now().Add(soon); left() >= 0; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(until) {
			t.Fatal("a namespace is left")
		}
	}
	if after := interfaces(t); after != before {
		t.Errorf("the machine's interfaces were %s and are %s", before, after)
	}
}

// TestNothingLeftAfterKill kills a program that holds a lab: what it started
// ends with it.
func TestNothingLeftAfterKill(t *testing.T) {
	t.Parallel()
	cmd := exec.Command("/proc/self/exe", "-test.run=^$")
	cmd.Env = append(os.Environ(), holdEnv+"=1", "TMPDIR="+t.TempDir())
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var pid int
	if _, err := fmt.Fscan(out, &pid); err != nil {
		t.Error(err)
	} else if syscall.Kill(pid, 0) != nil {
		t.Errorf("process %d does not run", pid)
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	for until := time.Now().Add(soon); pid != 0 && running(pid); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(until) {
			t.Fatalf("process %d is left", pid)
		}
	}
}

// hold makes a lab with a process in it, prints the process's number and waits
// for its end.
func hold() {
	n, err := newNamespace()
	if err != nil {
		panic(err)
	}
	p, err := start(nil, n, "sleep", []string{"sleep", "600"})
	if err != nil {
		panic(err)
	}
	fmt.Println(p.PID())
	<-p.exited
}

// TestUnprivileged runs a test of this file in a user namespace, as anybody
// who is not root gets it.
func TestUnprivileged(t *testing.T) {
	t.Parallel()
	cmd := userNamespace(exec.Command("/proc/self/exe", "-test.run=^(TestBroadcastAndMulticast|TestDropUDP|TestNothingLeft)$", "-test.v"))
	out, err := cmd.CombinedOutput()
	if err != nil || strings.Count(string(out), "--- PASS: ") < 3 {
		t.Errorf("%v\n%s", err, out)
	}
}

func interfaces(t *testing.T) string {
	t.Helper()
	all, err := net.Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, ifi := range all {
		names = append(names, ifi.Name)
	}
	return strings.Join(names, " ")
}

// namespaces returns a path for the namespace of each thread that runs.
func namespaces(t *testing.T) []string {
	t.Helper()
	paths, err := filepath.Glob("/proc/[0-9]*/task/[0-9]*/ns/net")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no threads found: %v", err)
	}
	return paths
}

// inode returns what tells namespaces apart, or 0 for what has ended meanwhile.
func inode(t *testing.T, path string) uint64 {
	t.Helper()
	var st unix.Stat_t
	if err := unix.Stat(path, &st); err != nil {
		return 0
	}
	return st.Ino
}

// running says whether a process runs; one that ended and that its new parent
// has not asked about does not.
func running(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && !strings.Contains(string(stat), ") Z ")
}
