package outbox

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/irc"
	"github.com/parlance-chat/parlance/netcore/room/machine"
)

const (
	maxPosts  = 10_000
	maxLater  = 1000 // lines that can wait
	maxTarget = 300  // bytes of the name of a target
	// answerTime is how long answers are waited for before more is written than may be
	// on its way.
	answerTime = 20 * time.Second
)

// Target is what messages go to, a channel or a nick. Two are the same if they are
// equal.
type Target interface {
	Name() string // as it is written to
	Open() bool   // messages can be written to it now
}

// Terms are what a connection allows.
type Terms struct {
	Labels  bool   // the server labels its answers (labeled-response)
	Tags    bool   // it takes tags (message-tags)
	Replies bool   // it passes ReplyTag on
	Line    int    // bytes of a line
	Source  string // this client's, as the server puts it before a line; "": not known yet
}

// Box holds the messages and the flood limit. The zero value is not ready: see Begin.
type Box struct {
	flood

	posts  []*post       // that are not at an end, in order
	later  []irc.Message // what can wait until nothing else is to be written
	labels int           // the last one that was used

	pings    int  // the last PING that asks whether what went before arrived
	waiting  bool // for its PONG
	refusals map[Target]refusal

	out []machine.Effect
}

// refusal is what a server without labels has refused since the last PONG.
type refusal struct {
	lines int
	why   string // the last of them
}

// post is an own message.
type post struct {
	machine.Post
	to      Target
	parts   []*part // made when the first is written
	state   chat.State
	msgid   string
	begun   bool   // some of it was written since it was posted
	refusal string // why the server will not take a line of it; "": nothing was refused
}

// part is one line of a post.
type part struct {
	text      string
	label     string
	ping      int // the PING that followed it
	at        time.Time
	written   bool
	doubtful  bool // it was written on a connection that ended before an answer
	delivered bool
	refused   bool
}

// waits says whether the server has yet to answer for a line.
func (q *part) waits() bool { return q.written && !q.delivered && !q.refused }

func (p *post) waits() bool { return slices.ContainsFunc(p.parts, (*part).waits) }

// written says whether nothing more of a message is to be written.
func (p *post) written() bool {
	return p.refusal != "" || p.parts != nil && !slices.ContainsFunc(p.parts, func(q *part) bool { return !q.written && !q.delivered })
}

func (p *post) delivered() bool {
	return p.parts != nil && !slices.ContainsFunc(p.parts, func(q *part) bool { return !q.delivered })
}

// Begin makes ready for a new connection, with the limits of a server that does not
// tell its own.
func (b *Box) Begin() {
	b.flood.init()
	b.waiting, b.later = false, nil
}

// Post takes a message. An error says why it can never be written.
func (b *Box) Post(to Target, e machine.Post) error {
	switch {
	case len(b.posts) >= maxPosts:
		return errors.New("too much is waiting to be sent")
	case len(to.Name()) > maxTarget:
		return errors.New("its name leaves no space for a text")
	case len(irc.Split(strings.TrimPrefix(e.Text, "/me "), irc.MaxLine)) == 0:
		return errors.New("there is nothing to be said in it")
	}
	b.posts = append(b.posts, &post{Post: e, to: to, state: chat.Queued})
	return nil
}

// Later takes a line that people can wait for, such as a question who is away.
func (b *Box) Later(m irc.Message) {
	if len(b.later) < maxLater {
		b.later = append(b.later, m)
	}
}

// Pump writes what can be written, and says when there may be more without anything
// else that happens; zero: there will not.
func (b *Box) Pump(now time.Time, terms Terms) (effects []machine.Effect, next time.Time) {
	b.refill(now)
	more, stuck := b.writePosts(now, terms)
	if !more {
		b.confirm(terms)
	}
	for len(b.later) > 0 && b.full >= 1 {
		b.write(b.later[0])
		b.later = b.later[1:]
	}
	switch {
	case !stuck.IsZero():
		next = stuck
	case b.full < 1 && (len(b.later) > 0 || slices.ContainsFunc(b.posts, func(p *post) bool { return p.to.Open() && !p.written() })):
		next = b.filled()
	}
	return b.done(), next
}

