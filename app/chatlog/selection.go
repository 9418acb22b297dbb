package chatlog

import (
	"errors"
	"fmt"

	"github.com/parlance-chat/parlance/app/chatlog/pages"
	"github.com/parlance-chat/parlance/app/chatlog/selection"
	"github.com/parlance-chat/parlance/app/chatlog/window"
	"github.com/parlance-chat/parlance/netcore/chat"
)

// setSelection selects, and shows it in the rows in view.
func (l *Log) setSelection(s selection.Span) {
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
		l.setSelection(selection.Span{Anchor: selection.Spot{Position: window.Begin}, Head: selection.Spot{Position: window.End, Offset: 1}})
	}
}

// SelectedText returns the selected text of the messages that are held.
func (l *Log) SelectedText() string {
	var c selection.Copier
	c.Add(l.selection, l.win.Messages)
	return c.Text()
}

// maxCopy bounds what is put on the clipboard.
const maxCopy = 16 << 20

var errCopyLong = errors.New("the selection is too long to copy; the clipboard has its beginning")

// copySelection puts the selected text on the clipboard. Selected messages that
// are not held are read first, on a goroutine.
func (l *Log) copySelection() {
	if l.selection.Empty() {
		return
	}
	from, to := l.selection.Ends()
	held := l.win.Len() > 0 &&
		(!l.win.Older || !from.Position.Less(l.win.First())) && (!l.win.Newer || !l.win.Last().Less(to.Position))
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
func (l *Log) readSelection(source Source, s selection.Span) (string, error) {
	var c selection.Copier
	from, to := s.Ends()
	at := window.Before(from.Position)
	if at.IsZero() { // which would mean the newest
		at = from.Position
	}
	for {
		select {
		case <-l.done:
			return c.Text(), nil
		default:
		}
		l.reading.Lock()
		page, err := source.Page(chat.Position{}, at, pages.Size)
		l.reading.Unlock()
		if err != nil {
			return c.Text(), err
		}
		c.Add(s, page)
		if len(page) < pages.Size || to.Position.Less(page[len(page)-1].Position) {
			return c.Text(), nil
		}
		if c.Size > maxCopy {
			return c.Text(), errCopyLong
		}
		at = page[len(page)-1].Position
	}
}
