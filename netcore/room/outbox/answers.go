package outbox

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

// pingToken begins what the PINGs of confirm say.
const pingToken = "after"

// confirm asks with a PING what became of lines that nothing else answers for: an
// echo does, but for one that the server changed or kept to itself.
func (b *Box) confirm(terms Terms) {
	if terms.Labels || b.waiting {
		return
	}
	found := false
	for _, p := range b.posts {
		for _, q := range p.parts {
			if q.waits() && q.ping == 0 {
				q.ping, found = b.pings+1, true
			}
		}
	}
	if found {
		b.pings++
		b.waiting = true
		b.write(irc.New("", "PING", pingToken+strconv.Itoa(b.pings)))
	}
}

// Pong takes the answer to a PING, which may be another's: the server has what was
// written before it.
func (b *Box) Pong(token string) []machine.Effect {
	number, ok := strings.CutPrefix(token, pingToken)
	if n, err := strconv.Atoi(number); !ok || err != nil || n != b.pings {
		return nil
	}
	b.waiting = false
	before := func(q *part) bool { return q.waits() && q.ping > 0 && q.ping <= b.pings }
	b.blame(before)
	for _, p := range slices.Clone(b.posts) {
		for _, q := range p.parts {
			if before(q) {
				b.arrived(p, q, "", 0)
			}
		}
	}
	return b.done()
}

// arrived notes that the server has a line.
func (b *Box) arrived(p *post, q *part, msgid string, ahead time.Duration) {
	q.delivered = true
	p.msgid = cmp.Or(p.msgid, msgid)
	if p.delivered() && p.state != chat.Delivered {
		p.state = chat.Delivered
		b.remove(p)
		b.do(machine.Advanced{ID: p.ID, State: chat.Delivered, MsgID: p.msgid, Ahead: ahead})
	}
	b.settle(p, false)
}

// refuse notes that the server will not take a line.
func (b *Box) refuse(p *post, q *part, why string) {
	q.refused = true
	p.refusal = cmp.Or(p.refusal, why, "the server does not say why")
	b.settle(p, false)
}

// settle tells of a message that was refused, once the server has answered for all
// that was written of it, or cannot any more.
func (b *Box) settle(p *post, end bool) {
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
	b.remove(p)
	why := p.refusal
	if taken > 0 {
		why = fmt.Sprintf("%d of its %d lines were accepted, the others were not: %s", taken, len(p.parts), why)
	}
	b.do(machine.Refused{ID: p.ID, Target: p.to.Name(), Why: why})
}

// blame finds what the refusals without a label were about: some of those lines that
// nothing else has answered for. If fewer were refused than there are, nobody knows
// which, and the user has to look.
func (b *Box) blame(among func(*part) bool) {
	type line struct {
		*post
		*part
	}
	refused := b.refusals
	b.refusals = nil
	for _, first := range slices.Clone(b.posts) {
		r, ok := refused[first.to]
		if !ok {
			continue
		}
		delete(refused, first.to)
		var lines []line
		for _, p := range b.posts {
			for _, q := range p.parts {
				if p.to == first.to && among(q) {
					lines = append(lines, line{p, q})
				}
			}
		}
		why := r.why
		if r.lines < len(lines) {
			why = fmt.Sprintf("of the last %d lines the server refused %d, and does not say which: %s", len(lines), r.lines, why)
		}
		for _, l := range lines {
			b.refuse(l.post, l.part, why)
		}
	}
}

// match finds the first line to a target that fits, and notes that it arrived.
func (b *Box) match(to Target, m *irc.Message, ahead time.Duration, fits func(*post, *part) bool) ([]machine.Effect, bool) {
	for _, p := range b.posts {
		for _, q := range p.parts {
			if p.to == to && !q.delivered && !q.refused && fits(p, q) {
				b.arrived(p, q, m.Tags.Value("msgid"), ahead)
				return b.done(), true
			}
		}
	}
	return nil, false
}

// Echo finds the line that a message from this client's nick echoes; false: it was said
// elsewhere. Ahead is how far the server's clock is ahead by it.
func (b *Box) Echo(to Target, m *irc.Message, ahead time.Duration) ([]machine.Effect, bool) {
	label, id := m.Tags.Value("label"), m.Tags.Value(IDTag)
	if label != "" {
		if effects, ok := b.match(to, m, ahead, func(_ *post, q *part) bool { return q.written && q.label == label }); ok {
			return effects, true
		}
	}
	return b.match(to, m, ahead, func(p *post, q *part) bool {
		// Its text tells nothing where an echo would have borne a label.
		return q.written && (id != "" && p.tag(q) == id || id == "" && label == "" && q.label == "" && q.text == m.Last())
	})
}

// Recorded finds the line in doubt that a message of this client's in history is; false:
// it is another.
func (b *Box) Recorded(to Target, m *irc.Message, terms Terms) ([]machine.Effect, bool) {
	id := m.Tags.Value(IDTag)
	b.divide(to, terms)
	return b.match(to, m, 0, func(p *post, q *part) bool {
		return q.doubtful && (id == "" && q.text == m.Last() || id != "" && p.tag(q) == id)
	})
}

// Surfaced finds the line in doubt that a message from another nick is: the connection
// it was written on may have lived on at the server, under the nick of then.
func (b *Box) Surfaced(to Target, m *irc.Message, terms Terms) ([]machine.Effect, bool) {
	id := m.Tags.Value(IDTag)
	b.divide(to, terms)
	return b.match(to, m, 0, func(p *post, q *part) bool {
		return id != "" && q.doubtful && p.tag(q) == id && q.text == m.Last()
	})
}

// divide makes the lines of what an earlier run may have written.
func (b *Box) divide(to Target, terms Terms) {
	for _, p := range b.posts {
		if p.to == to && p.Doubtful {
			p.divide(terms)
		}
	}
}

// Acknowledge takes the answer to a label where there is no echo.
func (b *Box) Acknowledge(label string) []machine.Effect {
	if p, q := b.labelled(label); q != nil {
		b.arrived(p, q, "", 0)
	}
	return b.done()
}

// Refuse takes an error with a label; false: it is none of a message.
func (b *Box) Refuse(label, why string) ([]machine.Effect, bool) {
	p, q := b.labelled(label)
	if q == nil {
		return nil, false
	}
	b.refuse(p, q, why)
	return b.done(), true
}

// labelled returns the line that waits for an answer with a label, nil if there is none.
func (b *Box) labelled(label string) (*post, *part) {
	for _, p := range b.posts {
		for _, q := range p.parts {
			if label != "" && q.label == label && q.waits() {
				return p, q
			}
		}
	}
	return nil, nil
}

// RefuseSome takes an error without a label about a target, nil if it names none: then
// it is about the oldest line. The next PONG tells which line it was, see blame. False:
// nothing waits that it could be about.
func (b *Box) RefuseSome(to Target, why string) bool {
	for _, p := range b.posts {
		if p.waits() && (to == nil || p.to == to) {
			if b.refusals == nil {
				b.refusals = make(map[Target]refusal)
			}
			b.refusals[p.to] = refusal{b.refusals[p.to].lines + 1, why}
			return true
		}
	}
	return false
}
