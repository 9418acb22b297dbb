package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// ports gives each test a discovery port of its own, so that tests do not find
// each other's devices. They are below those that systems hand out.
var ports atomic.Int32

func init() { ports.Store(24_000) }

// place is where a test's devices are near each other: a port, on loopback.
type place struct {
	t    *testing.T
	dir  string
	port int32
}

func newPlace(t *testing.T) *place {
	t.Helper()
	// Not t.TempDir: its paths grow with the test's name, past what a socket may
	// have.
	dir, err := os.MkdirTemp("", "cli")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return &place{t: t, dir: dir, port: ports.Add(1)}
}

// profile returns the folder of a device.
func (p *place) profile(name string) string { return filepath.Join(p.dir, name) }

// command returns the program itself, as a process.
func (p *place) command(name string, args ...string) *exec.Cmd {
	p.t.Helper()
	self, err := os.Executable()
	if err != nil {
		p.t.Fatal(err)
	}
	cmd := exec.Command(self, args...)
	cmd.Env = append(os.Environ(), asProgram+"=1",
		"PARLANCE_PROFILE="+p.profile(name),
		fmt.Sprintf("PARLANCE_DISCOVERY_PORT=%d", p.port),
		"PARLANCE_INTERFACES=lo,lo0")
	return cmd
}

// run runs a command to its end.
func (p *place) run(name string, args ...string) result {
	p.t.Helper()
	cmd := p.command(name, args...)
	var out, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		p.t.Fatal(err)
	}
	return result{p.t, out.String(), stderr.String(), cmd.ProcessState.ExitCode()}
}

// process is a program that runs beside the test.
type process struct {
	t        *testing.T
	cmd      *exec.Cmd
	out, err *screen
	ended    chan struct{}
}

func (p *place) start(cmd *exec.Cmd) *process {
	p.t.Helper()
	c := &process{t: p.t, cmd: cmd, out: newScreen(), err: newScreen(), ended: make(chan struct{})}
	if cmd.Stdout == nil {
		cmd.Stdout = c.out
	}
	cmd.Stderr = c.err
	if err := cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	go func() {
		defer close(c.ended)
		_ = cmd.Wait() // the exit code says it
	}()
	p.t.Cleanup(func() {
		_ = cmd.Process.Kill() // most have ended
		<-c.ended
	})
	return c
}

// up has a device on the network.
func (p *place) up(name string, args ...string) *process {
	p.t.Helper()
	c := p.start(p.command(name, append([]string{"--name", name, "up", "--json"}, args...)...))
	c.out.wait(p.t, `"ready"`)
	return c
}

// ends waits for the end and expects an exit code.
func (c *process) ends(code int) {
	c.t.Helper()
	select {
	case <-c.ended:
		if got := c.cmd.ProcessState.ExitCode(); got != code {
			c.t.Errorf("exit code %d, want %d: %s", got, code, c.err)
		}
	case <-time.After(longest):
		c.t.Fatalf("does not end; printed\n%s%s", c.out, c.err)
	}
}

func (c *process) signal(s os.Signal) {
	c.t.Helper()
	if err := c.cmd.Process.Signal(s); err != nil {
		c.t.Error(err)
	}
}

// messages returns what history shows, own messages with their state.
func (p *place) messages(name, to string) []string {
	p.t.Helper()
	var out []string
	for _, v := range p.run(name, "history", "--json", to).values() {
		line := v["from"].(map[string]any)["name"].(string) + ": " + v["text"].(string)
		if state, own := v["state"]; own {
			line += " (" + state.(string) + ")"
		}
		out = append(out, line)
	}
	return out
}

