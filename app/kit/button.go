package kit

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/parlance-chat/parlance/app/theme"
)

// Button is Fyne's, and can be used by the keys alone: Enter and the space bar press
// it, Escape goes to the sheet that it stands on, and a ring shows that it has the
// focus, which Fyne's tint does not on a coloured ground.
type Button struct {
	widget.Button
	focused bool
}

// NewButton returns a button; main is the one most will want.
func NewButton(label string, main bool, do func()) *Button {
	b := newButton(label, nil, do)
	if main {
		b.Importance = widget.HighImportance
	}
	return b
}

// NewDangerButton returns a button for what cannot be undone.
func NewDangerButton(label string, do func()) *Button {
	b := newButton(label, nil, do)
	b.Importance = widget.DangerImportance
	return b
}

// NewQuietButton returns a button without a ground of its own. The label may be "".
func NewQuietButton(label string, icon fyne.Resource, do func()) *Button {
	b := newButton(label, icon, do)
	b.Importance = widget.LowImportance
	return b
}

func newButton(label string, icon fyne.Resource, do func()) *Button {
	b := &Button{}
	b.Text, b.Icon, b.OnTapped = label, icon, do
	b.ExtendBaseWidget(b)
	return b
}

// FocusGained implements fyne.Focusable.
func (b *Button) FocusGained() {
	b.focused = true
	b.Button.FocusGained()
	Reveal(b)
}

// FocusLost implements fyne.Focusable.
func (b *Button) FocusLost() {
	b.focused = false
	b.Button.FocusLost()
}

// TypedKey implements fyne.Focusable.
func (b *Button) TypedKey(e *fyne.KeyEvent) {
	if isEnter(e.Name) {
		b.Tapped(nil)
	} else {
		pass(b, e)
	}
}

// TypedRune implements fyne.Focusable. The space bar is its rune and not its key,
// which comes first: it would be typed into what has the focus by then.
func (b *Button) TypedRune(r rune) {
	if r == ' ' {
		b.Tapped(nil)
	}
}

// CreateRenderer implements fyne.Widget.
func (b *Button) CreateRenderer() fyne.WidgetRenderer {
	r := &buttonRenderer{WidgetRenderer: b.Button.CreateRenderer(), button: b, ring: canvas.NewRectangle(color.Transparent)}
	r.ring.StrokeWidth = 1.5
	r.paint()
	return r
}

type buttonRenderer struct {
	fyne.WidgetRenderer
	button *Button
	ring   *canvas.Rectangle
}

// ringInset is how far the ring stands from the edge, within the button, for a list
// that scrolls would cut one around it.
const ringInset float32 = 2

func (r *buttonRenderer) paint() {
	ink := fynetheme.ColorNameForeground
	switch r.button.Importance {
	case widget.HighImportance:
		ink = fynetheme.ColorNameForegroundOnPrimary
	case widget.DangerImportance:
		ink = fynetheme.ColorNameForegroundOnError
	}
	r.ring.StrokeColor = theme.Color(ink)
	r.ring.CornerRadius = fynetheme.InputRadiusSize() - ringInset
	r.ring.Hidden = !r.button.focused || r.button.Disabled()
}

func (r *buttonRenderer) Layout(size fyne.Size) {
	r.WidgetRenderer.Layout(size)
	r.ring.Move(fyne.NewSquareOffsetPos(ringInset))
	r.ring.Resize(size.SubtractWidthHeight(2*ringInset, 2*ringInset))
}

func (r *buttonRenderer) Refresh() {
	r.paint()
	r.ring.Refresh()
	r.WidgetRenderer.Refresh()
}

func (r *buttonRenderer) Objects() []fyne.CanvasObject {
	return append(r.WidgetRenderer.Objects(), r.ring)
}
