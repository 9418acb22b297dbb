package chatlog

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"github.com/parlance-chat/parlance/app/chatlog/bubble"
	"github.com/parlance-chat/parlance/app/chatlog/heading"
	"github.com/parlance-chat/parlance/app/chatlog/parts"
	"github.com/parlance-chat/parlance/app/chatlog/selection"
	"github.com/parlance-chat/parlance/app/msgtext"
	"github.com/parlance-chat/parlance/app/theme"
	"github.com/parlance-chat/parlance/netcore/chat"
)

// row is the objects of one message on the screen. Rows are recycled: bind
// makes one show another message.
type row struct {
	*bubble.View
	own   bool // the kind: rows of own messages have no avatar and no name
	box   *fyne.Container
	flash *canvas.Rectangle
	top   *heading.View

	id       chat.MessageID
	position chat.Position
	head     heading.Heading
	body     *bubble.Body
	at       fyne.Position // of the bubble, in the row
	y        float32       // of the row, in the view
}

func newRow(own bool) *row {
	r := &row{
		View:  bubble.NewView(own),
		own:   own,
		flash: canvas.NewRectangle(color.Transparent),
		top:   heading.NewView(own),
	}
	objects := append([]fyne.CanvasObject{r.flash}, r.top.Objects()...)
	r.box = &fyne.Container{Objects: append(objects, r.Objects()...)}
	return r
}

// height returns the height of the row.
func (r *row) height() float32 { return r.head.Height + r.body.Height }

// bind makes the row show the i-th message of the window.
func (l *Log) bind(r *row, i int) {
	m := &l.win.Messages[i]
	width := l.Size().Width
	r.id, r.position, r.head, r.body = m.ID, m.Position, l.headOf(i), l.measure(m)
	b, grid := r.body, l.look.grid

	x := sideMargin
	switch {
	case b.Line:
		x = (width - b.Bubble.Width) / 2
	case r.own:
		x = width - sideMargin - b.Bubble.Width
	case l.conv.Authors:
		x += theme.AvatarSize + avatarGap
	}
	r.at = grid.Pos(x, r.head.Height)
	r.top.Show(r.head, m, heading.Manner{Width: width, Left: x, Grid: grid, Now: l.now()})
	r.Show(b, m, bubble.Manner{
		At: r.at, Grid: grid, Unfolded: l.unfolded[m.ID], Chosen: l.focused && l.chosen == m.ID,
		First: r.head.Group, Last: l.endsGroup(i), Drawings: l.drawings,
	})
	l.decorate(r)
	r.box.Resize(fyne.NewSize(width, r.height()))
	r.flash.Resize(fyne.NewSize(width, b.Height+8))
	r.flash.Move(fyne.NewPos(0, r.at.Y-4))
	r.flash.FillColor = flashColor(1)
	parts.Show(l.flashed == m.ID, r.flash)
	canvas.Refresh(r.box)
}

// decorate shows what is selected and what was searched for in a row.
func (l *Log) decorate(r *row) {
	r.Text.Select(r.selected(l.selection))
	if r.body.Silent {
		r.Text.Mark(nil)
		return
	}
	r.Text.Mark(r.body.Layout.Doc().Find(l.words))
}

// selected returns the part of the row's text that a selection covers.
func (r *row) selected(s selection.Span) msgtext.Range {
	if r.body.Silent {
		return msgtext.Range{}
	}
	return s.In(r.position, len(r.body.Layout.Doc().Text()))
}

// local returns a point of the view as seen from the row's bubble.
func (r *row) local(p fyne.Position) fyne.Position {
	return p.SubtractXY(r.at.X, r.y+r.at.Y)
}

// textPos returns a point of the view in the coordinates of the row's text.
func (r *row) textPos(p fyne.Position) fyne.Position {
	return r.local(p).Subtract(r.body.Text())
}

// ownRow says whether a message stands in a row for one's own: changes of the
// group do not, whoever made them.
func ownRow(m *chat.Message) bool { return m.Own && m.Change == nil }