// writePosts writes what the flood limit allows. More says that it will allow more
// before anything is answered, and stuck until when answers are waited for before more
// is written; zero: they are not.
func (b *Box) writePosts(now time.Time, terms Terms) (more bool, stuck time.Time) {
	t := b.transit(now)
	for _, p := range b.posts {
		if !p.to.Open() || p.refusal != "" {
			continue
		}
		p.divide(terms)
		for _, q := range p.parts {
			switch {
			case q.written || q.delivered:
			case b.crowded(&t, q):
				return false, t.first.Add(answerTime)
			case b.full < 1:
				return true, time.Time{}
			default:
				q.at = now
				b.writePart(p, q, terms)
				t.add(q)
			}
		}
		if p.state == chat.Queued {
			p.state = chat.Sent
			b.do(machine.Advanced{ID: p.ID, State: chat.Sent})
		}
	}
	return false, time.Time{}
}

// divide makes the lines of a post.
func (p *post) divide(terms Terms) {
	if p.parts != nil {
		return
	}
	text, action := strings.CutPrefix(p.Text, "/me ")
	size := irc.Room(terms.Source, "PRIVMSG", p.to.Name())
	if action {
		size -= len(irc.Action(" "))
	}
	for _, line := range irc.Split(text, min(size, terms.Line)) {
		if action {
			line = irc.Action(line)
		}
		p.parts = append(p.parts, &part{text: line, doubtful: p.Doubtful})
	}
}

func (b *Box) writePart(p *post, q *part, terms Terms) {
	m := irc.Text("", "PRIVMSG", p.to.Name(), q.text)
	if terms.Labels {
		b.labels++
		q.label = "p" + strconv.Itoa(b.labels)
		m.Tags.Set("label", q.label)
	}
	if terms.Tags {
		m.Tags.Set(IDTag, p.tag(q))
		if p.Answers != "" && terms.Replies {
			m.Tags.Set(ReplyTag, p.Answers)
		}
	}
	if !p.begun {
		p.begun = true
		b.do(machine.Begun{ID: p.ID})
	}
	q.written, q.ping = true, 0
	b.write(m)
}

// Close puts back what was written and not answered for, when a connection ends.
func (b *Box) Close() []machine.Effect {
	b.waiting = false
	b.blame((*part).waits)
	for _, p := range slices.Clone(b.posts) {
		if p.refusal != "" { // what else was written of it is not known, and not written again
			b.settle(p, true)
			continue
		}
		for _, q := range p.parts {
			if q.waits() {
				q.written, q.doubtful, q.label, q.ping = false, true, "", 0
			}
		}
		if p.state == chat.Sent {
			p.state = chat.Queued
			b.do(machine.Advanced{ID: p.ID, State: chat.Queued})
		}
	}
	return b.done()
}

// Withdraw takes out a message of which nothing was written since it was posted, and
// says whether it was one.
func (b *Box) Withdraw(id chat.MessageID) bool {
	before := len(b.posts)
	b.posts = slices.DeleteFunc(b.posts, func(p *post) bool {
		return p.ID == id && !p.begun && !slices.ContainsFunc(p.parts, func(q *part) bool { return q.delivered })
	})
	return len(b.posts) < before
}

// Drop forgets what goes to a target that is left.
func (b *Box) Drop(to Target) {
	b.posts = slices.DeleteFunc(b.posts, func(p *post) bool { return p.to == to })
	delete(b.refusals, to)
}

// Waits says whether the server has yet to answer for a line.
func (b *Box) Waits() bool { return slices.ContainsFunc(b.posts, (*post).waits) }

// WaitsFor says the same of lines to one target.
func (b *Box) WaitsFor(to Target) bool {
	return slices.ContainsFunc(b.posts, func(p *post) bool { return p.to == to && p.waits() })
}

func (b *Box) remove(p *post) {
	b.posts = slices.DeleteFunc(b.posts, func(other *post) bool { return other == p })
}

func (b *Box) write(m irc.Message) {
	b.Spend()
	b.do(machine.Write{Message: m})
}

func (b *Box) do(e machine.Effect) { b.out = append(b.out, e) }

// done returns and forgets what is to be done.
func (b *Box) done() []machine.Effect {
	out := b.out
	b.out = nil
	return out
}
