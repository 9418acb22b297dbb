package kit

import (
	"image/color"
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/parlance-chat/parlance/app/theme"
)

const (
	sheetRadius  float32 = 14
	sheetPadding float32 = 24
	sheetMargin  float32 = 24 // to the window's edges, at the least
	// sheetRest is how far from its place the card stays, so that a line that comes or
	// goes in it does not move the rest.
	sheetRest         = 40
	titleGap  float32 = 14
	footerGap float32 = 20
	// edge is how far what scrolls reaches over the body's right side: Fyne's entries
	// draw over theirs, and the scroll bar is to stand beside the body, not on it.
	edge float32 = 12
	// keyStep is how far the arrow keys scroll.
	keyStep float32 = 40
)

// Sheet is a card over the window that asks or tells something and keeps all
// else from being used meanwhile. What does not fit the window scrolls.
type Sheet struct {
	widget.BaseWidget

	// OnKey is called for the keys typed while nothing in the sheet has the focus
	// but itself, but for those that scroll; may be nil.
	OnKey func(fyne.KeyName)
	// OnClosed is called once when the sheet goes; may be nil.
	OnClosed func()

	width  float32
	body   fyne.CanvasObject
	scroll *container.Scroll
	title  *Line
	footer *fyne.Container
	canvas fyne.Canvas
}

// NewSheet returns a sheet of the given width with a title, a body and buttons
// at its lower right, the most important last. It is not shown yet.
func NewSheet(width float32, title string, body fyne.CanvasObject, buttons ...fyne.CanvasObject) *Sheet {
	s := &Sheet{width: width, body: body}
	s.title = NewLine(theme.TextSize+4, fyne.TextStyle{Bold: true}, fynetheme.ColorNameForeground)
	s.title.SetText(title)
	s.scroll = container.NewVScroll(container.New(scrolled{}, body))
	s.footer = container.New(trailing{gap: 8}, buttons...)
	if len(buttons) == 0 {
		s.footer.Hide()
	}
	s.ExtendBaseWidget(s)
	return s
}

// ShowOn puts the sheet over the window of c and focuses first, if it is not nil.
func (s *Sheet) ShowOn(c fyne.Canvas, first fyne.Focusable) {
	s.canvas = c
	c.Overlays().Add(s)
	s.BaseWidget.Resize(c.Size())
	if first != nil {
		c.Focus(first)
	}
}

// FocusGained implements fyne.Focusable.
func (s *Sheet) FocusGained() {}

// FocusLost implements fyne.Focusable.
func (s *Sheet) FocusLost() {}

// TypedRune implements fyne.Focusable.
func (s *Sheet) TypedRune(rune) {}

// TypedKey implements fyne.Focusable. It scrolls what is higher than the card.
func (s *Sheet) TypedKey(e *fyne.KeyEvent) {
	page := s.scroll.Size().Height - keyStep
	step, scrolls := map[fyne.KeyName]float32{
		fyne.KeyUp: -keyStep, fyne.KeyDown: keyStep, fyne.KeyPageUp: -page, fyne.KeyPageDown: page,
		fyne.KeyHome: -s.body.Size().Height, fyne.KeyEnd: s.body.Size().Height,
	}[e.Name]
	switch {
	case scrolls:
		most := max(s.body.Size().Height-s.scroll.Size().Height, 0)
		s.scroll.ScrollToOffset(fyne.NewPos(0, min(max(s.scroll.Offset.Y+step, 0), most)))
	case s.OnKey != nil:
		s.OnKey(e.Name)
	}
}

// Close takes the sheet away. It is idempotent.
func (s *Sheet) Close() {
	if s.canvas == nil {
		return
	}
	s.canvas.Overlays().Remove(s)
	s.canvas = nil
	if s.OnClosed != nil {
		s.OnClosed()
	}
}

// Relayout makes room for a body that has grown or shrunk.
func (s *Sheet) Relayout() { s.Refresh() }

// heightFor returns the height the card's parts would like at a width.
func (s *Sheet) heightFor(width float32) float32 {
	s.body.Resize(fyne.NewSize(width, s.body.MinSize().Height))
	height := s.title.MinSize().Height + titleGap + s.body.MinSize().Height
	if s.footer.Visible() {
		height += footerGap + s.footer.MinSize().Height
	}
	return height
}

