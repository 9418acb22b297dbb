package chatlog

import (
	"fmt"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"github.com/parlance-chat/parlance/app/chatlog/bubble"
	"github.com/parlance-chat/parlance/app/chatlog/selection"
	"github.com/parlance-chat/parlance/app/chatlog/words"
	"github.com/parlance-chat/parlance/app/msgtext"
	"github.com/parlance-chat/parlance/netcore/chat"
)

var (
	_ fyne.Tappable          = (*Log)(nil)
	_ fyne.SecondaryTappable = (*Log)(nil)
	_ fyne.Draggable         = (*Log)(nil)
	_ fyne.Scrollable        = (*Log)(nil) // this also makes Fyne clip what a Log draws
	_ desktop.Mouseable      = (*Log)(nil)
	_ desktop.Hoverable      = (*Log)(nil)
	_ desktop.Cursorable     = (*Log)(nil)
)

// pointer is what the Log remembers of the mouse. Clicks are counted here: with
// Fyne's own double taps, every single one would come late.
type pointer struct {
	clicks  int
	pressed time.Time
	at      fyne.Position // of the press
	dragged bool
	cursor  desktop.Cursor
}

// clickPause is the longest pause within a double click.
const clickPause = 400 * time.Millisecond

// hit is what lies under a point of a row.
type hit struct {
	part   bubble.Part
	index  int  // of a reaction
	author bool // the avatar or the name
}

// rowAt returns the row at a height of the view, or the nearest one.
func (l *Log) rowAt(y float32) *row {
	for _, r := range l.rows {
		if y < r.y+r.height() {
			return r
		}
	}
	if n := len(l.rows); n > 0 {
		return l.rows[n-1]
	}
	return nil
}

// hitAt says what lies under a point of the view.
func (l *Log) hitAt(p fyne.Position) (*row, hit) {
	r := l.rowAt(p.Y)
	if r == nil || p.Y < r.y {
		return nil, hit{}
	}
	local := p.SubtractXY(0, r.y)
	if r.top.Avatar != nil && r.head.Name && (inside(local, r.top.Avatar.Position(), r.top.Avatar.Size()) || inside(local, r.top.Name.Position(), r.top.Name.Size())) {
		return r, hit{author: true}
	}
	part, index := r.body.At(r.local(p))
	return r, hit{part: part, index: index}
}

func inside(p, at fyne.Position, size fyne.Size) bool {
	return p.X >= at.X && p.Y >= at.Y && p.X < at.X+size.Width && p.Y < at.Y+size.Height
}

// spotAt returns the place in the text that is nearest to a point of the view.
func (l *Log) spotAt(p fyne.Position) (selection.Spot, bool) {
	r := l.rowAt(p.Y)
	if r == nil {
		return selection.Spot{}, false
	}
	return selection.Spot{Position: r.position, Offset: r.body.Layout.IndexAt(r.textPos(p))}, true
}

// message returns the message that a row shows.
func (l *Log) message(r *row) (*chat.Message, bool) {
	if i, ok := l.win.Find(r.id); ok {
		return &l.win.Messages[i], true
	}
	return nil, false
}

// MouseDown begins a selection: of letters, with a second click of a word, with
// a third of a line; with Shift the one there is goes on.
func (l *Log) MouseDown(e *desktop.MouseEvent) {
	if e.Button != desktop.MouseButtonPrimary {
		return
	}
	l.focusByPointer()
	l.unchoose()
	p := &l.pointer
	near := abs(e.Position.X-p.at.X) < 5 && abs(e.Position.Y-p.at.Y) < 5
	if now := l.now(); near && now.Sub(p.pressed) < clickPause {
		p.clicks = p.clicks%3 + 1
		p.pressed = now
	} else {
		p.clicks, p.pressed = 1, now
	}
	p.at, p.dragged = e.Position, false
	s, ok := l.spotAt(e.Position)
	if !ok {
		return
	}
	switch {
	case p.clicks > 1:
		l.selectAround(s, p.clicks)
	case e.Modifier&fyne.KeyModifierShift != 0 && !l.selection.Empty():
		l.setSelection(selection.Span{Anchor: l.selection.Anchor, Head: s})
	default:
		l.setSelection(selection.Span{Anchor: s, Head: s})
	}
}

// selectAround selects the word or, at the third click, the line at s.
func (l *Log) selectAround(s selection.Spot, clicks int) {
	for _, r := range l.rows {
		if r.position != s.Position {
			continue
		}
		doc := r.body.Layout.Doc()
		part := doc.WordAt(s.Offset)
		if clicks == 3 {
			part = doc.LineAt(s.Offset)
		}
		l.setSelection(selection.Span{
			Anchor: selection.Spot{Position: s.Position, Offset: part.Start},
			Head:   selection.Spot{Position: s.Position, Offset: part.End},
		})
	}
}

// MouseUp implements desktop.Mouseable.
func (l *Log) MouseUp(*desktop.MouseEvent) {}

// Dragged extends the selection, and scrolls when the pointer leaves the view.
func (l *Log) Dragged(e *fyne.DragEvent) {
	const fastest = 60
	l.pointer.dragged = true
	switch y, height := e.Position.Y, l.Size().Height; {
	case y < 0:
		l.scrollBy(min(-y, fastest))
	case y > height:
		l.scrollBy(-min(y-height, fastest))
	}
	p := fyne.NewPos(e.Position.X, min(max(e.Position.Y, 0), l.Size().Height-1))
	if s, ok := l.spotAt(p); ok {
		if l.selection.Anchor.Position.IsZero() {
			l.selection = selection.Span{Anchor: s, Head: s}
		}
		l.setSelection(selection.Span{Anchor: l.selection.Anchor, Head: s})
	}
}

