package people

import (
	"slices"
	"sort"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"github.com/parlance-chat/parlance/app/theme"
)

// List shows rows. It must be used on the UI goroutine.
type List struct {
	widget.BaseWidget

	// OnSelected is called when the user picks a row, by pointer or by key; not
	// when Select does.
	OnSelected func(key string)
	// OnFold is called when a heading is tapped.
	OnFold func(key string)
	// OnMenu is called when a row's menu is asked for; may be nil.
	OnMenu func(key string, at fyne.Position)
	// OnEntered is called for the keys that lead out of the list, Enter, the space bar
	// and Escape; may be nil.
	OnEntered func()
	// OnTyped is called for a character typed while the list has the focus; may be nil.
	OnTyped func(rune)

	rows     []Row
	tops     []float32 // where each row begins; one more for the end
	selected string
	focused  bool

	scroll *container.Scroll
	area   *area
}

// NewList returns an empty list.
func NewList() *List {
	l := &List{tops: []float32{0}}
	l.area = newArea(l)
	l.scroll = container.NewVScroll(l.area)
	l.scroll.OnScrolled = func(fyne.Position) { l.area.arrange() }
	l.ExtendBaseWidget(l)
	return l
}

// SetRows shows rows in their order.
func (l *List) SetRows(rows []Row) {
	l.rows = rows
	l.tops = make([]float32, len(rows)+1)
	for i, r := range rows {
		l.tops[i+1] = l.tops[i] + r.height()
	}
	l.scroll.Refresh()
	l.area.arrange()
}

// Rows returns what is shown, for tests and for moving through the list.
func (l *List) Rows() []Row { return l.rows }

// Selected returns the key of the selected row, or an empty string.
func (l *List) Selected() string { return l.selected }

// Select marks the row with key and brings it into sight; an empty key marks
// none. A key that no row has stays the selection until one has it.
func (l *List) Select(key string) {
	if l.selected == key {
		return
	}
	l.selected = key
	l.reveal()
	l.area.arrange()
}

// Step picks the row that stands by rows after the selected one (before it, if
// by is negative), skipping headings. It returns false at the list's ends.
func (l *List) Step(by int) bool {
	i := l.index(l.selected)
	dir := 1
	if by < 0 {
		dir, by = -1, -by
		if i < 0 {
			i = len(l.rows)
		}
	}
	found := -1
	for i += dir; i >= 0 && i < len(l.rows) && by > 0; i += dir {
		if !l.rows[i].Heading {
			found = i
			by--
		}
	}
	if found < 0 {
		return false
	}
	l.pick(l.rows[found].Key)
	return true
}

func (l *List) pick(key string) {
	l.Select(key)
	if l.OnSelected != nil {
		l.OnSelected(key)
	}
}

func (l *List) tapped(row Row) {
	if row.Heading {
		if l.OnFold != nil {
			l.OnFold(row.Key)
		}
		return
	}
	l.pick(row.Key)
}

func (l *List) menu(row Row, at fyne.Position) {
	if l.OnMenu != nil {
		l.OnMenu(row.Key, at)
	}
}

// menuOfSelected asks for the menu of the selected row, beside it.
func (l *List) menuOfSelected() {
	i := l.index(l.selected)
	if i < 0 {
		return
	}
	l.reveal()
	at := fyne.CurrentApp().Driver().AbsolutePositionForObject(l.area)
	l.menu(l.rows[i], at.AddXY(rowInset+rowPadding+theme.ListAvatar, l.tops[i+1]))
}

func (l *List) index(key string) int {
	for i, r := range l.rows {
		if r.Key == key && !r.Heading {
			return i
		}
	}
	return -1
}

// reveal scrolls as little as needed to show the selected row.
func (l *List) reveal() {
	i := l.index(l.selected)
	height := l.scroll.Size().Height
	if i < 0 || height <= 0 {
		return
	}
	top := l.tops[i]
	if i > 0 && l.rows[i-1].Heading {
		top = l.tops[i-1]
	}
	offset := l.scroll.Offset.Y
	if top < offset {
		offset = top
	} else if l.tops[i+1] > offset+height {
		offset = l.tops[i+1] - height
	}
	l.scrollTo(offset)
}

