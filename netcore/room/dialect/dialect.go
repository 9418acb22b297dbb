// Package dialect is the client of plain-text chat servers of the simplest kind, of
// three dialects (DESIGN.md section 5). Such servers know no lines: what arrives is
// cut where a newline stands, where nothing comes for Quiet, and at MaxChunk bytes;
// what is sent is one write a message without a newline, with more than Quiet
// between two, so that the other side can tell them apart.
//
// It is a machine, see package machine. Nobody proves who they are here, nothing is
// encrypted, and only the broadcast dialect tells that a text arrived: it comes back.
package dialect

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/irc"
	"github.com/parlance-chat/parlance/netcore/room/machine"
)

// Kind is a dialect.
type Kind string

// The dialects.
const (
	Broadcast Kind = "broadcast" // what one says, all get
	Addressed Kind = "addressed" // #name registers, @name:text goes to one
	Paired    Kind = "paired"    // two sides, who begin with their names
)

const (
	// MaxChunk is how many bytes a message has at most.
	MaxChunk = 2048
	// Quiet is the silence that ends a message.
	Quiet = 50 * time.Millisecond

	// spacing is what lies between two writes: twice the silence, for busy machines.
	spacing = 2 * Quiet
	// greetingTime is how long the server's first word is waited for; one that has
	// none is written to then.
	greetingTime = 5 * time.Second
	firstRetry   = 500 * time.Millisecond
	lastRetry    = 5 * time.Minute
	maxOutbox    = 10_000
)

// Session is the machine for one server.
type Session struct {
	kind   Kind
	name   string // of the user
	server string // for people
	random func() float64

	now      time.Time
	out      []machine.Effect
	state    state
	why      error
	retryAt  time.Time
	failures int
	waitTill time.Time // for the greeting
	peer     string    // what the other side of a pair calls itself

	heard   []byte
	heardAt time.Time
	posts   []*post
	sendAt  time.Time
}

type state int

const (
	waiting state = iota
	dialing
	greeting    // addressed: the server speaks first
	registering // addressed: #name is sent; paired: the other name is awaited
	online
	stopped
)

// post is an own message and its lines.
type post struct {
	id     chat.MessageID
	lines  []string
	next   int // the first line that is not written
	echoed int // lines that came back, of the broadcast dialect
	sent   bool
	begun  bool // some of it was written
}

// New returns a machine that dials at its first Tick. random gives numbers from 0
// to 1; nil: the program's.
func New(kind Kind, server, name string, random func() float64) *Session {
	if random == nil {
		random = rand.Float64
	}
	return &Session{kind: kind, server: server, name: name, random: random, retryAt: time.Unix(0, 0)}
}

// Check says why text cannot be sent in a dialect, or returns nil.
func Check(kind Kind, text string) error {
	to, rest, ok := strings.Cut(text, ":")
	if kind == Addressed && (!ok || len(to) < 2 || to[0] != '@' || strings.TrimSpace(rest) == "") {
		return fmt.Errorf("%w: this server passes texts to one person only; write @name:text", chat.ErrText)
	}
	return nil
}

// Step implements machine.Machine. Events of IRC alone are passed over.
func (s *Session) Step(now time.Time, event machine.Event) []machine.Effect {
	s.now, s.out = now, nil
	switch e := event.(type) {
	case machine.Opened:
		s.opened()
	case machine.Chunk:
		s.hear(e.Data)
	case machine.Closed:
		s.closed(e)
	case machine.Retry:
		if s.state == waiting || s.state == stopped {
			s.state, s.failures, s.retryAt = waiting, 0, now
		}
	case machine.Post:
		s.post(e)
	case machine.Withdraw:
		s.withdraw(e.ID)
	case machine.Stop:
		if s.connected() {
			s.do(machine.Hangup{})
		}
		s.state = stopped
	}
	s.tick()
	return s.out
}

// Next implements machine.Machine.
func (s *Session) Next() time.Time {
	var next time.Time
	at := func(t time.Time) {
		if next.IsZero() || t.Before(next) {
			next = t
		}
	}
	if s.state == waiting {
		at(s.retryAt)
	}
	if len(s.heard) > 0 {
		at(s.heardAt.Add(Quiet))
	}
	if s.state == greeting || s.state == registering {
		at(s.waitTill)
	}
	if s.state == online && s.unwritten() != nil {
		at(s.sendAt)
	}
	return next
}

func (s *Session) tick() {
	if len(s.heard) > 0 && !s.now.Before(s.heardAt.Add(Quiet)) {
		s.message(s.heard)
		s.heard = nil
	}
	switch {
	case s.state == waiting && !s.now.Before(s.retryAt):
		s.state = dialing
		s.do(machine.Dial{})
	case s.state == greeting && !s.now.Before(s.waitTill):
		s.register()
	case s.state == registering && !s.now.Before(s.waitTill):
		s.enter()
	}
	if s.state == online && !s.now.Before(s.sendAt) {
		if p := s.unwritten(); p != nil {
			s.write(p.lines[p.next])
			p.next++
			p.begun = true
			all := p.next == len(p.lines)
			if !p.sent && (all || s.kind == Broadcast) { // the others have no state beyond it
				p.sent = true
				s.do(machine.Advanced{ID: p.id, State: chat.Sent})
			}
			if s.kind != Broadcast && all {
				s.remove(p)
			}
		}
	}
}

func (s *Session) do(e machine.Effect) { s.out = append(s.out, e) }

