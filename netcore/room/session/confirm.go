package session

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/irc"
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
			if q.written && !q.delivered && q.ping == 0 {
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
	for _, p := range slices.Clone(s.outbox.posts) {
		for _, q := range p.parts {
			if q.written && q.ping > 0 && q.ping <= n {
				s.arrived(p, q, "", 0)
			}
		}
	}
}

// arrived notes that the server has a line.
func (s *Session) arrived(p *post, q *part, msgid string, ahead time.Duration) {
	q.delivered = true
	p.msgid = cmp.Or(p.msgid, msgid)
	if !p.delivered() || p.state == chat.Delivered {
		return
	}
	p.state = chat.Delivered
	s.outbox.remove(p)
	s.do(Advanced{ID: p.id, State: chat.Delivered, MsgID: p.msgid, Ahead: ahead})
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
				if !q.delivered && (q.written && !past || q.doubtful && past) && fits(p, q) {
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
			if label != "" && q.label == label && !q.delivered {
				s.arrived(p, q, "", 0)
				return
			}
		}
	}
}

// refused finds the own message that an error answers: by its label, else the
// oldest line to the target that nothing has answered.
func (s *Session) refused(m *irc.Message, target, why string) bool {
	label := m.Tags.Value("label")
	folded := s.fold(target)
	for _, p := range s.outbox.posts {
		for _, q := range p.parts {
			if !q.written || q.delivered || label != "" && q.label != label ||
				label == "" && (s.on["labeled-response"] || s.fold(p.room.name) != folded) {
				continue
			}
			s.outbox.remove(p)
			if p.state != chat.Queued {
				s.do(Advanced{ID: p.id, State: chat.Queued})
			}
			s.do(Rejected{p.id, p.room.name, why})
			return true
		}
	}
	return false
}
