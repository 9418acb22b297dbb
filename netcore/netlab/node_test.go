//go:build linux && netns

package netlab

import (
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// Event is a line of "up --json", whichever it is.
type Event struct {
	Event        string
	Time         time.Time
	ID           string // of the peer or the message
	Name         string
	Link         string
	State        string
	Addresses    []string
	Trust        string
	Conversation string
	Kind         string
	From         struct{ ID, Name string }
	Text         string
	Sent         time.Time
	Received     time.Time
	Message      string // of a state
	Peer         string // of a state

	At time.Time `json:"-"` // when it was read
}

// Peer is a line of "peers --json".
type Peer struct {
	ID, Name, State, Trust string
	Addresses              []string
}

// Node is a running "parlance-cli up".
type Node struct {
	*Process
	ID      string
	Host    *Host
	Profile string
	Ready   Event

	skipped int // lines that the waits do not look at any more
}

// cli returns the command line of parlance-cli with a profile.
func cli(t testing.TB, profile string, args ...string) []string {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	return commandLine(path, profile, args...)
}

func commandLine(path, profile string, args ...string) []string {
	return append([]string{path, "--profile", profile}, args...)
}

// Start starts a device, called like its profile, and waits until it is ready.
// The same profile on the same or another host is the same device. args are
// parlance-cli's own, before the command.
func (h *Host) Start(profile string, args ...string) *Node {
	h.lab.t.Helper()
	path, err := program()
	if err != nil {
		h.lab.t.Fatal(err)
	}
	return h.startProgram(path, profile, args...)
}

func (h *Host) startProgram(path, profile string, args ...string) *Node {
	h.lab.t.Helper()
	n := &Node{Host: h, Profile: h.lab.Profile(profile)}
	args = append([]string{"--name", profile}, args...)
	n.Process = h.Run(commandLine(path, n.Profile, append(args, "up", "--json")...)...)
	n.name = h.Name + ": " + profile
	n.Ready = n.wait(soon*4, "ready", func(e Event) bool { return e.Event == "ready" })
	n.ID = n.Ready.ID
	return n
}

// Again starts the device of a node that has ended.
func (n *Node) Again() *Node {
	n.t.Helper()
	return n.Host.Start(n.Profile[strings.LastIndexByte(n.Profile, '/')+1:])
}

// Events returns what the node has told so far.
func (n *Node) Events() []Event {
	n.t.Helper()
	var events []Event
	for _, line := range n.Lines() {
		events = append(events, n.parse(line))
	}
	return events
}

func (n *Node) parse(line Line) Event {
	n.t.Helper()
	e := Event{At: line.At}
	if err := json.Unmarshal([]byte(line.Text), &e); err != nil {
		n.t.Errorf("%s: up --json printed %q: %v", n.name, line.Text, err)
	}
	return e
}

// wait waits for an event.
func (n *Node) wait(within time.Duration, what string, match func(Event) bool) Event {
	n.t.Helper()
	var found Event
	n.WaitLine(within, n.skipped, what, func(line Line) bool {
		found = n.parse(line)
		return match(found)
	})
	return found
}

// Skip lets the waits look only at what is told from now on.
func (n *Node) Skip() { n.skipped = len(n.Lines()) }

// WaitPeer waits until another node is shown as "online" or "offline".
func (n *Node) WaitPeer(other *Node, state string, within time.Duration) Event {
	n.t.Helper()
	return n.wait(within, fmt.Sprintf("peer %s %s", other.name, state), func(e Event) bool {
		return e.Event == "peer" && e.ID == other.ID && e.State == state
	})
}

// WaitMessage waits for a message of somebody else by its text.
func (n *Node) WaitMessage(text string, within time.Duration) Event {
	n.t.Helper()
	return n.wait(within, fmt.Sprintf("message %q", text), func(e Event) bool {
		return e.Event == "message" && e.Text == text && e.State == ""
	})
}

// WaitDelivered waits until an own message is on the other side's disk.
func (n *Node) WaitDelivered(message string, within time.Duration) Event {
	n.t.Helper()
	return n.wait(within, "delivery of "+message, func(e Event) bool {
		return e.Event == "state" && e.Message == message && (e.State == "delivered" || e.State == "read")
	})
}

// Stop ends the device as a user would, with a goodbye.
func (n *Node) Stop() {
	n.t.Helper()
	n.Signal(syscall.SIGTERM)
	if code := n.Wait(soon * 2); code != 0 {
		n.t.Errorf("%s: stopped with exit code %d\n%s", n.name, code, n.report())
	}
}

// Answer is what a command of parlance-cli said.
type Answer struct {
	Out, Err string
	Code     int
}

// CLI runs another command of parlance-cli against the node's profile.
func (n *Node) CLI(args ...string) Answer {
	n.t.Helper()
	return n.Host.CLI(n.Profile, args...)
}

// CLI runs a command of parlance-cli against a profile, whether or not a node
// is running with it.
func (h *Host) CLI(profile string, args ...string) Answer {
	h.lab.t.Helper()
	out, err := output(h.ns, "", cli(h.lab.t, profile, args...)...)
	var exit *exec.ExitError
	switch {
	case err == nil:
		return Answer{Out: out}
	case errors.As(err, &exit):
		return Answer{Out: out, Err: err.Error(), Code: exit.ExitCode()}
	default:
		h.lab.t.Fatalf("%s: %v", h.Name, err)
		panic("not reached")
	}
}

// must returns what a command said, and fails the test if it failed.
func (a Answer) must(t testing.TB) string {
	t.Helper()
	if a.Code != 0 {
		t.Fatalf("exit code %d: %s\n%s", a.Code, a.Err, a.Out)
	}
	return a.Out
}

// decode reads JSON lines.
func decode[T any](t testing.TB, text string) []T {
	t.Helper()
	var all []T
	for line := range strings.Lines(text) {
		var one T
		if err := json.Unmarshal([]byte(line), &one); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		all = append(all, one)
	}
	return all
}

// Send sends a text to another node and returns the message's ID.
func (n *Node) Send(to *Node, text string) string {
	n.t.Helper()
	return n.SendTo(to.ID, text).ID
}

// SendTo sends a text to whatever "send" understands.
func (n *Node) SendTo(to, text string) Event {
	n.t.Helper()
	sent := decode[Event](n.t, n.CLI("send", "--json", to, text).must(n.t))
	if len(sent) != 1 || sent[0].ID == "" {
		n.t.Fatalf("%s: send printed %v", n.name, sent)
	}
	return sent[0]
}

// Peers returns what "peers" shows, by ID.
func (n *Node) Peers() map[string]Peer {
	n.t.Helper()
	peers := map[string]Peer{}
	for _, p := range decode[Peer](n.t, n.CLI("peers", "--json").must(n.t)) {
		peers[p.ID] = p
	}
	return peers
}

// History returns the conversation with another node, oldest first.
func (n *Node) History(with *Node) []Event {
	n.t.Helper()
	return n.HistoryOf(with.ID)
}

// HistoryOf returns any conversation.
func (n *Node) HistoryOf(to string) []Event {
	n.t.Helper()
	return decode[Event](n.t, n.CLI("history", "--json", "--limit", "100000", to).must(n.t))
}

// meet waits until two nodes see each other.
func meet(a, b *Node) {
	a.t.Helper()
	a.WaitPeer(b, "online", bound)
	b.WaitPeer(a, "online", bound)
}

// talk sends a text each way and waits until both are delivered.
func talk(a, b *Node) {
	a.t.Helper()
	number := talks.Add(1)
	question, answer := fmt.Sprintf("question %d", number), fmt.Sprintf("answer %d", number)
	asked := a.Send(b, question)
	b.WaitMessage(question, bound)
	a.WaitDelivered(asked, bound)
	answered := b.Send(a, answer)
	a.WaitMessage(answer, bound)
	b.WaitDelivered(answered, bound)
}

// talks numbers the talks, so that no two texts are the same.
var talks atomic.Int64

// bound is ten times the two seconds in which people are to be seen and
// messages to arrive.
const bound = 20 * time.Second
