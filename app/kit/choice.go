package kit

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/parlance-chat/parlance/app/theme"
)

// Select is Fyne's choice of one out of several, with the border of a field; Escape
// goes to the sheet that it stands on.
type Select struct {
	widget.Select
}

// NewSelect returns a choice of which the first is chosen.
func NewSelect(options []string) *Select {
	s := &Select{}
	s.Options = options
	s.ExtendBaseWidget(s)
	s.SetSelectedIndex(0)
	return s
}

// FocusGained implements fyne.Focusable.
func (s *Select) FocusGained() {
	s.Select.FocusGained()
	Reveal(s)
}

// TypedKey implements fyne.Focusable.
func (s *Select) TypedKey(e *fyne.KeyEvent) {
	s.Select.TypedKey(e)
	pass(s, e)
}

// CreateRenderer implements fyne.Widget.
func (s *Select) CreateRenderer() fyne.WidgetRenderer {
	r := &selectRenderer{WidgetRenderer: s.Select.CreateRenderer(), border: canvas.NewRectangle(color.Transparent)}
	r.border.StrokeWidth = 1
	r.paint()
	return r
}

type selectRenderer struct {
	fyne.WidgetRenderer
	border *canvas.Rectangle
}

func (r *selectRenderer) paint() {
	r.border.StrokeColor = theme.Color(fynetheme.ColorNameInputBorder)
	r.border.CornerRadius = fynetheme.InputRadiusSize()
}

func (r *selectRenderer) Layout(size fyne.Size) {
	r.WidgetRenderer.Layout(size)
	r.border.Resize(size)
}

func (r *selectRenderer) Refresh() {
	r.paint()
	r.border.Refresh()
	r.WidgetRenderer.Refresh()
}

func (r *selectRenderer) Objects() []fyne.CanvasObject {
	return append(r.WidgetRenderer.Objects(), r.border)
}
