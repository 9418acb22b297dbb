package chatlog

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/parlance-chat/parlance/app/theme"
)

// pill is the button at the bottom that leads to the newest message and says
// how many came since it was last in view.
type pill struct {
	widget.BaseWidget
	tapped   func()
	says     string
	over     bool
	drawings drawings
	shadow   *canvas.Rectangle
	ground   *canvas.Rectangle
	text     *canvas.Text
	arrow    *canvas.Image
}

const pillHeight float32 = 32

func newPill(tapped func()) *pill {
	p := &pill{
		tapped:   tapped,
		drawings: make(drawings),
		shadow:   canvas.NewRectangle(color.Transparent),
		ground:   canvas.NewRectangle(color.Transparent),
		text:     canvas.NewText("", color.Transparent),
		arrow:    canvas.NewImageFromResource(nil),
	}
	p.text.TextSize, p.text.TextStyle.Bold = theme.CaptionSize+1, true
	p.arrow.FillMode = canvas.ImageFillContain
	p.ground.CornerRadius, p.shadow.CornerRadius = pillHeight/2, pillHeight/2+1
	p.ground.StrokeWidth = 1
	p.ExtendBaseWidget(p)
	p.Hide()
	return p
}

// say shows the pill with a text beside its arrow, or with the arrow only.
func (p *pill) say(text string) {
	if p.says == text && p.Visible() {
		return
	}
	p.says = text
	p.Show()
	p.Resize(p.MinSize())
	p.Refresh()
}

// MinSize implements fyne.CanvasObject.
func (p *pill) MinSize() fyne.Size {
	if p.says == "" {
		return fyne.NewSquareSize(pillHeight)
	}
	return fyne.NewSize(p.text.MinSize().Width+15+3*10, pillHeight)
}

// Refresh implements fyne.CanvasObject.
func (p *pill) Refresh() {
	ground, letters, edge := theme.Color(theme.ColorPill), theme.Color(theme.ColorPillText), theme.Color(theme.ColorPillEdge)
	if p.says != "" {
		ground, letters = theme.Color(theme.ColorUnread), theme.Color(theme.ColorOnUnread)
		edge = ground
	}
	p.text.Text, p.text.Color = p.says, letters
	p.ground.FillColor, p.ground.StrokeColor = ground, edge
	if p.over {
		p.ground.StrokeColor = theme.Color(fynetheme.ColorNamePrimary)
	}
	p.shadow.FillColor = theme.Color(fynetheme.ColorNameShadow)
	size := p.MinSize()
	p.ground.Resize(size)
	p.shadow.Resize(size.AddWidthHeight(2, 2))
	p.shadow.Move(fyne.NewPos(-1, 0))
	x := (size.Width - 15) / 2
	if p.says != "" {
		text := p.text.MinSize()
		p.text.Resize(text)
		p.text.Move(theme.GridOf(p).Pos(12, (pillHeight-text.Height)/2))
		x = 12 + text.Width + 7
	}
	p.arrow.Resource = p.drawings.get(downPath, letters)
	p.arrow.Resize(fyne.NewSize(15, 10))
	p.arrow.Move(fyne.NewPos(x, (pillHeight-10)/2+0.5))
	p.arrow.Refresh()
	canvas.Refresh(p)
}

// Tapped implements fyne.Tappable.
func (p *pill) Tapped(*fyne.PointEvent) { p.tapped() }

// MouseIn implements desktop.Hoverable.
func (p *pill) MouseIn(*desktop.MouseEvent) {
	p.over = true
	p.Refresh()
}

// MouseMoved implements desktop.Hoverable.
func (p *pill) MouseMoved(*desktop.MouseEvent) {}

// MouseOut implements desktop.Hoverable.
func (p *pill) MouseOut() {
	p.over = false
	p.Refresh()
}

// Cursor implements desktop.Cursorable.
func (p *pill) Cursor() desktop.Cursor { return desktop.PointerCursor }

// CreateRenderer implements fyne.Widget.
func (p *pill) CreateRenderer() fyne.WidgetRenderer {
	return &plainRenderer{p, []fyne.CanvasObject{p.shadow, p.ground, p.text, p.arrow}}
}

// updatePill shows the pill while the end is out of view: with a number if
// messages came, else once the view is a good way up.
func (l *Log) updatePill() {
	size := l.Size()
	switch {
	case !l.opened || l.atEnd || l.win.len() == 0:
		l.pill.Hide()
		return
	case l.fresh > 0:
		l.pill.say(freshText(l.fresh))
	case l.win.newer || l.farFromEnd(size.Height):
		l.pill.say("")
	default:
		l.pill.Hide()
		return
	}
	at := fyne.NewPos((size.Width-l.pill.Size().Width)/2, size.Height-pillHeight-endMargin)
	if l.fresh == 0 {
		at.X = size.Width - pillHeight - barWidth - 8
	}
	l.pill.Move(l.look.grid.Pos(at.X, at.Y))
}

// farFromEnd says whether more than distance lies below the view.
func (l *Log) farFromEnd(distance float32) bool {
	if len(l.rows) == 0 {
		return false
	}
	last := l.rows[len(l.rows)-1]
	i, ok := l.win.find(last.id)
	if !ok {
		return false
	}
	left := last.y + last.height() - l.Size().Height
	for i++; i < l.win.len() && left < distance; i++ {
		left += l.rowHeight(i)
	}
	return left >= distance
}
