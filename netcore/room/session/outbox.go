package session

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/irc"
)

// idTag carries the ID of an own message to where it can be read again: in its
// echo, and in history. It counts for nothing on messages of others.
const idTag = "+parlance/id"

// outbox holds the own messages that are not delivered, in order, and the flood
// limit: a bucket of lines that fills with time.
type outbox struct {
	posts []*post
	rate  float64 // lines a second
	burst float64
	full  float64 // lines that may be written now; negative after urgent ones
	at    time.Time

	later []irc.Message // what can wait until nothing else is to be written

	pings   int // the last PING that asks whether what went before arrived
	waiting bool
}

// post is an own message.
type post struct {
	id       chat.MessageID
	room     *room
	text     string
	doubtful bool
	answers  string
	parts    []*part // made when the first is written
	state    chat.State
	msgid    string
}

// part is one line of a post.
type part struct {
	text      string
	label     string
	ping      int // the PING that followed it
	written   bool
	doubtful  bool // it was written on a connection that ended before an answer
	delivered bool
}

func (o *outbox) init(rate float64, burst int) {
	o.rate, o.burst = cmp.Or(rate, 2), float64(cmp.Or(burst, 8))
	o.full, o.at, o.waiting, o.later = o.burst, time.Time{}, false, nil
}

// tune takes the server's own measure, if it tells: lines a second.
func (o *outbox) tune(support *irc.ISupport) {
	if n := support.Number("MSGRATE", 0); n > 0 {
		o.rate, o.burst = float64(n), float64(2*n)
		o.full = o.burst
	}
}

// spend notes a line that was written.
func (o *outbox) spend() { o.full = max(o.full-1, -o.burst) }

func (o *outbox) refill(now time.Time) {
	if !o.at.IsZero() {
		o.full = min(o.burst, o.full+o.rate*max(0, now.Sub(o.at).Seconds()))
	}
	o.at = now
}

// next returns when a line may be written that waits only for the flood limit.
func (o *outbox) next(s *Session) time.Time {
	if o.full >= 1 || !s.reg.ready {
		return time.Time{}
	}
	waits := len(o.later) > 0 || slices.ContainsFunc(o.posts, func(p *post) bool { return p.room.ready(s) && !p.written() })
	if waits {
		return o.at.Add(time.Duration((1 - o.full) / o.rate * float64(time.Second)))
	}
	return time.Time{}
}

func (p *post) written() bool {
	return p.parts != nil && !slices.ContainsFunc(p.parts, func(q *part) bool { return !q.written && !q.delivered })
}

func (p *post) delivered() bool {
	return p.parts != nil && !slices.ContainsFunc(p.parts, func(q *part) bool { return !q.delivered })
}

// ready says whether own messages can be written to a room.
func (r *room) ready(s *Session) bool { return s.state == online && r.joined && !r.filling }

func (s *Session) post(e Post) {
	r := s.rooms[s.fold(e.Target)]
	if r == nil && !s.support.IsChannel(e.Target) {
		r = s.talk(e.Target)
	}
	if r == nil || len(s.outbox.posts) >= maxOutbox {
		s.do(Rejected{e.ID, e.Target, fmt.Sprintf("%s is no room of this connection, or too much is waiting", e.Target)})
		return
	}
	p := &post{id: e.ID, room: r, text: e.Text, doubtful: e.Doubtful, answers: e.Answers, state: chat.Queued}
	s.outbox.posts = append(s.outbox.posts, p)
}

// pump writes what can be written.
func (s *Session) pump() {
	if s.state != online || !s.reg.ready {
		return
	}
	o := &s.outbox
	o.refill(s.now)
	for _, p := range o.posts {
		if !p.room.ready(s) {
			continue
		}
		s.divide(p)
		for _, q := range p.parts {
			if q.written || q.delivered {
				continue
			}
			if o.full < 1 {
				return
			}
			s.writePart(p, q)
		}
		if p.state == chat.Queued {
			p.state = chat.Sent
			s.do(Advanced{ID: p.id, State: chat.Sent})
		}
	}
	s.confirm()
	for len(o.later) > 0 && o.full >= 1 {
		s.write(o.later[0])
		o.later = o.later[1:]
	}
}

// writeLater writes what people can wait for, such as who is away.
func (s *Session) writeLater(m irc.Message) {
	if len(s.outbox.later) < maxLater {
		s.outbox.later = append(s.outbox.later, m)
	}
}

// divide makes the lines of a post.
func (s *Session) divide(p *post) {
	if p.parts != nil {
		return
	}
	text, action := strings.CutPrefix(p.text, "/me ")
	size := irc.Room(s.source, "PRIVMSG", p.room.name)
	if action {
		size -= len(irc.Action(" "))
	}
	for _, line := range irc.Split(text, min(size, s.support.Number("LINELEN", irc.MaxLine))) {
		if action {
			line = irc.Action(line)
		}
		p.parts = append(p.parts, &part{text: line, doubtful: p.doubtful})
	}
}

func (s *Session) writePart(p *post, q *part) {
	m := irc.Text("", "PRIVMSG", p.room.name, q.text)
	if s.on["labeled-response"] {
		s.seq++
		q.label = "p" + strconv.Itoa(s.seq)
		m.Tags.Set("label", q.label)
	}
	if s.on["message-tags"] {
		m.Tags.Set(idTag, p.tag(q))
		if p.answers != "" && s.passes("draft/reply") {
			m.Tags.Set(replyTag, p.answers)
		}
	}
	q.written, q.ping = true, 0
	s.write(m)
}

// tag returns the value of idTag: the ID, and which part it is after the first.
func (p *post) tag(q *part) string {
	if i := slices.Index(p.parts, q); i > 0 {
		return p.id.String() + "." + strconv.Itoa(i)
	}
	return p.id.String()
}

func (o *outbox) remove(p *post) {
	o.posts = slices.DeleteFunc(o.posts, func(other *post) bool { return other == p })
}

// recall puts back what was written and not answered, when a connection ends.
func (o *outbox) recall(s *Session) {
	o.waiting = false
	for _, p := range o.posts {
		for _, q := range p.parts {
			if q.written && !q.delivered {
				q.written, q.doubtful, q.label, q.ping = false, true, "", 0
			}
		}
		if p.state == chat.Sent {
			p.state = chat.Queued
			s.do(Advanced{ID: p.id, State: chat.Queued})
		}
	}
}

// drop forgets what waits for a room that is left; it stays queued on disk.
func (o *outbox) drop(s *Session, r *room) {
	o.posts = slices.DeleteFunc(o.posts, func(p *post) bool {
		if p.room == r && p.state == chat.Sent {
			s.do(Advanced{ID: p.id, State: chat.Queued})
		}
		return p.room == r
	})
}