// TestTwoPeople has two devices on one machine find each other and talk, through
// their control sockets.
func TestTwoPeople(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	ada, bob := p.up("Ada"), p.up("Bob")
	ada.out.wait(t, `"name":"Bob","state":"online"`)
	bob.out.wait(t, `"name":"Ada","state":"online"`)

	if v := p.run("Ada", "peers", "--json").values(); len(v) != 1 || v[0]["name"] != "Bob" || v[0]["state"] != "online" {
		t.Errorf("peers: %v", v)
	}
	if v := p.run("Ada", "--json", "send", "--wait", "20s", "Bob", "hello", "Bob").values(); len(v) != 1 || v[0]["state"] != "delivered" {
		t.Errorf("send: %v", v)
	}
	bob.out.wait(t, `"text":"hello Bob"`)
	if r := p.run("Bob", "send", "--wait", "20s", "ada", "hello Ada"); r.code != exitDone {
		t.Errorf("send: %+v", r)
	}
	if got := p.messages("Ada", "Bob"); !slices.Equal(got, []string{"Ada: hello Bob (delivered)", "Bob: hello Ada"}) {
		t.Errorf("Ada has %q", got)
	}
	if got := p.messages("Bob", "Ada"); !slices.Equal(got, []string{"Ada: hello Bob", "Bob: hello Ada (delivered)"}) {
		t.Errorf("Bob has %q", got)
	}
	if v := p.run("Bob", "--json", "search", "hello").values(); len(v) != 2 {
		t.Errorf("search: %v", v)
	}
	if r := p.run("Ada", "verify", "Bob"); r.code != exitDone {
		t.Errorf("verify: %+v", r)
	}
	if v := p.run("Ada", "--json", "peers").values(); v[0]["trust"] != "verified" {
		t.Errorf("peers: %v", v)
	}
	if r := p.run("Ada", "doctor"); !strings.Contains(r.out, "peer Bob") {
		t.Errorf("doctor: %+v", r)
	}

	for name, mode := range map[string]os.FileMode{"": 0o700, "control.sock": 0o600} {
		info, err := os.Stat(filepath.Join(p.profile("Ada"), name))
		if err != nil || info.Mode().Perm() != mode {
			t.Errorf("%q has mode %v, %v", name, info.Mode(), err)
		}
	}

	bob.signal(syscall.SIGTERM)
	bob.ends(exitDone)
	ada.out.wait(t, `"name":"Bob","state":"offline"`)
	if r := p.run("Ada", "--json", "send", "--wait", "200ms", "Bob", "are you there?"); r.code != exitQueued {
		t.Errorf("send to nobody: %+v", r)
	}
	ada.signal(os.Interrupt)
	ada.ends(exitDone)

	// What waits goes out when both are there again, whoever opens the profile.
	bob = p.up("Bob")
	if r := p.run("Ada", "send", "--wait", "20s", "Bob", "now you are"); r.code != exitDone {
		t.Errorf("send: %+v", r)
	}
	bob.out.wait(t, `"text":"are you there?"`, `"text":"now you are"`)
	want := []string{"Ada: hello Bob (delivered)", "Bob: hello Ada", "Ada: are you there? (delivered)", "Ada: now you are (delivered)"}
	if got := p.messages("Ada", "Bob"); !slices.Equal(got, want) {
		t.Errorf("Ada has %q", got)
	}
}

// TestFreshProfiles has two people use nothing but single commands.
func TestFreshProfiles(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.up("Bob")
	if r := p.run("Ada", "--name", "Ada", "send", "--wait", "20s", "Bob", "from a profile made just now"); r.code != exitDone || r.err != "" {
		t.Errorf("send: %+v", r)
	}
	if got := p.messages("Bob", "Ada"); !slices.Equal(got, []string{"Ada: from a profile made just now"}) {
		t.Errorf("Bob has %q", got)
	}
	if v := p.run("Eve", "--name", "Eve", "peers", "--json").values(); !slices.ContainsFunc(v, func(v map[string]any) bool { return v["name"] == "Bob" && v["state"] == "online" }) {
		t.Errorf("peers: %v", v)
	}
	p.run("Eve", "send", "Carol", "anybody?").fails(exitUsage, "Carol", "Bob")
}