// DragEnd implements fyne.Draggable.
func (l *Log) DragEnd() {}

// Tapped opens what was tapped: a link, the rest of a long message, an author,
// the message that is answered, what is to be known about this one; or adds
// oneself to a reaction.
func (l *Log) Tapped(e *fyne.PointEvent) {
	if l.pointer.clicks > 1 || l.pointer.dragged {
		return
	}
	r, what := l.hitAt(e.Position)
	if r == nil {
		return
	}
	m, ok := l.message(r)
	if !ok {
		return
	}
	if what.author {
		call(l.OnAuthor, m.From)
		return
	}
	switch what.part {
	case bubble.Text:
		if link, ok := r.body.Layout.LinkAt(r.textPos(e.Position)); ok {
			l.open(link)
		}
	case bubble.More:
		l.toggleFold(m)
	case bubble.Quote:
		l.FollowQuote(m.Answers.ID)
	case bubble.Edited:
		call(l.OnRevisions, *m)
	case bubble.Tally, bubble.Time:
		switch {
		case counted(m):
			call(l.OnReceipts, *m)
		case words.Refused(m):
			l.openMenu(l.menuOf(r, nil), e.AbsolutePosition)
		}
	case bubble.Reaction:
		if text, own := r.body.Reaction(what.index); !l.conv.ReadOnly {
			l.react(m, text, own)
		}
	}
}

func call[T any](f func(T), v T) {
	if f != nil {
		f(v)
	}
}

// toggleFold shows all of a long message, or its beginning only.
func (l *Log) toggleFold(m *chat.Message) {
	if l.unfolded[m.ID] {
		delete(l.unfolded, m.ID)
	} else {
		l.unfolded[m.ID] = true
	}
	l.dropHeight(m.ID)
	if i, ok := l.win.Find(m.ID); ok { // its beginning stays where it is
		if r := l.live[m.ID]; r != nil {
			l.anchor = anchor{i, r.y + r.at.Y}
			if r.y+r.at.Y < 0 && !l.unfolded[m.ID] {
				l.anchor.y = endMargin
			}
		}
	}
	l.changed()
}

// open opens a link with the desktop's program for it.
func (l *Log) open(link msgtext.Link) {
	u, err := link.Parse()
	if err == nil {
		err = l.openURL(u)
	}
	if err != nil && l.OnError != nil {
		l.OnError(fmt.Errorf("open link: %w", err))
	}
}

// Scrolled implements fyne.Scrollable.
func (l *Log) Scrolled(e *fyne.ScrollEvent) { l.scrollBy(e.Scrolled.DY) }

// MouseIn implements desktop.Hoverable.
func (l *Log) MouseIn(e *desktop.MouseEvent) { l.MouseMoved(e) }

// MouseMoved explains what is under the pointer, and notes its shape.
func (l *Log) MouseMoved(e *desktop.MouseEvent) {
	l.pointer.cursor = desktop.DefaultCursor
	r, what := l.hitAt(e.Position)
	if r == nil {
		l.hideTip()
		return
	}
	m, ok := l.message(r)
	if !ok {
		l.hideTip()
		return
	}
	lines := l.explain(r, m, what, e.Position)
	if len(lines) == 0 {
		l.hideTip()
		return
	}
	at, size := r.body.Place(what.part, what.index)
	at = at.Add(r.at)
	switch {
	case what.author:
		at, size = r.top.Avatar.Position(), r.top.Avatar.Size()
	case what.part == bubble.Text:
		at, size = e.Position.SubtractXY(0, r.y+10), fyne.NewSize(1, 24)
	}
	l.showTip(lines, at.AddXY(0, r.y), size)
}

// explain returns what is to be said of a part of a message, and sets the shape
// of the pointer over it.
func (l *Log) explain(r *row, m *chat.Message, what hit, p fyne.Position) []string {
	hand := func(may bool) {
		if may {
			l.pointer.cursor = desktop.PointerCursor
		}
	}
	if what.author {
		hand(l.OnAuthor != nil)
		return []string{words.AuthorTip(m.From)}
	}
	switch what.part {
	case bubble.Text:
		link, ok := r.body.Layout.LinkAt(r.textPos(p))
		if !r.body.Silent {
			l.pointer.cursor = desktop.TextCursor
		}
		hand(ok)
		if warning := words.HostTip(link); ok && warning != "" {
			return []string{warning}
		}
	case bubble.More, bubble.Quote:
		hand(true)
	case bubble.Edited:
		hand(l.OnRevisions != nil)
		return words.TimeTip(m, l.conv.Authors)
	case bubble.Tally, bubble.Time:
		hand(counted(m) && l.OnReceipts != nil || words.Refused(m))
		return words.TimeTip(m, l.conv.Authors)
	case bubble.Reaction:
		hand(l.OnReact != nil && !l.conv.ReadOnly)
		text, _ := r.body.Reaction(what.index)
		return []string{words.Reacted(m, text)}
	}
	return nil
}

// MouseOut implements desktop.Hoverable.
func (l *Log) MouseOut() {
	l.pointer.cursor = desktop.DefaultCursor
	l.hideTip()
}

// Cursor implements desktop.Cursorable. Fyne asks for it before it tells where
// the pointer went, so the shape is one movement late.
func (l *Log) Cursor() desktop.Cursor {
	if l.pointer.cursor == nil {
		return desktop.DefaultCursor
	}
	return l.pointer.cursor
}

func abs(v float32) float32 { return max(v, -v) }
