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
	listWide float32 = 320
)

// nameList offers names above the box: over the messages, which do not move. It
// never has the focus, for one goes on typing.
type nameList struct {
	widget.BaseWidget
	taken  func(name string)
	names  []string
	at     int // which is chosen
	top    int // the first in view
	room   float32
	over   bool // the pointer is
	left   func()
	ground *canvas.Rectangle
	shadow *canvas.Rectangle
	mark   *canvas.Rectangle
	texts  [listMost]*canvas.Text
}

func newNameList(taken func(name string), left func()) *nameList {
	l := &nameList{
		taken:  taken,
		left:   left,
		room:   listWide,
		ground: canvas.NewRectangle(color.Transparent),
		shadow: canvas.NewRectangle(color.Transparent),
		mark:   canvas.NewRectangle(color.Transparent),
	}
	l.ground.CornerRadius, l.shadow.CornerRadius, l.mark.CornerRadius = 8, 9, 5
	l.ground.StrokeWidth = 1
	for i := range l.texts {
		l.texts[i] = canvas.NewText("", color.Transparent)
		l.texts[i].TextSize = theme.TextSize
	}
	l.ExtendBaseWidget(l)
	l.Hide()
	return l
}

func (l *nameList) open() bool { return len(l.names) > 0 }

// offer shows names, the first one chosen; none hides the list.
func (l *nameList) offer(names []string) {
	l.names, l.at, l.top = names, 0, 0
	if l.open() {
		l.Show()
	} else {
		l.over = false
		l.Hide()
	}
	l.Refresh()
}

func (l *nameList) chosen() string { return l.names[l.at] }

// choose goes to the next name, and from the last to the first.
func (l *nameList) choose(step int) {
	n := len(l.names)
	l.at = (l.at + step + n) % n
	l.top = min(max(l.top, l.at-listMost+1), l.at)
	l.Refresh()
}

// place puts the list above a point, no wider than width.
func (l *nameList) place(at fyne.Position, width float32) {
	l.room = min(width, listWide)
	size := l.MinSize()
	l.Resize(size)
	l.Move(at.SubtractXY(0, size.Height))
}

func (l *nameList) shown() []string { return l.names[l.top:min(l.top+listMost, len(l.names))] }

// MinSize implements fyne.CanvasObject.
func (l *nameList) MinSize() fyne.Size {
	width := float32(160)
	for _, name := range l.names {
		width = max(width, fyne.MeasureText(name, theme.TextSize, fyne.TextStyle{}).Width+2*(listPad+9))
	}
	return fyne.NewSize(min(width, l.room), float32(len(l.shown()))*listRow+2*listPad)
}

// Refresh implements fyne.CanvasObject.
func (l *nameList) Refresh() {
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
	for i, t := range l.texts {
		if t.Hidden = i >= len(shown); t.Hidden {
			continue
		}
		var own fyne.Size
		t.Text, own = msgtext.Ellipsis(shown[i], size.Width-2*(listPad+9), t.TextSize, t.TextStyle)
		t.Color = theme.Color(fynetheme.ColorNameForeground)
		t.Resize(own)
		t.Move(theme.GridOf(l).Pos(listPad+9, listPad+float32(i)*listRow+(listRow-own.Height)/2))
	}
	canvas.Refresh(l)
}

// indexAt returns which name stands at a point, or -1.
func (l *nameList) indexAt(p fyne.Position) int {
	i := int((p.Y - listPad) / listRow)
	if p.Y < listPad || i >= len(l.shown()) {
		return -1
	}
	return l.top + i
}

// Tapped implements fyne.Tappable.
func (l *nameList) Tapped(e *fyne.PointEvent) {
	if i := l.indexAt(e.Position); i >= 0 {
		l.taken(l.names[i])
	}
}

// MouseIn implements desktop.Hoverable.
func (l *nameList) MouseIn(e *desktop.MouseEvent) { l.MouseMoved(e) }

// MouseMoved implements desktop.Hoverable.
func (l *nameList) MouseMoved(e *desktop.MouseEvent) {
	l.over = true
	if i := l.indexAt(e.Position); i >= 0 && i != l.at {
		l.at = i
		l.Refresh()
	}
}

// MouseOut implements desktop.Hoverable.
func (l *nameList) MouseOut() {
	l.over = false
	l.left()
}

// Cursor implements desktop.Cursorable.
func (l *nameList) Cursor() desktop.Cursor { return desktop.PointerCursor }

// CreateRenderer implements fyne.Widget.
func (l *nameList) CreateRenderer() fyne.WidgetRenderer {
	objects := []fyne.CanvasObject{l.shadow, l.ground, l.mark}
	for _, t := range l.texts {
		objects = append(objects, t)
	}
	return &listRenderer{l, objects}
}

type listRenderer struct {
	l       *nameList
	objects []fyne.CanvasObject
}

func (r *listRenderer) Layout(fyne.Size)             {}
func (r *listRenderer) MinSize() fyne.Size           { return r.l.MinSize() }
func (r *listRenderer) Refresh()                     { r.l.Refresh() }
func (r *listRenderer) Objects() []fyne.CanvasObject { return r.objects }
func (r *listRenderer) Destroy()                     {}
