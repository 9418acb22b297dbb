package composer

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/parlance-chat/parlance/app/kit"
	"github.com/parlance-chat/parlance/app/theme"
)

const (
	marginX float32 = 14
	marginY float32 = 10
	gap     float32 = 8
)

// line says under the box what is the matter, with something to do about it.
type line struct {
	text    *widget.Label
	action  *kit.Button
	counter *canvas.Text
}

func newLine(act func()) *line {
	l := &line{
		text:    widget.NewLabel(""),
		action:  kit.NewQuietButton("", nil, act),
		counter: canvas.NewText("", nil),
	}
	l.text.Wrapping = fyne.TextWrapWord
	l.text.SizeName = fynetheme.SizeNameCaptionText
	l.counter.TextSize = theme.CaptionSize
	return l
}

// say shows a text, as an error or not, with a button if action is not empty.
func (l *line) say(text string, bad bool, action, counter string) {
	l.text.Importance = widget.MediumImportance
	if bad {
		l.text.Importance = widget.DangerImportance
	}
	l.text.SetText(text)
	l.text.Hidden = text == ""
	l.action.SetText(action)
	l.action.Hidden = action == ""
	l.counter.Text = counter
	l.counter.Hidden = counter == ""
}

func (l *line) empty() bool { return l.text.Hidden && l.counter.Hidden }

// height returns how much room the line takes at the width it has.
func (l *line) height() float32 {
	h := float32(0)
	if !l.text.Hidden {
		h = l.text.MinSize().Height
	}
	if !l.action.Hidden {
		h = max(h, l.action.MinSize().Height)
	}
	if !l.counter.Hidden {
		h = max(h, l.counter.MinSize().Height+8)
	}
	return h
}

// CreateRenderer implements fyne.Widget.
func (c *Composer) CreateRenderer() fyne.WidgetRenderer {
	r := &renderer{c}
	r.recolour()
	return r
}

type renderer struct{ c *Composer }

func (r *renderer) recolour() {
	r.c.ground.FillColor = theme.Color(fynetheme.ColorNameBackground)
	r.c.rule.FillColor = theme.Color(fynetheme.ColorNameSeparator)
	r.c.line.counter.Color = theme.Color(theme.ColorMeta)
	r.c.bar.recolour()
	r.c.list.Refresh()
}

// Layout puts the button beside the last row of the box, and the line under it.
func (r *renderer) Layout(size fyne.Size) {
	c, l := r.c, r.c.line
	c.ground.Resize(size)
	c.rule.Resize(fyne.NewSize(size.Width, 1))
	if c.shut.open() {
		c.shut.arrange(size)
		return
	}
	button := c.buttonSize()
	width := size.Width - 2*marginX - gap - button
	top := r.above()
	below := r.below()
	height := max(size.Height-top-below, button)
	c.bar.arrange(fyne.NewPos(marginX, barTop), size.Width-2*marginX, theme.GridOf(c))
	c.box.Move(fyne.NewPos(marginX, top))
	c.box.Resize(fyne.NewSize(width, height))
	c.fitPlaceHolder()
	c.button.Move(fyne.NewPos(marginX+width+gap, top+height-button))
	c.button.Resize(fyne.NewSquareSize(button))
	c.list.place(fyne.NewPos(marginX, top-listGap), width)

	room := size.Width - 2*marginX
	y := top + height
	if !l.counter.Hidden {
		least := l.counter.MinSize()
		l.counter.Resize(least)
		l.counter.Move(theme.GridOf(c).Pos(marginX+room-least.Width, y+8))
		room -= least.Width + gap
	}
	if !l.action.Hidden {
		least := l.action.MinSize()
		l.action.Resize(least)
		l.action.Move(fyne.NewPos(marginX+room-least.Width, y+2))
		room -= least.Width + gap
	}
	// A label's text is set in from its edges.
	inset := c.Theme().Size(fynetheme.SizeNameInnerPadding)
	l.text.Move(fyne.NewPos(marginX-inset+2, y))
	l.text.Resize(fyne.NewSize(room+inset, l.text.MinSize().Height))
}

// fitPlaceHolder cuts what the empty box says to one row: one of several would make
// the box grow, and shrink with the first key.
func (c *Composer) fitPlaceHolder() {
	t, text := c.Theme(), c.placeholder
	if width := c.box.Size().Width; width > 0 {
		room := width - 2*t.Size(fynetheme.SizeNameInnerPadding) - 2*t.Size(fynetheme.SizeNameInputBorder)
		text = kit.Fit(text, t.Size(fynetheme.SizeNameText), fyne.TextStyle{}, room)
	}
	if text != c.box.PlaceHolder {
		c.box.SetPlaceHolder(text)
	}
}

// buttonSize is the height of the box with one row.
func (c *Composer) buttonSize() float32 {
	t := c.Theme()
	return fyne.MeasureText("M", t.Size(fynetheme.SizeNameText), fyne.TextStyle{}).Height +
		2*t.Size(fynetheme.SizeNameInnerPadding) + 2*t.Size(fynetheme.SizeNameInputBorder)
}

// above returns the room over the box.
func (r *renderer) above() float32 {
	if r.c.bar.empty() {
		return marginY
	}
	return barTop + barHeight + barGap
}

// below returns the room under the box.
func (r *renderer) below() float32 {
	if r.c.line.empty() {
		return marginY
	}
	return r.c.line.height() + 2
}

func (r *renderer) MinSize() fyne.Size {
	if r.c.shut.open() {
		return fyne.NewSize(200, r.c.shut.height())
	}
	return fyne.NewSize(200, r.above()+r.c.box.MinSize().Height+r.below())
}

func (r *renderer) Refresh() {
	r.recolour()
	r.Layout(r.c.Size())
	canvas.Refresh(r.c)
}

func (r *renderer) Objects() []fyne.CanvasObject {
	c, l := r.c, r.c.line
	if c.shut.open() {
		return []fyne.CanvasObject{c.ground, c.rule, c.shut.text, c.shut.action}
	}
	objects := []fyne.CanvasObject{c.ground, c.rule}
	if !c.bar.empty() {
		objects = append(objects, c.bar.objects()...)
	}
	return append(objects, c.box, c.button, l.text, l.action, l.counter, c.list)
}

func (r *renderer) Destroy() {}
