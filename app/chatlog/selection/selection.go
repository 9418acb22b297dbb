// Package selection is what is selected in a conversation: from a letter of one
// message to a letter of another, and what is copied of it.
package selection

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/parlance-chat/parlance/app/msgtext"
	"github.com/parlance-chat/parlance/netcore/chat"
)

// Spot is a place in the conversation's text: a byte of a message. It stays
// what it is when messages come, go out of view, or leave the window.
type Spot struct {
	Position chat.Position
	Offset   int
}

func (s Spot) compare(o Spot) int {
	switch {
	case s.Position.Less(o.Position):
		return -1
	case o.Position.Less(s.Position):
		return 1
	}
	return cmp.Compare(s.Offset, o.Offset)
}

// Span runs from where the pointer was pressed to where it went, over as
// many messages as lie between.
type Span struct{ Anchor, Head Spot }

// Empty says whether nothing lies between.
func (s Span) Empty() bool { return s.Anchor == s.Head }

// Ends returns the ends of the selection in the order of the messages.
func (s Span) Ends() (from, to Spot) {
	if s.Head.compare(s.Anchor) < 0 {
		return s.Head, s.Anchor
	}
	return s.Anchor, s.Head
}

// In returns the selected part of the message at p, whose text has length bytes.
func (s Span) In(p chat.Position, length int) msgtext.Range {
	from, to := s.Ends()
	if p.Less(from.Position) || to.Position.Less(p) {
		return msgtext.Range{}
	}
	r := msgtext.Range{Start: 0, End: length}
	if p == from.Position {
		r.Start = min(from.Offset, length)
	}
	if p == to.Position {
		r.End = min(to.Offset, length)
	}
	return r
}

// Copier writes messages down: one alone as it is, several with who wrote them
// and when.
type Copier struct {
	single string
	lines  []string
	Size   int // of the text, in bytes
}

// Add writes down what is selected of messages, which come in order.
func (c *Copier) Add(s Span, messages []chat.Message) {
	if s.Empty() {
		return
	}
	for i := range messages {
		m := &messages[i]
		part := selectedPart(s, m)
		if part == "" {
			continue
		}
		if len(c.lines) == 0 {
			c.single = part
		}
		line := fmt.Sprintf("[%s] %s: %s", m.Sent.Local().Format("2006-01-02 15:04"), m.From.Name, part)
		c.lines = append(c.lines, line)
		c.Size += len(line) + 1
	}
}

// selectedPart returns the selected part of a message. Of a folded message
// selected to its end, what is not shown belongs to it.
func selectedPart(s Span, m *chat.Message) string {
	r := s.In(m.Position, len(m.Text))
	if r.Empty() {
		return ""
	}
	return m.Text[r.Start:r.End]
}

// Text returns what was written down.
func (c *Copier) Text() string {
	if len(c.lines) == 1 {
		return c.single
	}
	return strings.Join(c.lines, "\n")
}