// CreateRenderer implements fyne.Widget.
func (s *Sheet) CreateRenderer() fyne.WidgetRenderer {
	r := &sheetRenderer{sheet: s, shade: canvas.NewRectangle(nil), ground: canvas.NewRectangle(nil)}
	r.ground.CornerRadius = sheetRadius
	r.ground.StrokeWidth = 1
	r.paint()
	return r
}

type sheetRenderer struct {
	sheet         *Sheet
	shade, ground *canvas.Rectangle
	size          fyne.Size // of the window, when the card was placed last
}

func (r *sheetRenderer) Destroy()           {}
func (r *sheetRenderer) MinSize() fyne.Size { return fyne.NewSize(0, 0) }
func (r *sheetRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.shade, r.ground, r.sheet.title, r.sheet.scroll, r.sheet.footer}
}

func (r *sheetRenderer) Layout(size fyne.Size) {
	r.shade.Resize(size)
	width := min(r.sheet.width, size.Width-2*sheetMargin)
	inner := max(0, width-2*sheetPadding)
	height := min(r.sheet.heightFor(inner), max(0, size.Height-2*sheetMargin-2*sheetPadding))
	outer := fyne.NewSize(width, height+2*sheetPadding)
	at := fyne.NewPos((size.Width-outer.Width)/2, max(sheetMargin, (size.Height-outer.Height)*0.45))
	if before := r.ground.Position().Y; size == r.size && before+outer.Height <= size.Height-sheetMargin && math.Abs(float64(at.Y-before)) < sheetRest {
		at.Y = before
	}
	r.size = size
	r.ground.Move(at)
	r.ground.Resize(outer)
	r.place(at.AddXY(sheetPadding, sheetPadding), fyne.NewSize(inner, height))
}

// place lays the card's parts out from a point.
func (r *sheetRenderer) place(at fyne.Position, size fyne.Size) {
	s := r.sheet
	titleHeight := s.title.MinSize().Height
	s.title.Move(at)
	s.title.Resize(fyne.NewSize(size.Width, titleHeight))
	top, bottom := titleHeight+titleGap, size.Height
	if s.footer.Visible() {
		height := s.footer.MinSize().Height
		s.footer.Move(at.AddXY(0, size.Height-height))
		s.footer.Resize(fyne.NewSize(size.Width, height))
		bottom -= height + footerGap
	}
	s.scroll.Move(at.AddXY(0, top))
	// 1: no scroll bar for a rounding error.
	s.scroll.Resize(fyne.NewSize(size.Width+edge, bottom-top+1))
}

func (r *sheetRenderer) paint() {
	r.shade.FillColor = color.NRGBA{A: 0x66}
	if theme.IsDark() {
		r.shade.FillColor = color.NRGBA{A: 0x99}
	}
	r.ground.FillColor = theme.Color(fynetheme.ColorNameOverlayBackground)
	r.ground.StrokeColor = theme.Color(fynetheme.ColorNameSeparator)
}

func (r *sheetRenderer) Refresh() {
	r.paint()
	r.Layout(r.sheet.Size())
	r.shade.Refresh()
	r.ground.Refresh()
	for _, o := range []fyne.CanvasObject{r.sheet.title, r.sheet.scroll, r.sheet.footer} {
		o.Refresh()
	}
}

// scrolled gives the body of a sheet the width of the sheet and its own height.
type scrolled struct{}

func (scrolled) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(0, objects[0].MinSize().Height)
}

func (scrolled) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	objects[0].Resize(fyne.NewSize(size.Width-edge, size.Height))
}

// trailing lays buttons out from the right.
type trailing struct{ gap float32 }

func (t trailing) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return Row{Gap: t.gap, Grow: -1}.MinSize(objects)
}

func (t trailing) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	x := size.Width
	for i := len(objects) - 1; i >= 0; i-- {
		o := objects[i]
		if !o.Visible() {
			continue
		}
		m := o.MinSize()
		o.Resize(fyne.NewSize(m.Width, size.Height))
		o.Move(fyne.NewPos(x-m.Width, 0))
		x -= m.Width + t.gap
	}
}
