package msgtext

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/parlance-chat/parlance/app/theme"
)

// Text draws a Layout. What it shows is kept here, not in the renderer, which
// Fyne drops after a minute out of sight.
type Text struct {
	widget.BaseWidget

	layout      *Layout
	selection   Range
	marks       []Range
	top, bottom float32 // what is in view, in the widget's coordinates
	from, to    int     // the lines that are drawn

	grounds, marked, selected, underlines []*canvas.Rectangle
	texts                                 []*canvas.Text
	objects                               []fyne.CanvasObject
}

// eager is how many lines are drawn whether in view or not: nearly all messages
// are shorter, and need nothing done when they are scrolled.
const eager = 80

// New returns a widget that shows nothing yet.
func New() *Text {
	t := &Text{}
	t.ExtendBaseWidget(t)
	return t
}

// SetLayout replaces what is drawn. Nothing is selected or marked then.
func (t *Text) SetLayout(l *Layout) {
	if t.layout == l {
		return
	}
	t.layout, t.selection, t.marks = l, Range{}, nil
	t.from, t.to = 0, 0
	t.bottom = 0
	t.top = 0
	t.rebuild()
	t.Resize(l.Size())
}

// Layout returns what is drawn; nil at first.
func (t *Text) Layout() *Layout { return t.layout }

// Select shows a range as selected; an empty one shows none.
func (t *Text) Select(r Range) {
	if r == t.selection || r.Empty() && t.selection.Empty() {
		return
	}
	t.selection = r
	t.rebuild()
}

// Selection returns the range that is shown as selected.
func (t *Text) Selection() Range { return t.selection }

// Mark makes ranges stand out, such as the words of a search.
func (t *Text) Mark(ranges []Range) {
	if len(ranges) == 0 && len(t.marks) == 0 {
		return
	}
	t.marks = ranges
	t.rebuild()
}

// View tells which part of a long text is in view: only its lines are drawn.
func (t *Text) View(top, bottom float32) {
	if t.layout == nil || len(t.layout.lines) <= eager {
		return
	}
	t.top, t.bottom = top, bottom
	if from, to := t.linesIn(top, bottom); from < t.from || to > t.to || t.to-t.from > 4*(to-from)+eager {
		t.rebuild()
	}
}

func (t *Text) linesIn(top, bottom float32) (from, to int) {
	n := len(t.layout.lines)
	from = min(max(int(top/t.layout.height), 0), n)
	to = min(max(int(bottom/t.layout.height)+1, from), n)
	return from, to
}

// MinSize implements fyne.CanvasObject.
func (t *Text) MinSize() fyne.Size {
	if t.layout == nil {
		return fyne.Size{}
	}
	return t.layout.Size()
}

// Refresh takes over the colours of the theme.
func (t *Text) Refresh() {
	t.rebuild()
}

// rebuild lays out the objects for the lines in view, using those there are.
func (t *Text) rebuild() {
	if t.layout == nil {
		return
	}
	l := t.layout
	t.from, t.to = 0, len(l.lines)
	if len(l.lines) > eager {
		// A screen more on either side, so that scrolling seldom comes here.
		page := t.bottom - t.top
		t.from, t.to = t.linesIn(t.top-page, t.bottom+page)
	}
	foreground, link, quiet := theme.Color(fynetheme.ColorNameForeground), theme.Color(theme.ColorLink), theme.Color(theme.ColorMeta)
	var grounds, underlines []rect
	n := 0
	for i := t.from; i < t.to; i++ {
		y := float32(i) * l.height
		for _, r := range l.lines[i].runs {
			text := t.text(n)
			n++
			text.Text = l.doc.text[r.start:r.end]
			text.TextStyle = textStyle(r.style)
			text.TextSize = drawnSize(l.size, r.style)
			text.Color = foreground
			switch r.style {
			case Linked:
				text.Color = link
				underlines = append(underlines, rect{l.grid.Pos(r.x, y+l.height*0.86), fyne.NewSize(r.width, 1)})
			case Called:
				text.Color = link
			case Quiet, Faint:
				text.Color = quiet
			case Code:
				grounds = append(grounds, rect{fyne.NewPos(r.x, y+1), fyne.NewSize(r.width, l.height-2)})
			}
			text.Move(l.grid.Pos(r.x+r.pads[0], y+max(l.height-text.MinSize().Height, 0)/2))
			text.Resize(fyne.NewSize(r.width-r.pads[0]-r.pads[1], 1)) // a height above the text's own would centre it off the grid
		}
	}
	t.texts = t.texts[:n]
	var marked []rect
	for _, m := range t.marks {
		marked = append(marked, l.rects(m, t.from, t.to)...)
	}
	setRects(&t.grounds, grounds, theme.Color(theme.ColorCode), 4)
	setRects(&t.marked, marked, theme.Color(theme.ColorMark), 3)
	setRects(&t.selected, l.rects(t.selection, t.from, t.to), theme.Color(theme.ColorTextSelected), 0)
	setRects(&t.underlines, underlines, withAlpha(link, 0x90), 0)

	t.objects = t.objects[:0]
	for _, group := range [][]*canvas.Rectangle{t.grounds, t.marked, t.selected, t.underlines} {
		for _, r := range group {
			t.objects = append(t.objects, r)
		}
	}
	for _, text := range t.texts {
		t.objects = append(t.objects, text)
	}
	canvas.Refresh(t)
}

// text returns the n-th text object; those past the end of the slice are still
// in the array behind it.
func (t *Text) text(n int) *canvas.Text {
	if n < len(t.texts) {
		return t.texts[n]
	}
	if n < cap(t.texts) {
		if kept := t.texts[:n+1][n]; kept != nil {
			t.texts = t.texts[:n+1]
			return kept
		}
	}
	text := canvas.NewText("", color.Transparent)
	t.texts = append(t.texts[:n], text)
	return text
}

func setRects(have *[]*canvas.Rectangle, want []rect, fill color.Color, radius float32) {
	for len(*have) < len(want) {
		*have = append(*have, canvas.NewRectangle(color.Transparent))
	}
	*have = (*have)[:len(want)]
	for i, w := range want {
		r := (*have)[i]
		r.FillColor, r.CornerRadius = fill, radius
		r.Move(w.pos)
		r.Resize(w.size)
	}
}

func withAlpha(c color.Color, alpha uint8) color.Color {
	n := color.NRGBAModel.Convert(c).(color.NRGBA)
	n.A = alpha
	return n
}

// CreateRenderer implements fyne.Widget.
func (t *Text) CreateRenderer() fyne.WidgetRenderer { return &renderer{t} }

type renderer struct{ t *Text }

func (r *renderer) Layout(fyne.Size)             {}
func (r *renderer) MinSize() fyne.Size           { return r.t.MinSize() }
func (r *renderer) Refresh()                     { r.t.rebuild() }
func (r *renderer) Objects() []fyne.CanvasObject { return r.t.objects }
func (r *renderer) Destroy()                     {}
