package chatlog

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"github.com/parlance-chat/parlance/app/avatar"
	"github.com/parlance-chat/parlance/app/chatlog/bubble"
	"github.com/parlance-chat/parlance/app/chatlog/words"
	"github.com/parlance-chat/parlance/app/msgtext"
	"github.com/parlance-chat/parlance/app/theme"
	"github.com/parlance-chat/parlance/netcore/chat"
)

// row is the objects of one message on the screen. Rows are recycled: bind
// makes one show another message.
type row struct {
	*bubble.View
	own     bool // the kind: rows of own messages have no avatar and no name
	box     *fyne.Container
	flash   *canvas.Rectangle
	dayPill *canvas.Rectangle
	dayText *canvas.Text
	rules   [2]*canvas.Rectangle // left and right of the "unread" text
	unread  *canvas.Text
	avatar  *avatar.Avatar
	name    *canvas.Text

	id       chat.MessageID
	position chat.Position
	head     head
	body     *bubble.Body
	at       fyne.Position // of the bubble, in the row
	y        float32       // of the row, in the view
}

func newRow(own bool) *row {
	r := &row{
		View:    bubble.NewView(own),
		own:     own,
		flash:   canvas.NewRectangle(color.Transparent),
		dayPill: canvas.NewRectangle(color.Transparent),
		dayText: canvas.NewText("", color.Transparent),
		unread:  canvas.NewText(words.Unread, color.Transparent),
	}
	r.dayText.TextSize, r.dayText.TextStyle.Bold = theme.CaptionSize, true
	r.unread.TextSize, r.unread.TextStyle.Bold = theme.CaptionSize, true
	objects := []fyne.CanvasObject{r.flash, r.dayPill, r.dayText}
	for i := range r.rules {
		r.rules[i] = canvas.NewRectangle(color.Transparent)
		objects = append(objects, r.rules[i])
	}
	objects = append(append(objects, r.unread), r.Objects()...)
	if !own {
		r.avatar = avatar.New(theme.AvatarSize)
		r.name = canvas.NewText("", color.Transparent)
		r.name.TextSize, r.name.TextStyle.Bold = theme.NameSize, true
		objects = append(objects, r.avatar, r.name)
	}
	r.box = &fyne.Container{Objects: objects}
	return r
}

// height returns the height of the row.
func (r *row) height() float32 { return r.head.height + r.body.Height }

// bind makes the row show the i-th message of the window.
func (l *Log) bind(r *row, i int) {
	m := &l.win.Messages[i]
	width := l.Size().Width
	r.id, r.position, r.head, r.body = m.ID, m.Position, l.headOf(i), l.measure(m)
	b, grid := r.body, l.look.grid

	y := float32(0)
	show(r.head.day, r.dayPill, r.dayText)
	if r.head.day {
		r.dayText.Text, r.dayText.Color = words.Day(m.Sent.Local(), l.now()), theme.Color(theme.ColorPillText)
		r.dayPill.FillColor, r.dayPill.StrokeColor = theme.Color(theme.ColorPill), theme.Color(theme.ColorPillEdge)
		r.dayPill.StrokeWidth = 1
		size := r.dayText.MinSize()
		pill := fyne.NewSize(size.Width+24, size.Height+6)
		r.dayPill.CornerRadius = pill.Height / 2
		r.dayPill.Resize(pill)
		r.dayPill.Move(grid.Pos((width-pill.Width)/2, (dayHeight-pill.Height)/2))
		r.dayText.Resize(size)
		r.dayText.Move(grid.Pos((width-size.Width)/2, (dayHeight-size.Height)/2))
		y += dayHeight
	}
	show(r.head.unread, r.rules[0], r.rules[1], r.unread)
	if r.head.unread {
		c := theme.Color(theme.ColorUnread)
		r.unread.Color = c
		size := r.unread.MinSize()
		left := grid.Round((width - size.Width) / 2)
		r.unread.Resize(size)
		r.unread.Move(grid.Pos(left, y+(unreadHeight-size.Height)/2))
		for i, rule := range r.rules {
			rule.FillColor = c
			rule.Resize(fyne.NewSize(max(left-sideMargin-10, 0), 1))
			rule.Move(grid.Pos([2]float32{sideMargin, left + size.Width + 10}[i], y+unreadHeight/2))
		}
	}

	x := sideMargin
	switch {
	case b.Line:
		x = (width - b.Bubble.Width) / 2
	case r.own:
		x = width - sideMargin - b.Bubble.Width
	case l.conv.Authors:
		x += theme.AvatarSize + avatarGap
	}
	r.at = grid.Pos(x, r.head.height)
	if !r.own {
		show(r.head.name, r.avatar, r.name)
		if r.head.name {
			top := r.head.height - nameHeight
			r.avatar.Set(m.From.ID(), m.From.Name)
			r.avatar.Resize(fyne.NewSquareSize(theme.AvatarSize))
			r.avatar.Move(fyne.NewPos(sideMargin, top+2))
			r.name.Text, _ = msgtext.Ellipsis(m.From.Name, width-x-sideMargin, r.name.TextSize, r.name.TextStyle)
			r.name.Color = theme.Name(m.From.ID())
			r.name.Resize(r.name.MinSize())
			r.name.Move(grid.Pos(x+4, top))
		}
	}
	r.Show(b, m, bubble.Manner{
		At: r.at, Grid: grid, Unfolded: l.unfolded[m.ID], Chosen: l.focused && l.chosen == m.ID,
		First: r.head.group, Last: l.endsGroup(i), Drawings: l.drawings,
	})
	l.decorate(r)
	r.box.Resize(fyne.NewSize(width, r.height()))
	r.flash.Resize(fyne.NewSize(width, b.Height+8))
	r.flash.Move(fyne.NewPos(0, r.at.Y-4))
	r.flash.FillColor = flashColor(1)
	show(l.flashed == m.ID, r.flash)
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
func (r *row) selected(s selection) msgtext.Range {
	if r.body.Silent {
		return msgtext.Range{}
	}
	return s.in(r.position, len(r.body.Layout.Doc().Text()))
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

func show(visible bool, objects ...fyne.CanvasObject) {
	for _, o := range objects {
		if visible != o.Visible() {
			if visible {
				o.Show()
			} else {
				o.Hide()
			}
		}
	}
}
