//go:build linux && netns

package netlab

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Lab is a set of hosts and bridges. They belong to one test, whose end ends
// every process on them and takes them away.
type Lab struct {
	t   testing.TB
	dir string // holds the profiles; short, for a socket's path has to fit in 108 bytes

	mu         sync.Mutex
	namespaces []*namespace
	processes  []*Process
}

// New returns an empty lab.
func New(t testing.TB) *Lab {
	t.Helper()
	dir, err := os.MkdirTemp("", "netlab")
	if err != nil {
		t.Fatal(err)
	}
	l := &Lab{t: t, dir: dir}
	t.Cleanup(l.close)
	return l
}

func (l *Lab) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, p := range l.processes {
		if err := p.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
			l.t.Errorf("ending %s: %v", p.name, err)
		}
	}
	for _, p := range l.processes {
		<-p.exited
	}
	for _, n := range l.namespaces {
		n.close()
	}
	if err := os.RemoveAll(l.dir); err != nil {
		l.t.Error(err)
	}
}

// Profile returns the path of a profile, the same for the same name.
func (l *Lab) Profile(name string) string { return filepath.Join(l.dir, name) }

func (l *Lab) namespace() *namespace {
	l.t.Helper()
	n, err := newNamespace()
	if err != nil {
		l.t.Fatal(err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.namespaces = append(l.namespaces, n)
	return n
}

// run starts a program in n; the lab ends it at the latest.
func (l *Lab) run(n *namespace, name string, argv []string) *Process {
	l.t.Helper()
	p, err := start(l.t, n, name, argv)
	if err != nil {
		l.t.Fatalf("%s: %v", name, err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.processes = append(l.processes, p)
	return p
}

// ip runs lines of ip's batch language in n; nft runs lines of nft's.
func (l *Lab) ip(n *namespace, lines ...string) {
	l.t.Helper()
	l.feed(n, lines, "ip", "-batch", "-")
}

func (l *Lab) nft(n *namespace, lines ...string) {
	l.t.Helper()
	l.feed(n, lines, "nft", "-f", "-")
}

func (l *Lab) feed(n *namespace, lines []string, argv ...string) {
	l.t.Helper()
	text := strings.Join(lines, "\n") + "\n"
	if _, err := output(n, text, argv...); err != nil {
		l.t.Fatalf("%v, given\n%s", err, text)
	}
}

// output runs a program in n to its end and returns what it wrote to stdout.
func output(n *namespace, stdin string, argv ...string) (string, error) {
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	var stdout, stderr bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &stdout, &stderr
	if err := n.do(cmd.Start); err != nil {
		return "", fmt.Errorf("cannot start %q: %w", argv, err)
	}
	if err := cmd.Wait(); err != nil {
		return stdout.String(), fmt.Errorf("%q: %w: %s", argv, err, strings.TrimSpace(stderr.String()))
	}
	return stdout.String(), nil
}

// Bridge is a switch that hosts join.
type Bridge struct {
	lab   *Lab
	name  string
	ns    *namespace
	ports int // cables ever plugged in, for their names
}

// Bridge makes a bridge. It lives in a namespace of its own.
func (l *Lab) Bridge(name string) *Bridge {
	l.t.Helper()
	b := &Bridge{lab: l, name: name, ns: l.namespace()}
	l.ip(b.ns, "link add name br0 type bridge forward_delay 0", "link set br0 up")
	l.nft(b.ns,
		"table bridge netlab {",
		" chain loss { }",
		" chain blocks { }",
		" chain forward { type filter hook forward priority 0; jump loss; jump blocks; }",
		"}")
	return b
}

// port returns the name of the next port.
func (b *Bridge) port() string {
	b.ports++
	return fmt.Sprintf("port%d", b.ports)
}

// Cable connects two bridges, as if they were one.
func (b *Bridge) Cable(other *Bridge) {
	b.lab.t.Helper()
	here, there := b.port(), other.port()
	b.lab.ip(b.ns, fmt.Sprintf("link add name %s type veth peer name %s netns %s", here, there, other.ns.path))
	b.lab.ip(b.ns, fmt.Sprintf("link set %s master br0 up", here))
	b.lab.ip(other.ns, fmt.Sprintf("link set %s master br0 up", there))
	b.carries(here)
	other.carries(there)
}

// carries waits until frames pass a port: the kernel takes up to a second to
// notice a carrier.
func (b *Bridge) carries(port string) {
	b.lab.t.Helper()
	b.lab.eventually(port+" of "+b.name+" carries frames", func() (bool, string) {
		state, err := output(b.ns, "", "ip", "-details", "link", "show", port)
		return err == nil && strings.Contains(state, "state forwarding"), fmt.Sprint(state, err)
	})
}

// eventually waits for something that the kernel does soon.
func (l *Lab) eventually(what string, is func() (bool, string)) {
	l.t.Helper()
	for until := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		ok, instead := is()
		if ok {
			return
		}
		if time.Now().After(until) {
			l.t.Fatalf("it never was that %s, but:\n%s", what, instead)
		}
	}
}

// Loss makes the bridge lose a part of all frames, those of ARP included; a
// broadcast is lost to each port on its own. 0 ends it.
func (b *Bridge) Loss(percent int) {
	b.lab.t.Helper()
	b.lab.nft(b.ns, loss("bridge", percent)...)
}

// DropUDP makes the bridge pass on no datagrams to or from a port.
func (b *Bridge) DropUDP(port uint16) {
	b.lab.t.Helper()
	b.lab.nft(b.ns,
		fmt.Sprintf("add rule bridge netlab blocks udp dport %d drop", port),
		fmt.Sprintf("add rule bridge netlab blocks udp sport %d drop", port))
}

func loss(family string, percent int) []string {
	lines := []string{fmt.Sprintf("flush chain %s netlab loss", family)}
	switch {
	case percent >= 100:
		lines = append(lines, fmt.Sprintf("add rule %s netlab loss drop", family))
	case percent > 0:
		lines = append(lines, fmt.Sprintf("add rule %s netlab loss numgen random mod 100 < %d drop", family, percent))
	}
	return lines
}
