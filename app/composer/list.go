package composer

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/parlance-chat/parlance/app/msgtext"
	"github.com/parlance-chat/parlance/app/theme"
)

const (
	listRow  float32 = 30
	listPad  float32 = 5
	listGap  float32 = 4 // to the box
	listMost         = 6 // how many are in view
	listWide float32 = 520
)

// suggestion is something to be put in for what was typed of it.
type suggestion struct {
	text string
	hint string // what it is for, may be empty
}

// suggestions offers names or commands above the box: over the messages, which do
// not move. It never has the focus, for one goes on typing.
type suggestions struct {
	widget.BaseWidget
	taken  func(suggestion)
	items  []suggestion
	at     int // which is chosen
	top    int // the first in view
	room   float32
	over   bool // the pointer is
	left   func()
	ground *canvas.Rectangle
	shadow *canvas.Rectangle
	mark   *canvas.Rectangle
	thumb  *canvas.Rectangle // says that there are more, and where one is
	texts  [listMost]*canvas.Text
	hints  [listMost]*canvas.Text
}

func newSuggestions(taken func(suggestion), left func()) *suggestions {
	l := &suggestions{
		taken:  taken,
		left:   left,
		room:   listWide,
		ground: canvas.NewRectangle(color.Transparent),
		shadow: canvas.NewRectangle(color.Transparent),
		mark:   canvas.NewRectangle(color.Transparent),
		thumb:  canvas.NewRectangle(color.Transparent),
	}
	l.thumb.CornerRadius = 1.5
	l.ground.CornerRadius, l.shadow.CornerRadius, l.mark.CornerRadius = 8, 9, 5
	l.ground.StrokeWidth = 1
	for i := range l.texts {
		l.texts[i] = canvas.NewText("", color.Transparent)
		l.texts[i].TextSize = theme.TextSize
		l.hints[i] = canvas.NewText("", color.Transparent)
		l.hints[i].TextSize = theme.NameSize
	}
	l.ExtendBaseWidget(l)
	l.Hide()
	return l
}

func (l *suggestions) open() bool { return len(l.items) > 0 }

// offer shows suggestions, the first one chosen; none hides the list.
func (l *suggestions) offer(items []suggestion) {
	l.items, l.at, l.top = items, 0, 0
	if l.open() {
		l.Show()
	} else {
		l.over = false
		l.Hide()
	}
	l.Refresh()
}

func (l *suggestions) chosen() suggestion { return l.items[l.at] }

// choose goes to the next, and from the last to the first.
func (l *suggestions) choose(step int) {
	n := len(l.items)
	l.at = (l.at + step + n) % n
	l.top = min(max(l.top, l.at-listMost+1), l.at)
	l.Refresh()
}

// place puts the list above a point, no wider than width.
func (l *suggestions) place(at fyne.Position, width float32) {
	l.room = min(width, listWide)
	size := l.MinSize()
	l.Resize(size)
	l.Move(at.SubtractXY(0, size.Height))
}

func (l *suggestions) shown() []suggestion { return l.items[l.top:min(l.top+listMost, len(l.items))] }

// MinSize implements fyne.CanvasObject.
func (l *suggestions) MinSize() fyne.Size {
	width := float32(160)
	for _, item := range l.items {
		own := fyne.MeasureText(item.text, theme.TextSize, fyne.TextStyle{}).Width + 2*(listPad+9)
		if item.hint != "" {
			own = l.column() + hintGap + fyne.MeasureText(item.hint, theme.NameSize, fyne.TextStyle{}).Width + 2*(listPad+9)
		}
		width = max(width, own)
	}
	return fyne.NewSize(min(width, l.room), float32(len(l.shown()))*listRow+2*listPad)
}

// hintGap lies between the texts and the hints.
const hintGap float32 = 14

// column is how wide the texts are, so that the hints stand below one another.
func (l *suggestions) column() float32 {
	var width float32
	for _, item := range l.items {
		width = max(width, fyne.MeasureText(item.text, theme.TextSize, fyne.TextStyle{}).Width)
	}
	return width
}

