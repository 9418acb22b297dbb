package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"github.com/parlance-chat/parlance/app/theme"
)

// Line is one line of text that gives way: it takes the width it gets and ends
// in an ellipsis where the text is longer.
type Line struct {
	widget.BaseWidget
	text  string
	size  float32
	style fyne.TextStyle
	color fyne.ThemeColorName
	whole bool
}

// NewLine returns an empty line of the given look.
func NewLine(size float32, style fyne.TextStyle, color fyne.ThemeColorName) *Line {
	l := &Line{size: size, style: style, color: color}
	l.ExtendBaseWidget(l)
	return l
}

// Whole makes the line ask for the width of its text.
func (l *Line) Whole() *Line { l.whole = true; return l }

// Set shows text in a colour of the theme.
func (l *Line) Set(text string, color fyne.ThemeColorName) {
	if l.text != text || l.color != color {
		l.text, l.color = text, color
		l.Refresh()
	}
}

// SetText shows text in the colour it had.
func (l *Line) SetText(text string) { l.Set(text, l.color) }

// Text returns what was set, uncut.
func (l *Line) Text() string { return l.text }

// CreateRenderer implements fyne.Widget.
func (l *Line) CreateRenderer() fyne.WidgetRenderer {
	r := &lineRenderer{line: l, text: canvas.NewText("", nil)}
	r.Refresh()
	return r
}

type lineRenderer struct {
	line *Line
	text *canvas.Text
}

func (r *lineRenderer) Destroy()                     {}
func (r *lineRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.text} }

func (r *lineRenderer) MinSize() fyne.Size {
	if r.line.whole {
		return fyne.MeasureText(r.line.text, r.line.size, r.line.style)
	}
	return fyne.NewSize(24, fyne.MeasureText("Mg", r.line.size, r.line.style).Height)
}

func (r *lineRenderer) Layout(size fyne.Size) {
	text := Fit(r.line.text, r.line.size, r.line.style, size.Width)
	height := r.MinSize().Height
	r.text.Move(fyne.NewPos(0, (size.Height-height)/2))
	r.text.Resize(fyne.NewSize(size.Width, height))
	if r.text.Text != text {
		r.text.Text = text
		r.text.Refresh()
	}
}

func (r *lineRenderer) Refresh() {
	r.text.TextSize, r.text.TextStyle = r.line.size, r.line.style
	r.text.Color = theme.Color(r.line.color)
	r.Layout(r.line.Size())
	r.text.Refresh()
}
