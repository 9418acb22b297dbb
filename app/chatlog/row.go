package chatlog

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"github.com/parlance-chat/parlance/app/avatar"
	"github.com/parlance-chat/parlance/app/chatlog/parts"
	"github.com/parlance-chat/parlance/app/msgtext"
	"github.com/parlance-chat/parlance/app/theme"
	"github.com/parlance-chat/parlance/netcore/chat"
)

// row is the objects of one message on the screen. Rows are recycled: bind
// makes one show another message.
type row struct {
	own     bool // the kind: rows of own messages have no avatar and no name
	box     *fyne.Container
	flash   *canvas.Rectangle
	dayPill *canvas.Rectangle
	dayText *canvas.Text
	rules   [2]*canvas.Rectangle // left and right of the "unread" text
	unread  *canvas.Text
	avatar  *avatar.Avatar
	name    *canvas.Text
	bubble  *canvas.Rectangle
	text    *msgtext.Text
	more    *canvas.Text
	time    *canvas.Text
	mark    *canvas.Image

	id       chat.MessageID
	position chat.Position
	head     head
	body     *body
	at       fyne.Position // of the bubble, in the row
	y        float32       // of the row, in the view
}

func newRow(own bool) *row {
	r := &row{
		own:     own,
		flash:   canvas.NewRectangle(color.Transparent),
		dayPill: canvas.NewRectangle(color.Transparent),
		dayText: canvas.NewText("", color.Transparent),
		unread:  canvas.NewText(sayUnread, color.Transparent),
		bubble:  canvas.NewRectangle(color.Transparent),
		text:    msgtext.New(),
		more:    canvas.NewText(sayMore, color.Transparent),
		time:    canvas.NewText("", color.Transparent),
	}
	r.dayText.TextSize, r.dayText.TextStyle.Bold = theme.CaptionSize, true
	r.unread.TextSize, r.unread.TextStyle.Bold = theme.CaptionSize, true
	r.more.TextSize, r.more.TextStyle.Bold = theme.CaptionSize+1, true
	r.time.TextSize = theme.CaptionSize
	objects := []fyne.CanvasObject{r.flash, r.dayPill, r.dayText}
	for i := range r.rules {
		r.rules[i] = canvas.NewRectangle(color.Transparent)
		objects = append(objects, r.rules[i])
	}
	objects = append(objects, r.unread, r.bubble, r.text, r.more, r.time)
	if own {
		r.mark = canvas.NewImageFromResource(nil)
		r.mark.FillMode = canvas.ImageFillContain
		objects = append(objects, r.mark)
	} else {
		r.avatar = avatar.New(theme.AvatarSize)
		r.name = canvas.NewText("", color.Transparent)
		r.name.TextSize, r.name.TextStyle.Bold = theme.NameSize, true
		objects = append(objects, r.avatar, r.name)
	}
	r.box = &fyne.Container{Objects: objects}
	return r
}

// height returns the height of the row.
func (r *row) height() float32 { return r.head.height + r.body.bubble.Height }

// bind makes the row show the i-th message of the window.
func (l *Log) bind(r *row, i int) {
	m := &l.win.Messages[i]
	width := l.Size().Width
	r.id, r.position, r.head, r.body = m.ID, m.Position, l.headOf(i), l.measure(m)
	b, grid := r.body, l.look.grid

	y := float32(0)
	show(r.head.day, r.dayPill, r.dayText)
	if r.head.day {
		r.dayText.Text, r.dayText.Color = dayName(m.Sent.Local(), l.now()), theme.Color(theme.ColorPillText)
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
	if r.own {
		x = width - sideMargin - b.bubble.Width
	} else if l.conv.Authors {
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
			r.name.Text, r.name.Color = ellipsis(m.From.Name, width-x-sideMargin, r.name), theme.Name(m.From.ID())
			r.name.Resize(r.name.MinSize())
			r.name.Move(grid.Pos(x+4, top))
		}
	}
	l.bindBubble(r, m, i)
	r.box.Resize(fyne.NewSize(width, r.height()))
	r.flash.Resize(fyne.NewSize(width, b.bubble.Height+8))
	r.flash.Move(fyne.NewPos(0, r.at.Y-4))
	r.flash.FillColor = flashColor(1)
	show(l.flashed == m.ID, r.flash)
	canvas.Refresh(r.box)
}