// TestOneProcessPerProfile finds who has a profile, and what is left of one that
// was killed.
func TestOneProcessPerProfile(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	ada := p.up("Ada")
	p.run("Ada", "up").fails(exitFailed, "parlance-cli", fmt.Sprintf("process %d", ada.cmd.Process.Pid), p.profile("Ada"))
	ada.signal(os.Kill)
	<-ada.ended
	if _, err := os.Lstat(filepath.Join(p.profile("Ada"), "control.sock")); err != nil {
		t.Errorf("nothing stale to find: %v", err)
	}
	if r := p.run("Ada", "id"); r.code != exitDone || !strings.Contains(r.out, "Ada") {
		t.Errorf("id beside a stale socket: %+v", r)
	}
	ada = p.up("Ada")
	ada.signal(os.Interrupt)
	ada.ends(exitDone)
	if _, err := os.Lstat(filepath.Join(p.profile("Ada"), "control.sock")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the socket is left: %v", err)
	}
}

// TestManySends has many commands want one closed profile at the same time.
func TestManySends(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.up("Bob")
	if r := p.run("Ada", "--name", "Ada", "send", "--wait", "20s", "Bob", "first"); r.code != exitDone {
		t.Fatalf("first: %+v", r)
	}
	const count = 12
	var wg sync.WaitGroup
	for i := range count {
		wg.Go(func() {
			if r := p.run("Ada", "send", "Bob", fmt.Sprint("number ", i)); r.code != exitDone {
				t.Errorf("send %d: %+v", i, r)
			}
		})
	}
	wg.Wait()
	if got := p.messages("Ada", "Bob"); len(got) != count+1 || len(slices.Compact(slices.Sorted(slices.Values(got)))) != count+1 {
		t.Errorf("Ada has %q", got)
	}
}

// TestUpWithoutReader finds that a device leaves the network properly when
// nobody reads its events any more.
func TestUpWithoutReader(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	bob := p.up("Bob")
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := p.command("Ada", "--name", "Ada", "--json", "up")
	cmd.Stdout = w
	ada := p.start(cmd)
	w.Close()
	if line, err := io.ReadAll(io.LimitReader(r, 16)); err != nil || !strings.HasPrefix(string(line), `{"event":"ready"`) {
		t.Fatalf("read %q, %v", line, err)
	}
	r.Close()
	bob.out.wait(t, `"name":"Ada","state":"online"`)
	if r := p.run("Bob", "send", "Ada", "something to print"); r.code != exitDone {
		t.Errorf("send: %+v", r)
	}
	ada.ends(exitFailed)
	bob.out.wait(t, `"name":"Ada","state":"offline"`)
}

// TestPipedTalk has two people chat from scripts.
func TestPipedTalk(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	bob := p.up("Bob")
	cmd := p.command("Ada", "--name", "Ada", "chat", "Bob")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	ada := p.start(cmd)
	if _, err := io.WriteString(in, "one\ntwo\n"); err != nil {
		t.Fatal(err)
	}
	bob.out.wait(t, `"text":"one"`, `"text":"two"`)
	if r := p.run("Bob", "send", "--wait", "20s", "Ada", "an answer"); r.code != exitDone {
		t.Errorf("send: %+v", r)
	}
	ada.out.wait(t, "Bob: an answer\n")
	if r := p.run("Ada", "history", "Bob"); !strings.Contains(r.out, "You (delivered): two\n") { // beside the chat
		t.Errorf("history: %+v", r)
	}
	if _, err := io.WriteString(in, "last, without an end"); err != nil {
		t.Fatal(err)
	}
	in.Close()
	ada.ends(exitDone)
	bob.out.wait(t, `"text":"last, without an end"`)
}

// TestPlain talks to a program that knows nothing but UDP.
func TestPlain(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	if v := p.run("Ada", "--name", "Ada", "--json", "send", "--wait", "20s", "udp://127.0.0.1:9", "hello").values(); len(v) != 1 || v[0]["state"] != "sent" {
		t.Errorf("send: %v", v)
	}
	if v := p.run("Ada", "--json", "conversations").values(); len(v) != 2 || v[0]["kind"] != "plain" || v[0]["address"] != "udp://127.0.0.1:9" {
		t.Errorf("conversations: %v", v)
	}
	p.run("Ada", "send", "udp://nonsense", "hello").fails(exitUsage, "nonsense")
}
