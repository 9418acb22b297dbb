package parts

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/parlance-chat/parlance/app/theme"
)

// Pill is the button at the bottom that leads to the newest message and says
// how many came since it was last in view.
type Pill struct {
	widget.BaseWidget
	tapped   func()
	says     string
	over     bool
	drawings Drawings
	shadow   *canvas.Rectangle
	ground   *canvas.Rectangle
	text     *canvas.Text
	arrow    *canvas.Image
}

// PillHeight is the height of a pill, and its width when it says nothing.
const PillHeight float32 = 32

// NewPill returns a hidden pill.
func NewPill(tapped func()) *Pill {
	p := &Pill{
		tapped:   tapped,
		drawings: make(Drawings),
		shadow:   canvas.NewRectangle(color.Transparent),
		ground:   canvas.NewRectangle(color.Transparent),
		text:     canvas.NewText("", color.Transparent),
		arrow:    canvas.NewImageFromResource(nil),
	}
	p.text.TextSize, p.text.TextStyle.Bold = theme.CaptionSize+1, true
	p.arrow.FillMode = canvas.ImageFillContain
	p.ground.CornerRadius, p.shadow.CornerRadius = PillHeight/2, PillHeight/2+1
	p.ground.StrokeWidth = 1
	p.ExtendBaseWidget(p)
	p.Hide()
	return p
}

// Say shows the pill with a text beside its arrow, or with the arrow only.
func (p *Pill) Say(text string) {
	if p.says == text && p.Visible() {
		return
	}
	p.says = text
	p.Show()
	p.Resize(p.MinSize())
	p.Refresh()
}

// Text returns what the pill says beside its arrow.
func (p *Pill) Text() string { return p.says }

// MinSize implements fyne.CanvasObject.
func (p *Pill) MinSize() fyne.Size {
	if p.says == "" {
		return fyne.NewSquareSize(PillHeight)
	}
	return fyne.NewSize(p.text.MinSize().Width+15+3*10, PillHeight)
}

// Refresh implements fyne.CanvasObject.
func (p *Pill) Refresh() {
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
		p.text.Move(theme.GridOf(p).Pos(12, (PillHeight-text.Height)/2))
		x = 12 + text.Width + 7
	}
	p.arrow.Resource = p.drawings.Get(down, letters)
	p.arrow.Resize(fyne.NewSize(15, 10))
	p.arrow.Move(fyne.NewPos(x, (PillHeight-10)/2+0.5))
	p.arrow.Refresh()
	canvas.Refresh(p)
}

// Tapped implements fyne.Tappable.
func (p *Pill) Tapped(*fyne.PointEvent) { p.tapped() }

// MouseIn implements desktop.Hoverable.
func (p *Pill) MouseIn(*desktop.MouseEvent) {
	p.over = true
	p.Refresh()
}

// MouseMoved implements desktop.Hoverable.
func (p *Pill) MouseMoved(*desktop.MouseEvent) {}

// MouseOut implements desktop.Hoverable.
func (p *Pill) MouseOut() {
	p.over = false
	p.Refresh()
}

// Cursor implements desktop.Cursorable.
func (p *Pill) Cursor() desktop.Cursor { return desktop.PointerCursor }

// CreateRenderer implements fyne.Widget.
func (p *Pill) CreateRenderer() fyne.WidgetRenderer {
	return &plainRenderer{p, []fyne.CanvasObject{p.shadow, p.ground, p.text, p.arrow}}
}
