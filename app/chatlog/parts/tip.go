package parts

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"github.com/parlance-chat/parlance/app/theme"
)

// Tip is the tooltip: a few lines that explain what the pointer is over. It
// takes no events itself.
type Tip struct {
	widget.BaseWidget
	lines  []string
	ground *canvas.Rectangle
	texts  []*canvas.Text
}

const (
	tipPadX float32 = 9
	tipPadY float32 = 6
)

// NewTip returns a hidden tooltip.
func NewTip() *Tip {
	t := &Tip{ground: canvas.NewRectangle(color.Transparent)}
	t.ground.CornerRadius = 6
	t.ExtendBaseWidget(t)
	t.Hide()
	return t
}

// Explain shows lines beside target, a rectangle of the pane: above it if there
// is room.
func (t *Tip) Explain(lines []string, target fyne.Position, size, pane fyne.Size) {
	t.lines = lines
	t.Refresh()
	own := t.MinSize()
	at := fyne.NewPos(target.X+(size.Width-own.Width)/2, target.Y-own.Height-5)
	if at.Y < 4 {
		at.Y = target.Y + size.Height + 5
	}
	at.X = max(min(at.X, pane.Width-own.Width-BarWidth), 4)
	t.Resize(own)
	t.Move(theme.GridOf(t).Pos(at.X, at.Y))
	t.Show()
}

// Lines returns what the tooltip says.
func (t *Tip) Lines() []string { return t.lines }

// MinSize implements fyne.CanvasObject.
func (t *Tip) MinSize() fyne.Size {
	var size fyne.Size
	for _, text := range t.texts {
		min := text.MinSize()
		size = fyne.NewSize(max(size.Width, min.Width), size.Height+min.Height)
	}
	return size.AddWidthHeight(2*tipPadX, 2*tipPadY)
}

// Refresh implements fyne.CanvasObject.
func (t *Tip) Refresh() {
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
func (t *Tip) CreateRenderer() fyne.WidgetRenderer { return &tipRenderer{t} }

type tipRenderer struct{ t *Tip }

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
