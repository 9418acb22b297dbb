package session

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/irc"
	"github.com/parlance-chat/parlance/netcore/room/machine"
)

// idTag carries the ID of an own message to where it can be read again: in its
// echo, and in history. It counts for nothing on messages of others.
const idTag = "+parlance/id"

// The flood limits of a server that does not tell its own. Servers put 2 s of
// penalty on each line and read no further 10 s ahead (RFC 1459 section 8.10), which
// are 5 lines at once; today's take one to three a second in the long run (InspIRCd
// one, ngIRCd three). What they do not read waits, until it is some 1,000 bytes with
// the oldest and 20 lines or 8 KiB with others: then the client is cut off. So there
// are never more lines on their way than a server reads at once, and one that reads
// more slowly sets the pace by its answers.
const (
	floodRate  = 1 // lines a second
	floodBurst = 5
	floodBytes = 1000 // on their way, if more than one line
	// maxRate bounds what a server may tell.
	maxRate = 1000
)

// outbox holds the own messages that are not delivered, in order, and the flood
// limit: a bucket of lines that fills with time, and how much is on its way.
type outbox struct {
	posts []*post
	rate  float64 // lines a second
	burst float64
	bytes int     // that may be on their way; 0: any
	full  float64 // lines that may be written now; negative after urgent ones
	at    time.Time
	stuck time.Time // until when answers are waited for before more is written; zero: they are not

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
	refusal  string // why the server will not take a line of it; "": nothing was refused
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

func (o *outbox) init() {
	o.rate, o.burst, o.bytes = floodRate, floodBurst, floodBytes
	o.full, o.at, o.waiting, o.later = o.burst, time.Time{}, false, nil
}

// tune takes the server's own limits, if it tells them: MSGRATE=20:100 are 20 lines
// a second and 100 at once, MSGRATE alone is as many as one likes.
func (o *outbox) tune(support *irc.ISupport) {
	value, ok := support.Get("MSGRATE")
	if !ok {
		return
	}
	o.rate, o.burst, o.bytes = maxRate, maxRate, 0
	rate, burst, _ := strings.Cut(value, ":")
	if n, err := strconv.ParseFloat(rate, 64); err == nil && n > 0 {
		o.rate, o.burst = min(n, maxRate), min(max(n, 1), maxRate)
	}
	if n, err := strconv.Atoi(burst); err == nil && n > 0 {
		o.burst = float64(min(n, maxRate))
	}
}

// transit is what was written and is not answered.
type transit struct {
	lines, bytes int
	first        time.Time // when the first of it was written
}

func (t *transit) add(q *part) {
	if t.lines == 0 {
		t.first = q.at
	}
	t.lines++
	t.bytes += len(q.text)
}

// transit returns what is on its way; what got no answer for long never will.
func (o *outbox) transit(now time.Time) (t transit) {
	for _, p := range o.posts {
		for _, q := range p.parts {
			if q.waits() && now.Sub(q.at) < answerTime {
				t.add(q)
			}
		}
	}
	return t
}

// crowded says whether a line has to wait for answers.
func (o *outbox) crowded(t *transit, q *part) bool {
	return t.lines >= int(o.burst) || t.lines > 0 && o.bytes > 0 && t.bytes+len(q.text) > o.bytes
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
	if !o.stuck.IsZero() {
		return o.stuck
	}
	if o.full >= 1 || !s.reg.ready {
		return time.Time{}
	}
	waits := len(o.later) > 0 || slices.ContainsFunc(o.posts, func(p *post) bool { return p.room.ready(s) && !p.written() })
	if waits {
		return o.at.Add(time.Duration((1 - o.full) / o.rate * float64(time.Second)))
	}
	return time.Time{}
}

// written says whether nothing more of a message is to be written.
func (p *post) written() bool {
	return p.refusal != "" || p.parts != nil && !slices.ContainsFunc(p.parts, func(q *part) bool { return !q.written && !q.delivered })
}

func (p *post) delivered() bool {
	return p.parts != nil && !slices.ContainsFunc(p.parts, func(q *part) bool { return !q.delivered })
}

// ready says whether own messages can be written to a room.
func (r *room) ready(s *Session) bool { return s.state == online && r.joined && !r.filling }

func (s *Session) post(e machine.Post) {
	r := s.rooms[s.fold(e.Target)]
	if r == nil && !s.support.IsChannel(e.Target) {
		r = s.talk(e.Target)
	}
	why := ""
	switch {
	case r == nil || len(s.outbox.posts) >= maxOutbox:
		why = fmt.Sprintf("%s is no room of this connection, or too much is waiting", clip(e.Target))
	case len(r.name) > maxTarget:
		why = "its name leaves no space for a text"
	case len(irc.Split(strings.TrimPrefix(e.Text, "/me "), irc.MaxLine)) == 0:
		why = "there is nothing to be said in it"
	}
	if why != "" {
		s.do(machine.Refused{ID: e.ID, Target: e.Target, Why: why})
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
	if !s.writePosts() {
		s.confirm()
	}
	for len(o.later) > 0 && o.full >= 1 {
		s.write(o.later[0])
		o.later = o.later[1:]
	}
}

// writePosts writes what the flood limit allows of own messages, and says whether
// it will allow more before anything is answered.
func (s *Session) writePosts() (more bool) {
	o := &s.outbox
	o.stuck = time.Time{}
	t := o.transit(s.now)
	for _, p := range o.posts {
		if !p.room.ready(s) || p.refusal != "" {
			continue
		}
		s.divide(p)
		for _, q := range p.parts {
			switch {
			case q.written || q.delivered:
			case o.crowded(&t, q):
				o.stuck = t.first.Add(answerTime)
				return false
			case o.full < 1:
				return true
			default:
				s.writePart(p, q)
				t.add(q)
			}
		}
		if p.state == chat.Queued {
			p.state = chat.Sent
			s.do(machine.Advanced{ID: p.id, State: chat.Sent})
		}
	}
	return false
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
	q.written, q.at, q.ping = true, s.now, 0
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
	o.waiting, o.stuck = false, time.Time{}
	s.blame((*part).waits)
	for _, p := range slices.Clone(o.posts) {
		if p.refusal != "" { // what else was written of it is not known, and not written again
			s.settle(p, true)
			continue
		}
		for _, q := range p.parts {
			if q.waits() {
				q.written, q.doubtful, q.label, q.ping = false, true, "", 0
			}
		}
		if p.state == chat.Sent {
			p.state = chat.Queued
			s.do(machine.Advanced{ID: p.id, State: chat.Queued})
		}
	}
}

// awaits says whether the server has yet to answer for a line to a room.
func (o *outbox) awaits(r *room) bool {
	return slices.ContainsFunc(o.posts, func(p *post) bool { return p.room == r && slices.ContainsFunc(p.parts, (*part).waits) })
}

// drop forgets what waits for a room that is left.
func (o *outbox) drop(r *room) {
	o.posts = slices.DeleteFunc(o.posts, func(p *post) bool { return p.room == r })
}
