package people

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"github.com/parlance-chat/parlance/app/avatar"
)

// Tone says how the words that lead the second line of a row are drawn.
type Tone int

// The tones.
const (
	Quiet   Tone = iota // like the rest of the line
	Draft               // something typed and not sent
	Warning             // something to look at before answering
)

// Row is one line of the list: a person, a conversation or a heading.
type Row struct {
	// Key tells the row apart from all others.
	Key string
	// Heading makes the row a heading with Title and Count; Folded says that the
	// rows below it are hidden.
	Heading bool
	Folded  bool
	Count   int

	// ID chooses the avatar's colour: the device ID, so that a person who changes
	// their name keeps it.
	ID       string
	Picture  Picture
	Open     bool // a room or server whose connection is not encrypted
	Presence avatar.Presence

	Title   string
	Aside   string // small, behind Title
	Muted   bool   // a mark behind Title
	Hushed  bool   // unread messages are counted quietly
	Time    string
	Lead    string // comes before Preview, in the row's Tone
	Tone    Tone
	Preview string
	Unread  int
	// Mentioned puts an "@" beside the number of unread messages.
	Mentioned bool
	Faint     bool // somebody blocked, or a conversation that is over
}

// Picture says what stands at the beginning of a row.
type Picture int

// The pictures.
const (
	Person   Picture = iota
	Group            // several people
	Everyone         // all who are near
	Wire             // an address
	Room             // on a server
	Server           // of rooms
)

const (
	rowHeight     float32 = 62
	headingHeight float32 = 36
	rowInset      float32 = 8 // from the list's edge to a row's background
	rowPadding    float32 = 9
	rowRadius     float32 = 10
	arrowSize     float32 = 16
	mutedSize     float32 = 14
)

func (r Row) height() float32 {
	if r.Heading {
		return headingHeight
	}
	return rowHeight
}

// rowView shows one Row. It is recycled: set gives it another one.
type rowView struct {
	widget.BaseWidget
	row      Row
	selected bool
	focused  bool
	hovered  bool
	onTap    func(Row)
	onMenu   func(Row, fyne.Position)
}

func newRowView(onTap func(Row), onMenu func(Row, fyne.Position)) *rowView {
	v := &rowView{onTap: onTap, onMenu: onMenu}
	v.ExtendBaseWidget(v)
	return v
}

func (v *rowView) set(row Row, selected, focused bool) {
	if v.row == row && v.selected == selected && v.focused == focused {
		return
	}
	if v.row.Key != row.Key {
		v.hovered = false
	}
	v.row, v.selected, v.focused = row, selected, focused
	v.Refresh()
}

// Tapped implements fyne.Tappable.
func (v *rowView) Tapped(*fyne.PointEvent) { v.onTap(v.row) }

// TappedSecondary implements fyne.SecondaryTappable.
func (v *rowView) TappedSecondary(e *fyne.PointEvent) {
	if !v.row.Heading {
		v.onMenu(v.row, e.AbsolutePosition)
	}
}

// MouseIn implements desktop.Hoverable.
func (v *rowView) MouseIn(*desktop.MouseEvent) { v.hover(true) }

// MouseMoved implements desktop.Hoverable.
func (v *rowView) MouseMoved(*desktop.MouseEvent) {}

// MouseOut implements desktop.Hoverable.
func (v *rowView) MouseOut() { v.hover(false) }

func (v *rowView) hover(on bool) {
	if v.hovered != on {
		v.hovered = on
		v.Refresh()
	}
}

// Cursor implements desktop.Cursorable.
func (v *rowView) Cursor() desktop.Cursor { return desktop.PointerCursor }
