package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

// Field is an entry of one line that hands on the keys a sheet or a list wants.
type Field struct {
	widget.Entry

	// OnKey is asked first for the keys a single line has no use for: Escape, Up,
	// Down, Page Up and Page Down. May be nil.
	OnKey func(fyne.KeyName)
}

// NewField returns an empty field that says hint while it is empty.
func NewField(hint string) *Field {
	f := &Field{}
	f.ExtendBaseWidget(f)
	f.SetPlaceHolder(hint)
	return f
}

// TypedKey implements fyne.Focusable.
func (f *Field) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyEscape, fyne.KeyUp, fyne.KeyDown, fyne.KeyPageUp, fyne.KeyPageDown:
		if f.OnKey != nil {
			f.OnKey(e.Name)
		}
		return
	}
	f.Entry.TypedKey(e)
}

// FocusGained implements fyne.Focusable.
func (f *Field) FocusGained() {
	f.Entry.FocusGained()
	Reveal(f)
}

// SelectAll selects the text, so that what is typed next replaces it.
func (f *Field) SelectAll() { f.TypedShortcut(&fyne.ShortcutSelectAll{}) }
