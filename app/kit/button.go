package kit

import "fyne.io/fyne/v2/widget"

// NewButton returns a button; main is the one most will want.
func NewButton(label string, main bool, do func()) *widget.Button {
	b := widget.NewButton(label, do)
	if main {
		b.Importance = widget.HighImportance
	}
	return b
}