// bindBubble shows the message itself.
func (l *Log) bindBubble(r *row, m *chat.Message, i int) {
	b := r.body
	r.bubble.StrokeWidth = 0
	r.bubble.StrokeColor = color.Transparent
	switch {
	case b.jumbo:
		r.bubble.FillColor = color.Transparent
	case r.own:
		r.bubble.FillColor = theme.Color(theme.ColorOwnBubble)
	default:
		r.bubble.FillColor = theme.Color(theme.ColorBubble)
		r.bubble.StrokeColor, r.bubble.StrokeWidth = theme.Color(theme.ColorBubbleEdge), 1
	}
	top, bottom := theme.BubbleRadius, theme.BubbleRadius
	if !r.head.group {
		top = theme.BubbleJoin
	}
	if !l.endsGroup(i) {
		bottom = theme.BubbleJoin
	}
	r.bubble.CornerRadius = theme.BubbleRadius
	if r.own {
		r.bubble.TopRightCornerRadius, r.bubble.BottomRightCornerRadius = top, bottom
	} else {
		r.bubble.TopLeftCornerRadius, r.bubble.BottomLeftCornerRadius = top, bottom
	}
	r.bubble.Resize(b.bubble)
	r.bubble.Move(r.at)

	r.text.SetLayout(b.layout)
	r.text.Move(l.look.grid.Pos(r.at.X+bubblePadX, r.at.Y+bubblePadY))
	l.decorate(r)

	show(b.folded, r.more)
	if b.folded {
		r.more.Text = sayMore
		if l.unfolded[m.ID] {
			r.more.Text = sayLess
		}
		r.more.Color = theme.Color(theme.ColorLink)
		r.more.Resize(r.more.MinSize())
		r.more.Move(r.at.Add(b.more))
	}
	r.time.Text, r.time.Color = b.time, theme.Color(theme.ColorMeta)
	r.time.Resize(r.time.MinSize())
	r.time.Move(l.look.grid.Pos(r.at.X+b.meta.X, r.at.Y+b.meta.Y))
	if r.own {
		c := theme.Color(theme.ColorMeta)
		if m.State == chat.Read {
			c = theme.Color(theme.ColorRead)
		}
		if mark := l.drawings.Get(parts.Mark(m.State), c); r.mark.Resource != mark {
			r.mark.Resource = mark
			r.mark.Refresh()
		}
		r.mark.Resize(fyne.NewSize(parts.MarkWidth, parts.MarkHeight))
		r.mark.Move(r.at.Add(b.mark))
	}
}

// decorate shows what is selected and what was searched for in a row.
func (l *Log) decorate(r *row) {
	doc := r.body.layout.Doc()
	r.text.Select(l.selection.in(r.position, len(doc.Text())))
	r.text.Mark(doc.Find(l.words))
}

// textPos returns a point of the view in the coordinates of the row's text.
func (r *row) textPos(p fyne.Position) fyne.Position {
	return p.SubtractXY(r.at.X+bubblePadX, r.y+r.at.Y+bubblePadY)
}

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

// ellipsis shortens a name to a width.
func ellipsis(s string, width float32, like *canvas.Text) string {
	fits := func(s string) bool { return fyne.MeasureText(s, like.TextSize, like.TextStyle).Width <= width }
	if fits(s) {
		return s
	}
	runes := []rune(s)
	for len(runes) > 1 && !fits(string(runes)+"…") {
		runes = runes[:len(runes)-1]
	}
	return string(runes) + "…"
}
