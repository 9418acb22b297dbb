package kit

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/parlance-chat/parlance/app/theme"
)

// Panel is a ground of one colour of the theme behind an object, with rounded
// corners and a hairline if asked for. It follows a change of the theme, which a
// plain rectangle does not.
type Panel struct {
	widget.BaseWidget
	fill   fyne.ThemeColorName
	edge   fyne.ThemeColorName
	radius float32
	inset  Inset
	object fyne.CanvasObject
}

// NewPanel returns a ground of a colour behind object, which may be nil. No
// colour ("") is no ground.
func NewPanel(fill fyne.ThemeColorName, inset Inset, object fyne.CanvasObject) *Panel {
	p := &Panel{fill: fill, inset: inset, object: object}
	p.ExtendBaseWidget(p)
	return p
}

// Rounded rounds the corners.
func (p *Panel) Rounded(radius float32) *Panel { p.radius = radius; return p }

// Edged draws a hairline around.
func (p *Panel) Edged(name fyne.ThemeColorName) *Panel { p.edge = name; return p }

// SetFill changes the colour of the ground.
func (p *Panel) SetFill(name fyne.ThemeColorName) {
	if p.fill != name {
		p.fill = name
		p.Refresh()
	}
}

// Resize implements fyne.CanvasObject; the object gets its width before anyone
// asks for its height.
func (p *Panel) Resize(size fyne.Size) {
	p.BaseWidget.Resize(size)
	if p.object != nil {
		p.inset.Layout([]fyne.CanvasObject{p.object}, size)
	}
}

// MinSize implements fyne.CanvasObject.
func (p *Panel) MinSize() fyne.Size {
	if p.object == nil {
		return p.inset.MinSize(nil)
	}
	return p.inset.MinSize([]fyne.CanvasObject{p.object})
}

// CreateRenderer implements fyne.Widget.
func (p *Panel) CreateRenderer() fyne.WidgetRenderer {
	r := &panelRenderer{panel: p, ground: canvas.NewRectangle(nil)}
	r.objects = []fyne.CanvasObject{r.ground}
	if p.object != nil {
		r.objects = append(r.objects, p.object)
	}
	r.paint()
	return r
}

type panelRenderer struct {
	panel   *Panel
	ground  *canvas.Rectangle
	objects []fyne.CanvasObject
}

func (r *panelRenderer) Destroy()                     {}
func (r *panelRenderer) Objects() []fyne.CanvasObject { return r.objects }
func (r *panelRenderer) MinSize() fyne.Size           { return r.panel.MinSize() }

func (r *panelRenderer) Layout(size fyne.Size) {
	r.ground.Resize(size)
	if r.panel.object != nil {
		r.panel.inset.Layout(r.objects[1:], size)
	}
}

func (r *panelRenderer) paint() {
	r.ground.FillColor = color.Transparent
	if r.panel.fill != "" {
		r.ground.FillColor = theme.Color(r.panel.fill)
	}
	r.ground.CornerRadius = r.panel.radius
	if r.panel.edge != "" {
		r.ground.StrokeWidth, r.ground.StrokeColor = 1, theme.Color(r.panel.edge)
	}
}

func (r *panelRenderer) Refresh() {
	r.paint()
	r.Layout(r.panel.Size())
	r.ground.Refresh()
	if r.panel.object != nil {
		r.panel.object.Refresh()
	}
}

// Rule is a hairline across or down.
type Rule struct {
	widget.BaseWidget
}

// NewRule returns a hairline as thick as a separator of the theme.
func NewRule() *Rule {
	r := &Rule{}
	r.ExtendBaseWidget(r)
	return r
}

// CreateRenderer implements fyne.Widget.
func (r *Rule) CreateRenderer() fyne.WidgetRenderer {
	line := canvas.NewRectangle(theme.Color(fynetheme.ColorNameSeparator))
	return &ruleRenderer{line: line}
}

type ruleRenderer struct{ line *canvas.Rectangle }

func (r *ruleRenderer) Destroy()                     {}
func (r *ruleRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.line} }
func (r *ruleRenderer) MinSize() fyne.Size           { return fyne.NewSquareSize(1) }
func (r *ruleRenderer) Layout(size fyne.Size)        { r.line.Resize(size) }
func (r *ruleRenderer) Refresh() {
	r.line.FillColor = theme.Color(fynetheme.ColorNameSeparator)
	r.line.Refresh()
}
