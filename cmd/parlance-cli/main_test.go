package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/parlance-chat/parlance/cmd/parlance-cli/session"
	"github.com/parlance-chat/parlance/cmd/parlance-cli/talk"
	"github.com/parlance-chat/parlance/netcore"
	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/control"
	"github.com/parlance-chat/parlance/netcore/control/controltest"
	"github.com/parlance-chat/parlance/netcore/identity"
)

// asProgram makes the test's binary be the program itself.
const asProgram = "PARLANCE_CLI_IS_THIS"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		return
	}
	time.Local = time.UTC // outputs are compared
	goleak.VerifyTestMain(m)
}

// longest bounds what a test waits for; nothing takes nearly as long.
const longest = 30 * time.Second

// desk is a person at a terminal, with a profile whose node is in memory.
type desk struct {
	t       *testing.T
	node    *controltest.Node
	profile string
	world   world

	opened  atomic.Int32 // how often the profile was opened here
	openErr error
	notices []chat.Notice
}

// openedNode lets the node of a desk live on when a command closes it.
type openedNode struct {
	*controltest.Node
	notices []chat.Notice
}

func (openedNode) Close() error             { return nil }
func (n openedNode) Notices() []chat.Notice { return n.notices }

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{t: t, node: controltest.New("Ada"), profile: t.TempDir()}
	d.world = world{
		in:       strings.NewReader(""),
		width:    func() int { return 0 },
		terminal: func() *talk.Terminal { return nil },
		open: func(netcore.Config) (session.Node, error) {
			if d.openErr != nil {
				return nil, d.openErr
			}
			d.opened.Add(1)
			return openedNode{d.node, d.notices}, nil
		},
		discovery: 100 * time.Millisecond,
		linger:    100 * time.Millisecond,
	}
	return d
}

// serve has a running program open the profile.
func (d *desk) serve() *control.Server {
	d.t.Helper()
	s, err := control.Serve(control.Config{Node: d.node, Profile: d.profile})
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() { s.Close() })
	return s
}

// result is what a command came to.
type result struct {
	t        *testing.T
	out, err string
	code     int
}

// run runs a command to its end.
func (d *desk) run(args ...string) result {
	d.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), longest)
	defer cancel()
	return d.runIn(ctx, args...)
}

func (d *desk) runIn(ctx context.Context, args ...string) result {
	d.t.Helper()
	var out, stderr bytes.Buffer
	w := d.world
	w.out, w.err = &out, &stderr
	code := run(ctx, append([]string{"--profile", d.profile}, args...), w)
	return result{d.t, out.String(), stderr.String(), code}
}

// is compares the output and expects code 0 and silence on standard error.
func (r result) is(want string) result {
	r.t.Helper()
	want = strings.TrimPrefix(want, "\n")
	if r.code != exitDone || r.err != "" {
		r.t.Errorf("exit code %d: %s", r.code, r.err)
	}
	if r.out != want {
		r.t.Errorf("printed\n%s\nwant\n%s", r.out, want)
	}
	return r
}

// fails expects an exit code, no output, and an error that says things.
func (r result) fails(code int, say ...string) {
	r.t.Helper()
	if r.code != code {
		r.t.Errorf("exit code %d, want %d: %s", r.code, code, r.err)
	}
	if r.out != "" {
		r.t.Errorf("printed %q", r.out)
	}
	for _, s := range say {
		if !strings.Contains(r.err, s) {
			r.t.Errorf("said %q, without %q", r.err, s)
		}
	}
	if lines := strings.Count(r.err, "\n"); code != exitQueued && (lines < 1 || !strings.HasPrefix(r.err, "parlance-cli: ")) {
		r.t.Errorf("the error reads %q", r.err)
	}
}

// values decodes the output as one JSON value a line.
func (r result) values() []map[string]any {
	r.t.Helper()
	if r.err != "" {
		r.t.Errorf("exit code %d: %s", r.code, r.err)
	}
	var all []map[string]any
	for line := range strings.Lines(r.out) {
		var v map[string]any
		if err := json.Unmarshal([]byte(line), &v); err != nil {
			r.t.Fatalf("%q: %v", line, err)
		}
		all = append(all, v)
	}
	return all
}

// keys returns the names in a JSON object, sorted.
func keys(v map[string]any) string {
	line, _ := json.Marshal(v) // came out of JSON
	var names []string
	dec := json.NewDecoder(bytes.NewReader(line))
	_, _ = dec.Token()
	for dec.More() {
		name, _ := dec.Token()
		names = append(names, name.(string))
		var skip json.RawMessage
		_ = dec.Decode(&skip)
	}
	return strings.Join(names, " ")
}

// screen is an output that grows while a command runs.
type screen struct {
	mu   sync.Mutex
	text bytes.Buffer
	more chan struct{}
}

func newScreen() *screen { return &screen{more: make(chan struct{}, 1)} }

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case s.more <- struct{}{}:
	default:
	}
	return s.text.Write(p)
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// wait waits until all of the texts are on the screen.
func (s *screen) wait(t *testing.T, texts ...string) {
	t.Helper()
	deadline := time.After(longest)
	for {
		have := s.String()
		missing := ""
		for _, text := range texts {
			if !strings.Contains(have, text) {
				missing = text
			}
		}
		if missing == "" {
			return
		}
		select {
		case <-s.more:
		case <-deadline:
			t.Fatalf("no %q in\n%s", missing, have)
		}
	}
}

// running is a command that runs beside the test.
type running struct {
	t        *testing.T
	out, err *screen
	in       *io.PipeWriter
	leave    context.CancelFunc
	done     chan struct{}
	code     int // once done is closed
}

// start starts a command; its input is a pipe.
func (d *desk) start(args ...string) *running {
	d.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	r, w := io.Pipe()
	c := &running{t: d.t, out: newScreen(), err: newScreen(), in: w, leave: cancel, done: make(chan struct{})}
	world := d.world
	world.in, world.out, world.err = r, c.out, c.err
	go func() {
		defer close(c.done)
		c.code = run(ctx, append([]string{"--profile", d.profile}, args...), world)
	}()
	d.t.Cleanup(func() {
		cancel()
		w.Close()
		<-c.done
	})
	return c
}

// ends waits for the command and expects its exit code.
func (c *running) ends(code int) {
	c.t.Helper()
	select {
	case <-c.done:
		if c.code != code {
			c.t.Errorf("exit code %d, want %d: %s", c.code, code, c.err)
		}
	case <-time.After(longest):
		c.t.Fatalf("does not end; printed\n%s%s", c.out, c.err)
	}
}

// types types text.
func (c *running) types(text string) {
	c.t.Helper()
	if _, err := io.WriteString(c.in, text); err != nil {
		c.t.Fatal(err)
	}
}

// wait waits a moment for something that tells nobody of its changes.
func wait(t *testing.T) {
	t.Helper()
	if err := session.Pause(t.Context(), time.Millisecond); err != nil {
		t.Fatal(err)
	}
}

// ids returns the IDs of peers.
func ids(peers ...chat.Peer) []identity.DeviceID {
	var list []identity.DeviceID
	for _, p := range peers {
		list = append(list, p.ID)
	}
	return list
}