// Refresh implements fyne.CanvasObject.
func (l *suggestions) Refresh() {
	size := l.MinSize()
	l.ground.FillColor = theme.Color(fynetheme.ColorNameMenuBackground)
	l.ground.StrokeColor = theme.Color(fynetheme.ColorNameSeparator)
	l.shadow.FillColor = theme.Color(fynetheme.ColorNameShadow)
	l.mark.FillColor = theme.Color(theme.ColorSelectedRow)
	l.ground.Resize(size)
	l.shadow.Resize(size.AddWidthHeight(2, 2))
	l.shadow.Move(fyne.NewPos(-1, 0))
	l.mark.Resize(fyne.NewSize(size.Width-2*listPad, listRow))
	l.mark.Move(fyne.NewPos(listPad, listPad+float32(l.at-l.top)*listRow))
	shown := l.shown()
	if l.thumb.Hidden = len(shown) == len(l.items); !l.thumb.Hidden {
		l.thumb.FillColor = theme.Color(fynetheme.ColorNameScrollBar)
		each := float32(listMost) * listRow / float32(len(l.items))
		l.thumb.Resize(fyne.NewSize(3, each*listMost))
		l.thumb.Move(fyne.NewPos(size.Width-listPad, listPad+each*float32(l.top)))
	}
	column := l.column()
	for i := range l.texts {
		text, hint := l.texts[i], l.hints[i]
		if text.Hidden, hint.Hidden = i >= len(shown), i >= len(shown); text.Hidden {
			continue
		}
		text.Color, hint.Color = theme.Color(fynetheme.ColorNameForeground), theme.Color(theme.ColorMeta)
		room := size.Width - 2*(listPad+9)
		l.put(text, shown[i].text, i, 0, room)
		hint.Hidden = shown[i].hint == ""
		l.put(hint, shown[i].hint, i, column+hintGap, room-column-hintGap)
	}
	canvas.Refresh(l)
}

// put places a text in the row of that index.
func (l *suggestions) put(t *canvas.Text, says string, row int, x, room float32) {
	var own fyne.Size
	t.Text, own = msgtext.Ellipsis(says, max(room, 0), t.TextSize, t.TextStyle)
	t.Resize(own)
	t.Move(theme.GridOf(l).Pos(listPad+9+x, listPad+float32(row)*listRow+(listRow-own.Height)/2))
}

// indexAt returns which suggestion stands at a point, or -1.
func (l *suggestions) indexAt(p fyne.Position) int {
	i := int((p.Y - listPad) / listRow)
	if p.Y < listPad || i >= len(l.shown()) {
		return -1
	}
	return l.top + i
}

// Tapped implements fyne.Tappable.
func (l *suggestions) Tapped(e *fyne.PointEvent) {
	if i := l.indexAt(e.Position); i >= 0 {
		l.taken(l.items[i])
	}
}

// Scrolled implements fyne.Scrollable.
func (l *suggestions) Scrolled(e *fyne.ScrollEvent) {
	step := 1
	if e.Scrolled.DY > 0 {
		step = -1
	}
	l.top = max(0, min(l.top+step, len(l.items)-listMost))
	l.at = min(max(l.at, l.top), l.top+len(l.shown())-1)
	l.Refresh()
}

// MouseIn implements desktop.Hoverable.
func (l *suggestions) MouseIn(e *desktop.MouseEvent) { l.MouseMoved(e) }

// MouseMoved implements desktop.Hoverable.
func (l *suggestions) MouseMoved(e *desktop.MouseEvent) {
	l.over = true
	if i := l.indexAt(e.Position); i >= 0 && i != l.at {
		l.at = i
		l.Refresh()
	}
}

// MouseOut implements desktop.Hoverable.
func (l *suggestions) MouseOut() {
	l.over = false
	l.left()
}

// Cursor implements desktop.Cursorable.
func (l *suggestions) Cursor() desktop.Cursor { return desktop.PointerCursor }

// CreateRenderer implements fyne.Widget.
func (l *suggestions) CreateRenderer() fyne.WidgetRenderer {
	objects := []fyne.CanvasObject{l.shadow, l.ground, l.mark, l.thumb}
	for i := range l.texts {
		objects = append(objects, l.texts[i], l.hints[i])
	}
	return &listRenderer{l, objects}
}

type listRenderer struct {
	l       *suggestions
	objects []fyne.CanvasObject
}

func (r *listRenderer) Layout(fyne.Size)             {}
func (r *listRenderer) MinSize() fyne.Size           { return r.l.MinSize() }
func (r *listRenderer) Refresh()                     { r.l.Refresh() }
func (r *listRenderer) Objects() []fyne.CanvasObject { return r.objects }
func (r *listRenderer) Destroy()                     {}
