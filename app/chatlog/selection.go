package chatlog

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"github.com/parlance-chat/parlance/app/chatlog/window"
	"github.com/parlance-chat/parlance/app/msgtext"
	"github.com/parlance-chat/parlance/netcore/chat"
)

// spot is a place in the conversation's text: a byte of a message. It stays
// what it is when messages come, go out of view, or leave the window.
type spot struct {
	position chat.Position
	offset   int
}

func (s spot) compare(o spot) int {
	switch {
	case s.position.Less(o.position):
		return -1
	case o.position.Less(s.position):
		return 1
	}
	return cmp.Compare(s.offset, o.offset)
}

// selection runs from where the pointer was pressed to where it went, over as
// many messages as lie between.
type selection struct{ anchor, head spot }

func (s selection) empty() bool { return s.anchor == s.head }

func (s selection) ends() (from, to spot) {
	if s.head.compare(s.anchor) < 0 {
		return s.head, s.anchor
	}
	return s.anchor, s.head
}

// in returns the selected part of the message at p, whose text has length bytes.
func (s selection) in(p chat.Position, length int) msgtext.Range {
	from, to := s.ends()
	if p.Less(from.position) || to.position.Less(p) {
		return msgtext.Range{}
	}
	r := msgtext.Range{Start: 0, End: length}
	if p == from.position {
		r.Start = min(from.offset, length)
	}
	if p == to.position {
		r.End = min(to.offset, length)
	}
	return r
}

// setSelection selects, and shows it in the rows in view.
func (l *Log) setSelection(s selection) {
	if s == l.selection {
		return
	}
	l.selection = s
	for _, r := range l.rows {
		r.Text.Select(r.selected(s))
	}
}

// selectAll selects every message of the conversation, held or not.
func (l *Log) selectAll() {
	if l.win.Len() > 0 {
		l.setSelection(selection{spot{position: window.Begin}, spot{window.End, 1}})
	}
}

// SelectedText returns the selected text of the messages that are held.
func (l *Log) SelectedText() string {
	var c copier
	c.add(l.selection, l.win.Messages)
	return c.text()
}

// maxCopy bounds what is put on the clipboard.
const maxCopy = 16 << 20

var errCopyLong = errors.New("the selection is too long to copy; the clipboard has its beginning")

// copySelection puts the selected text on the clipboard. Selected messages that
// are not held are read first, on a goroutine.
func (l *Log) copySelection() {
	if l.selection.empty() {
		return
	}
	from, to := l.selection.ends()
	held := l.win.Len() > 0 &&
		(!l.win.Older || !from.position.Less(l.win.First())) && (!l.win.Newer || !l.win.Last().Less(to.position))
	if held {
		l.clipboard().SetContent(l.SelectedText())
		return
	}
	source, selected, generation := l.conv.Source, l.selection, l.generation
	l.loads.Add(1)
	l.spawn(func() {
		defer l.loads.Done()
		text, err := l.readSelection(source, selected)
		l.do(func() {
			if l.closed || generation != l.generation {
				return
			}
			if text != "" {
				l.clipboard().SetContent(text)
			}
			if err != nil && l.OnError != nil {
				l.OnError(fmt.Errorf("copy messages: %w", err))
			}
		})
	})
}

// readSelection reads the selected messages page by page.
func (l *Log) readSelection(source Source, s selection) (string, error) {
	var c copier
	from, to := s.ends()
	at := window.Before(from.position)
	if at.IsZero() { // which would mean the newest
		at = from.position
	}
	for {
		select {
		case <-l.done:
			return c.text(), nil
		default:
		}
		l.reading.Lock()
		page, err := source.Page(chat.Position{}, at, pageSize)
		l.reading.Unlock()
		if err != nil {
			return c.text(), err
		}
		c.add(s, page)
		if len(page) < pageSize || to.position.Less(page[len(page)-1].Position) {
			return c.text(), nil
		}
		if c.size > maxCopy {
			return c.text(), errCopyLong
		}
		at = page[len(page)-1].Position
	}
}

// copier writes messages down: one alone as it is, several with who wrote them
// and when.
type copier struct {
	single string
	lines  []string
	size   int
}

func (c *copier) add(s selection, messages []chat.Message) {
	if s.empty() {
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
		c.size += len(line) + 1
	}
}

// selectedPart returns the selected part of a message. Of a folded message
// selected to its end, what is not shown belongs to it.
func selectedPart(s selection, m *chat.Message) string {
	r := s.in(m.Position, len(m.Text))
	if r.Empty() {
		return ""
	}
	return m.Text[r.Start:r.End]
}

func (c *copier) text() string {
	if len(c.lines) == 1 {
		return c.single
	}
	return strings.Join(c.lines, "\n")
}