func (l *List) scrollTo(offset float32) {
	l.scroll.ScrollToOffset(fyne.NewPos(0, offset)) // which calls nobody
	l.area.arrange()
}

// FocusGained implements fyne.Focusable.
func (l *List) FocusGained() {
	l.focused = true
	l.area.arrange()
}

// FocusLost implements fyne.Focusable.
func (l *List) FocusLost() {
	l.focused = false
	l.area.arrange()
}

// TypedRune implements fyne.Focusable.
func (l *List) TypedRune(r rune) {
	switch {
	case r == ' ':
		l.entered()
	case l.OnTyped != nil:
		l.OnTyped(r)
	}
}

func (l *List) entered() {
	if l.OnEntered != nil {
		l.OnEntered()
	}
}

// TypedKey implements fyne.Focusable.
func (l *List) TypedKey(e *fyne.KeyEvent) {
	page := max(1, int(l.scroll.Size().Height/rowHeight)-1)
	switch e.Name {
	case fyne.KeyDown:
		l.Step(1)
	case fyne.KeyUp:
		l.Step(-1)
	case fyne.KeyPageDown:
		l.Step(page)
	case fyne.KeyPageUp:
		l.Step(-page)
	case fyne.KeyHome:
		l.selected = ""
		l.Step(1)
	case fyne.KeyEnd:
		l.selected = ""
		l.Step(-1)
	case fyne.KeyF10, desktop.KeyMenu:
		l.menuOfSelected()
	case fyne.KeyReturn, fyne.KeyEnter, fyne.KeyEscape:
		l.entered()
	}
}

// CreateRenderer implements fyne.Widget.
func (l *List) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(l.scroll) }

// area is what scrolls: as tall as all rows, holding the views of those in sight.
type area struct {
	widget.BaseWidget
	list  *List
	views []*rowView // those in use first
	used  int
}

func newArea(l *List) *area {
	a := &area{list: l}
	a.ExtendBaseWidget(a)
	return a
}

// cursor returns the row that shows where the keyboard is: the selected one, or the
// one that Down would select.
func (l *List) cursor() int {
	if i := l.index(l.selected); i >= 0 {
		return i
	}
	return slices.IndexFunc(l.rows, func(r Row) bool { return !r.Heading })
}

// arrange gives each row in sight a view and puts it in its place.
func (a *area) arrange() {
	l := a.list
	cursor := -1
	if l.focused {
		cursor = l.cursor()
	}
	top, height, width := l.scroll.Offset.Y, l.scroll.Size().Height, a.Size().Width
	first := max(0, sort.Search(len(l.tops), func(i int) bool { return l.tops[i] > top })-1)
	used := 0
	for i := first; i < len(l.rows) && l.tops[i] < top+height; i++ {
		if used == len(a.views) {
			a.views = append(a.views, newRowView(l.tapped, l.menu))
		}
		v := a.views[used]
		used++
		row := l.rows[i]
		selected := row.Key == l.selected && !row.Heading
		v.set(row, selected, i == cursor)
		v.Move(fyne.NewPos(0, l.tops[i]))
		v.Resize(fyne.NewSize(width, row.height()))
		v.Show()
	}
	for _, v := range a.views[used:] {
		v.Hide()
	}
	if a.used != used {
		a.used = used
		a.Refresh()
	}
}

// CreateRenderer implements fyne.Widget.
func (a *area) CreateRenderer() fyne.WidgetRenderer { return &areaRenderer{a} }

type areaRenderer struct{ area *area }

func (r *areaRenderer) Destroy()         {}
func (r *areaRenderer) Layout(fyne.Size) { r.area.arrange() }
func (r *areaRenderer) MinSize() fyne.Size {
	l := r.area.list
	return fyne.NewSize(140, l.tops[len(l.rows)])
}
func (r *areaRenderer) Refresh() {}
func (r *areaRenderer) Objects() []fyne.CanvasObject {
	out := make([]fyne.CanvasObject, len(r.area.views))
	for i, v := range r.area.views {
		out[i] = v
	}
	return out
}
