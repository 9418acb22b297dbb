package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

// Button is Fyne's, and can be used by the keys alone: Enter and the space bar press
// it, and Escape goes to the sheet that it stands on.
type Button struct {
	widget.Button
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
	b.Button.FocusGained()
	reveal(b)
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
