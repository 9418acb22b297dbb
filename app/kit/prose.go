package kit

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/parlance-chat/parlance/app/theme"
)

// lineSpacing is the height of a line of prose in parts of the font's own.
const lineSpacing = 1.08

// Prose is a short text that wraps at words and can tell its height before it
// has been laid out, so that what stands below it is in its place at once.
type Prose struct {
	widget.BaseWidget
	text  string
	size  float32
	style fyne.TextStyle
	color fyne.ThemeColorName
	align fyne.TextAlign
	width float32 // that MinSize answers for

	wrapped   []string // the text in lines of wrappedAt; nil: not known
	wrappedAt float32
}

// NewProse returns text in the ordinary size and colour.
func NewProse(text string) *Prose {
	p := &Prose{text: text, size: theme.TextSize, color: fynetheme.ColorNameForeground, width: 360}
	p.ExtendBaseWidget(p)
	return p
}

// Sized sets the size of the letters.
func (p *Prose) Sized(size float32) *Prose { p.size, p.wrapped = size, nil; return p }

// Bold makes the letters bold.
func (p *Prose) Bold() *Prose { p.style.Bold, p.wrapped = true, nil; return p }

// Mono sets the letters in a fixed width.
func (p *Prose) Mono() *Prose { p.style.Monospace, p.wrapped = true, nil; return p }

// Colored sets the letters' colour.
func (p *Prose) Colored(name fyne.ThemeColorName) *Prose { p.color = name; return p }

// Muted makes the letters less prominent.
func (p *Prose) Muted() *Prose { return p.Colored(fynetheme.ColorNamePlaceHolder) }

// Centered puts each line into the middle.
func (p *Prose) Centered() *Prose { p.align = fyne.TextAlignCenter; return p }

// Wide sets the width that the text is expected to have, for its height before
// the first layout.
func (p *Prose) Wide(width float32) *Prose { p.width = width; return p }

// SetText shows another text.
func (p *Prose) SetText(text string) {
	if p.text != text {
		p.text, p.wrapped = text, nil
		p.Refresh()
	}
}

// Text returns the text.
func (p *Prose) Text() string { return p.text }

// HeightFor returns the height of the text at a width.
func (p *Prose) HeightFor(width float32) float32 {
	return float32(len(p.lines(width))) * p.lineHeight()
}

func (p *Prose) lineHeight() float32 {
	return fyne.MeasureText("Mg", p.size, p.style).Height * lineSpacing
}

// lines wraps the text; a word that is too long for a line is cut. The answer is
// kept: layouts ask for the same width many times.
func (p *Prose) lines(width float32) []string {
	if p.wrapped == nil || p.wrappedAt != width {
		p.wrapped, p.wrappedAt = p.wrap(width), width
	}
	return p.wrapped
}

func (p *Prose) wrap(width float32) []string {
	var out []string
	measure := func(s string) float32 { return fyne.MeasureText(s, p.size, p.style).Width }
	space := measure(" ")
	for _, paragraph := range strings.Split(p.text, "\n") {
		line, used := "", float32(0)
		for _, word := range strings.Fields(paragraph) {
			wide := measure(word)
			if line != "" && used+space+wide <= width {
				line += " " + word
				used += space + wide
				continue
			}
			if line != "" {
				out = append(out, line)
			}
			for wide > width {
				head := headThatFits(word, width, measure)
				if head == word {
					break
				}
				out = append(out, head)
				word = word[len(head):]
				wide = measure(word)
			}
			line, used = word, wide
		}
		out = append(out, line)
	}
	return out
}

// headThatFits returns as much of the beginning of word as fits, at least one
// character.
func headThatFits(word string, width float32, measure func(string) float32) string {
	ends := clusterEnds(word)
	n := 1
	for n < len(ends) && measure(word[:ends[n]]) <= width {
		n++
	}
	return word[:ends[n-1]]
}

// Resize implements fyne.CanvasObject.
func (p *Prose) Resize(size fyne.Size) {
	if size.Width > 0 {
		p.width = size.Width
	}
	p.BaseWidget.Resize(size)
}

// MinSize implements fyne.CanvasObject: the height the text needs at the width
// it has.
func (p *Prose) MinSize() fyne.Size {
	return fyne.NewSize(40, p.HeightFor(p.width))
}

// CreateRenderer implements fyne.Widget.
func (p *Prose) CreateRenderer() fyne.WidgetRenderer {
	r := &proseRenderer{prose: p}
	r.Refresh()
	return r
}

type proseRenderer struct {
	prose *Prose
	texts []fyne.CanvasObject
}

func (r *proseRenderer) Destroy()                     {}
func (r *proseRenderer) Objects() []fyne.CanvasObject { return r.texts }
func (r *proseRenderer) MinSize() fyne.Size           { return r.prose.MinSize() }

func (r *proseRenderer) Layout(size fyne.Size) {
	p := r.prose
	lines := p.lines(size.Width)
	height := p.lineHeight()
	ink := theme.Color(p.color)
	r.texts = r.texts[:0:0]
	for i, line := range lines {
		t := canvas.NewText(level(line), ink)
		t.TextSize, t.TextStyle, t.Alignment = p.size, p.style, p.align
		t.Move(fyne.NewPos(0, float32(i)*height))
		t.Resize(fyne.NewSize(size.Width, height))
		r.texts = append(r.texts, t)
	}
}

func (r *proseRenderer) Refresh() {
	r.Layout(r.prose.Size())
	canvas.Refresh(r.prose)
}
