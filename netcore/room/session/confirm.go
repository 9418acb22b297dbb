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
	"github.com/parlance-chat/parlance/netcore/room/machine"
)

// confirm asks with a PING what became of lines that nothing else answers for: an
// echo does, but for one that the server changed or kept to itself.
func (s *Session) confirm() {
	o := &s.outbox
	if s.on["labeled-response"] || o.waiting {
		return
	}
	found := false
	for _, p := range o.posts {
		for _, q := range p.parts {
			if q.waits() && q.ping == 0 {
				q.ping, found = o.pings+1, true
			}
		}
	}
	if found {
		o.pings++
		o.waiting = true
		s.write(irc.New("", "PING", "after"+strconv.Itoa(o.pings)))
	}
}

// onPong marks what was written before the PING that is answered.
func (s *Session) onPong(token string) {
	s.pinged = time.Time{}
	if token == askedToken {
		s.answersCommand()
		return
	}
	n, err := strconv.Atoi(strings.TrimPrefix(token, "after"))
	if err != nil || n != s.outbox.pings || !strings.HasPrefix(token, "after") {
		return
	}
	s.outbox.waiting = false
	before := func(q *part) bool { return q.waits() && q.ping > 0 && q.ping <= n }
	s.blame(before)
	for _, p := range slices.Clone(s.outbox.posts) {
		for _, q := range p.parts {
			if before(q) {
				s.arrived(p, q, "", 0)
			}
		}
	}
}

// arrived notes that the server has a line.
func (s *Session) arrived(p *post, q *part, msgid string, ahead time.Duration) {
	q.delivered = true
	p.msgid = cmp.Or(p.msgid, msgid)
	if p.delivered() && p.state != chat.Delivered {
		p.state = chat.Delivered
		s.outbox.remove(p)
		s.do(machine.Advanced{ID: p.id, State: chat.Delivered, MsgID: p.msgid, Ahead: ahead})
	}
	s.settle(p, false)
}

// refuse notes that the server will not take a line.
func (s *Session) refuse(p *post, q *part, why string) {
	q.refused = true
	p.refusal = cmp.Or(p.refusal, why, "the server does not say why")
	s.settle(p, false)
}

// settle tells of a message that was refused, once the server has answered for all
// that was written of it, or cannot any more.
func (s *Session) settle(p *post, end bool) {
	taken := 0
	for _, q := range p.parts {
		if q.waits() && !end {
			return
		}
		if q.delivered {
			taken++
		}
	}
	if p.refusal == "" || p.state == chat.Refused {
		return
	}
	p.state = chat.Refused
	s.outbox.remove(p)
	why := p.refusal
	if taken > 0 {
		why = fmt.Sprintf("%d of its %d lines were accepted, the others were not: %s", taken, len(p.parts), why)
	}
	s.do(machine.Refused{ID: p.id, Target: p.room.name, Why: why})
}

// blame finds what the refusals without a label were about: some of those lines that
// nothing else has answered for. If fewer were refused than there are, nobody knows
// which, and the user has to look.
func (s *Session) blame(among func(*part) bool) {
	type line struct {
		*post
		*part
	}
	for _, r := range s.rooms {
		if r.refusals == 0 {
			continue
		}
		var lines []line
		for _, p := range s.outbox.posts {
			for _, q := range p.parts {
				if p.room == r && among(q) {
					lines = append(lines, line{p, q})
				}
			}
		}
		why := r.refusal
		if r.refusals < len(lines) {
			why = fmt.Sprintf("of the last %d lines the server refused %d, and does not say which: %s", len(lines), r.refusals, why)
		}
		r.refusals, r.refusal = 0, ""
		for _, l := range lines {
			s.refuse(l.post, l.part, why)
		}
	}
}

// echoed finds the line that a message from this client's nick echoes, and marks
// it. Past says that it comes from history.
func (s *Session) echoed(r *room, m *irc.Message, text string, past bool) bool {
	label, id := m.Tags.Value("label"), m.Tags.Value(idTag)
	match := func(fits func(*post, *part) bool) bool {
		for _, p := range s.outbox.posts {
			if p.room != r {
				continue
			}
			if past {
				s.divide(p)
			}
			for _, q := range p.parts {
				if !q.delivered && !q.refused && (q.written && !past || q.doubtful && past) && fits(p, q) {
					s.arrived(p, q, m.Tags.Value("msgid"), s.ahead(m, past))
					return true
				}
			}
		}
		return false
	}
	switch {
	case label != "" && match(func(_ *post, q *part) bool { return q.label == label }):
		return true
	case id != "":
		return match(func(p *post, q *part) bool { return p.tag(q) == id })
	case label != "" && !past, s.on["labeled-response"] && !past:
		return false // an echo of ours would have borne its label
	}
	return match(func(_ *post, q *part) bool { return q.text == text })
}

// surfaced finds the line in doubt that a message from another nick is: the connection
// it was written on may have lived on at the server, under the nick of then.
func (s *Session) surfaced(r *room, m *irc.Message) bool {
	id := m.Tags.Value(idTag)
	for _, p := range s.outbox.posts {
		for _, q := range p.parts {
			if id != "" && p.room == r && q.doubtful && !q.delivered && !q.refused && p.tag(q) == id && q.text == m.Last() {
				s.arrived(p, q, m.Tags.Value("msgid"), 0)
				return true
			}
		}
	}
	return false
}

// ahead returns how far the server's clock is ahead, by an echo.
func (s *Session) ahead(m *irc.Message, past bool) time.Duration {
	at, err := irc.ParseTime(m.Tags.Value("time"))
	if err != nil || past {
		return 0
	}
	return at.Sub(s.now)
}

// onAck is the answer to a label where there is no echo.
func (s *Session) onAck(label string) {
	for _, p := range s.outbox.posts {
		for _, q := range p.parts {
			if label != "" && q.label == label && q.waits() {
				s.arrived(p, q, "", 0)
				return
			}
		}
	}
}

// refused finds the own message that an error answers, by its label; without labels
// the next PONG tells, see blame. An error that names no target ("") is about the
// oldest line. False: it is about none.
func (s *Session) refused(m *irc.Message, target, why string) bool {
	label := m.Tags.Value("label")
	if label == "" && s.on["labeled-response"] {
		return false
	}
	r := s.rooms[s.fold(target)]
	for _, p := range s.outbox.posts {
		for _, q := range p.parts {
			switch {
			case !q.waits():
			case label != "" && q.label == label:
				s.refuse(p, q, why)
				return true
			case label == "" && (p.room == r || target == ""):
				p.room.refusals++
				p.room.refusal = why
				return true
			}
		}
	}
	return false
}
