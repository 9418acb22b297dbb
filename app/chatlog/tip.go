package chatlog

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"github.com/parlance-chat/parlance/app/theme"
)

// tip is the tooltip: a few lines that explain what the pointer is over. It
// takes no events itself.
type tip struct {
	widget.BaseWidget
	lines  []string
	ground *canvas.Rectangle
	texts  []*canvas.Text
}

const (
	tipPadX float32 = 9
	tipPadY float32 = 6
)

func newTip() *tip {
	t := &tip{ground: canvas.NewRectangle(color.Transparent)}
	t.ground.CornerRadius = 6
	t.ExtendBaseWidget(t)
	t.Hide()
	return t
}

// showTip explains target, a rectangle of the view, above it if there is room.
func (l *Log) showTip(lines []string, target fyne.Position, size fyne.Size) {
	t := l.tip
	t.lines = lines
	t.Refresh()
	own := t.MinSize()
	at := fyne.NewPos(target.X+(size.Width-own.Width)/2, target.Y-own.Height-5)
	if at.Y < 4 {
		at.Y = target.Y + size.Height + 5
	}
	at.X = max(min(at.X, l.Size().Width-own.Width-barWidth), 4)
	t.Resize(own)
	t.Move(l.look.grid.Pos(at.X, at.Y))
	t.Show()
}

func (l *Log) hideTip() {
	if l.tip.Visible() {
		l.tip.Hide()
	}
}

// MinSize implements fyne.CanvasObject.
func (t *tip) MinSize() fyne.Size {
	var size fyne.Size
	for _, text := range t.texts {
		min := text.MinSize()
		size = fyne.NewSize(max(size.Width, min.Width), size.Height+min.Height)
	}
	return size.AddWidthHeight(2*tipPadX, 2*tipPadY)
}

// Refresh implements fyne.CanvasObject.
func (t *tip) Refresh() {
	t.texts = t.texts[:0]
	y := tipPadY
	for _, line := range t.lines {
		text := canvas.NewText(line, theme.Color(theme.ColorTooltipText))
		text.TextSize = theme.CaptionSize + 0.5
		size := text.MinSize()
		text.Resize(size)
		text.Move(theme.GridOf(t).Pos(tipPadX, y))
		y += size.Height
		t.texts = append(t.texts, text)
	}
	t.ground.FillColor = theme.Color(theme.ColorTooltip)
	t.ground.Resize(t.MinSize())
	canvas.Refresh(t)
}

// CreateRenderer implements fyne.Widget.
func (t *tip) CreateRenderer() fyne.WidgetRenderer { return &tipRenderer{t} }

type tipRenderer struct{ t *tip }

func (r *tipRenderer) Layout(fyne.Size)   {}
func (r *tipRenderer) MinSize() fyne.Size { return r.t.MinSize() }
func (r *tipRenderer) Refresh()           { r.t.Refresh() }
func (r *tipRenderer) Destroy()           {}

func (r *tipRenderer) Objects() []fyne.CanvasObject {
	objects := []fyne.CanvasObject{r.t.ground}
	for _, text := range r.t.texts {
		objects = append(objects, text)
	}
	return objects
}
