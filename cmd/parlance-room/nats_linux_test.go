package main

import (
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

	"github.com/nats-io/nats-server/v2/server"
)

// asNATS makes the test binary be nats-server with this configuration file.
const asNATS = "PARLANCE_TEST_AS_NATS"

func natsServer(config string) {
	opts, err := server.ProcessConfigFile(config)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	s, err := server.NewServer(opts)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	s.ConfigureLogger()
	s.Start()
	s.WaitForShutdown()
}

// nats is NATS servers on loopback, with JetStream; several are a cluster.
type nats struct {
	t         *testing.T
	configs   []string
	addresses []string
	running   []*exec.Cmd
}

// newNATS prepares n servers; none is started.
func newNATS(t *testing.T, n int) *nats {
	t.Helper()
	all := &nats{t: t, addresses: freeAddresses(t, n), running: make([]*exec.Cmd, n)}
	routes := freeAddresses(t, n)
	for i := range n {
		dir := t.TempDir()
		config := fmt.Sprintf("server_name: n%d\nlisten: %q\nlog_file: %q\njetstream { store_dir: %q }\n", i, all.addresses[i], filepath.Join(dir, "log"), dir)
		if n > 1 {
			config += fmt.Sprintf("cluster { name: test, listen: %q, no_advertise: true, routes: [%s] }\n", routes[i], `"nats://`+strings.Join(routes, `", "nats://`)+`"`)
		}
		name := filepath.Join(dir, "nats.conf")
		if err := os.WriteFile(name, []byte(config), 0o600); err != nil {
			t.Fatal(err)
		}
		all.configs = append(all.configs, name)
	}
	t.Cleanup(func() {
		for i := range all.running {
			all.kill(i)
		}
	})
	return all
}

// lastPort is the one that was tried last. They lie below those that the system gives
// to connections, one of which might take them before a server does.
var lastPort = 20_000

// freeAddresses returns addresses on loopback that nobody listens on, none twice.
func freeAddresses(t testing.TB, n int) (all []string) {
	t.Helper()
	for len(all) < n {
		if lastPort++; lastPort > 30_000 {
			t.Fatal("no port is free")
		}
		address := fmt.Sprintf("127.0.0.1:%d", lastPort)
		if l, err := net.Listen("tcp", address); err == nil {
			l.Close()
			all = append(all, address)
		}
	}
	return all
}

// portOf returns the port of an address.
func portOf(address string) string { return address[strings.LastIndexByte(address, ':')+1:] }

func (n *nats) start(i int) {
	n.t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), asNATS+"="+n.configs[i])
	if err := cmd.Start(); err != nil {
		n.t.Fatal(err)
	}
	n.running[i] = cmd
}

func (n *nats) startAll() {
	for i := range n.running {
		n.start(i)
	}
}

// kill ends a server with kill -9; doing it again is no error.
func (n *nats) kill(i int) {
	if cmd := n.running[i]; cmd != nil {
		cmd.Process.Signal(syscall.SIGKILL)
		cmd.Wait()
		n.running[i] = nil
	}
}

func (n *nats) url() string { return "nats://" + strings.Join(n.addresses, ",nats://") }

// wire is what lies between a room server and NATS, and can be cut: either nobody
// answers, or nothing gets through.
type wire struct {
	urls  []string
	state atomic.Int32

	mu    sync.Mutex
	conns map[net.Conn]bool
}

const (
	whole = iota
	refused
	swallowed
)

// newWire leads to all of the servers.
func newWire(t *testing.T, n *nats) *wire {
	t.Helper()
	w := &wire{conns: map[net.Conn]bool{}}
	for _, to := range n.addresses {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close(); w.drop() })
		w.urls = append(w.urls, "nats://"+l.Addr().String())
		go func() {
			for {
				from, err := l.Accept()
				if err != nil {
					return
				}
				go w.carry(from, to)
			}
		}()
	}
	return w
}

func (w *wire) url() string { return strings.Join(w.urls, ",") }

func (w *wire) carry(from net.Conn, address string) {
	defer from.Close()
	if w.state.Load() == refused {
		return
	}
	to, err := net.Dial("tcp", address)
	if err != nil {
		return
	}
	defer to.Close()
	w.mu.Lock()
	w.conns[from], w.conns[to] = true, true
	w.mu.Unlock()
	done := make(chan struct{}, 2)
	for _, ends := range [][2]net.Conn{{from, to}, {to, from}} {
		go func() {
			io.Copy(ends[1], held{ends[0], w})
			done <- struct{}{}
		}()
	}
	<-done
	w.mu.Lock()
	delete(w.conns, from)
	delete(w.conns, to)
	w.mu.Unlock()
}

// held gives on what it reads when the wire is whole.
type held struct {
	net.Conn
	w *wire
}

func (h held) Read(p []byte) (int, error) {
	n, err := h.Conn.Read(p)
	for h.w.state.Load() == swallowed && err == nil {
		time.Sleep(5 * time.Millisecond)
	}
	return n, err
}

// cut cuts the wire, or mends it.
func (w *wire) cut(how int32) {
	w.state.Store(how)
	if how == refused {
		w.drop()
	}
}

func (w *wire) drop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for c := range w.conns {
		c.Close()
	}
}