func (s *Session) write(text string) {
	s.do(machine.Raw{Data: []byte(text)})
	s.sendAt = s.now.Add(spacing)
}

func (s *Session) connected() bool { return s.state >= greeting && s.state <= online }

func (s *Session) unwritten() *post {
	for _, p := range s.posts {
		if p.next < len(p.lines) {
			return p
		}
	}
	return nil
}

func (s *Session) remove(p *post) {
	s.posts = slices.DeleteFunc(s.posts, func(other *post) bool { return other == p })
}

func (s *Session) opened() {
	if s.state != dialing {
		return
	}
	s.heard, s.peer, s.sendAt = nil, "", time.Time{}
	s.waitTill = s.now.Add(greetingTime)
	switch s.kind {
	case Addressed:
		s.state = greeting
	case Paired:
		s.write(s.name)
		s.state = registering
	default:
		s.enter()
	}
	s.do(machine.Changed{})
}

// register sends the name, in lower case as the servers compare it.
func (s *Session) register() {
	s.write("#" + strings.ToLower(s.name))
	s.state, s.waitTill = registering, s.now.Add(greetingTime)
}

func (s *Session) enter() {
	s.state, s.why, s.failures = online, nil, 0
	s.do(machine.Entered{})
	s.do(machine.Changed{})
}

func (s *Session) closed(e machine.Closed) {
	if s.state == stopped || s.state == waiting {
		return
	}
	if len(s.heard) > 0 {
		s.message(s.heard)
		s.heard = nil
	}
	s.why = e.Err
	if s.why == nil {
		s.why = errors.New("the server closed the connection")
	}
	s.retryAt = s.now.Add(time.Duration(float64(min(firstRetry<<min(s.failures, 20), lastRetry)) * (0.5 + s.random())))
	s.failures++
	s.state = waiting
	if e.Final {
		s.state = stopped
	}
	for _, p := range s.posts {
		if p.sent { // what came of lines that did not come back nobody knows: they are written again
			s.do(machine.Advanced{ID: p.id, State: chat.Queued})
			p.next, p.sent = p.echoed, false
		}
	}
	s.do(machine.Changed{})
}

// post divides a message into what is written at once.
func (s *Session) post(e machine.Post) {
	if len(s.posts) >= maxOutbox {
		s.do(machine.Refused{ID: e.ID, Why: "too much is waiting"})
		return
	}
	prefix, text := "", e.Text
	if s.kind == Addressed {
		to, rest, _ := strings.Cut(text, ":")
		prefix, text = to+":", rest
	}
	p := &post{id: e.ID}
	for _, line := range irc.Split(text, MaxChunk-len(prefix)-1) {
		p.lines = append(p.lines, prefix+line)
	}
	if len(p.lines) == 0 {
		s.do(machine.Refused{ID: e.ID, Why: "there is nothing to be said in it"})
		return
	}
	s.posts = append(s.posts, p)
}

// withdraw takes out a message of which nothing was written.
func (s *Session) withdraw(id chat.MessageID) {
	for _, p := range s.posts {
		if p.id == id && !p.begun {
			s.remove(p)
			s.do(machine.Withdrawn{ID: id})
			return
		}
	}
}

// hear takes bytes in and ends messages at newlines and at MaxChunk.
func (s *Session) hear(data []byte) {
	if !s.connected() {
		return
	}
	s.heardAt = s.now
	for len(data) > 0 {
		end := bytes.IndexByte(data, '\n')
		whole := end >= 0
		if !whole {
			end = len(data)
		}
		if over := len(s.heard) + end - MaxChunk; over >= 0 {
			end, whole = end-over, true
			s.message(append(s.heard, data[:end]...))
			s.heard, data = nil, data[end:]
			continue
		}
		s.heard = append(s.heard, data[:end]...)
		if !whole {
			return
		}
		s.message(s.heard)
		s.heard, data = nil, data[end+1:]
	}
}

// message takes a whole message.
func (s *Session) message(data []byte) {
	text := irc.Decode(strings.Trim(string(data), "\r\n\x00"))
	if text == "" {
		return
	}
	switch {
	case s.state == greeting:
		s.do(machine.Said{From: s.server, Text: text})
		s.register()
		return
	case s.state == registering && s.kind == Addressed:
		s.do(machine.Said{From: s.server, Text: text})
		s.enter()
		return
	case s.state == registering:
		s.peer = chat.CleanName(text)
		s.enter()
		return
	}
	if s.kind == Broadcast && s.echo(text) {
		return
	}
	s.do(machine.Received{Texts: []machine.Text{{From: s.peer, Body: text, Time: s.now}}})
}

// echo finds the own line that came back: some servers put an address before it.
func (s *Session) echo(text string) bool {
	for _, p := range s.posts {
		if p.echoed < p.next && (text == p.lines[p.echoed] || strings.HasSuffix(text, " "+p.lines[p.echoed])) {
			if p.echoed++; p.echoed == len(p.lines) {
				s.remove(p)
				s.do(machine.Advanced{ID: p.id, State: chat.Delivered})
			}
			return true
		}
	}
	return false
}

// Status implements machine.Machine.
func (s *Session) Status() machine.Status {
	st := machine.Status{Online: s.state == online, Blocked: s.state == stopped, Nick: s.name, Network: s.peer}
	if !st.Online {
		st.Why = s.why
	}
	if s.state == waiting {
		st.RetryAt = s.retryAt
	}
	return st
}
