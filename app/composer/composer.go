package composer

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

// Composer is the box for writing a message, with its send button and the line
// under it that says what went wrong.
type Composer struct {
	widget.BaseWidget

	// OnSend is called on the UI goroutine with the text to send, trimmed. An
	// error is shown and the text stays in the box; nil empties the box.
	OnSend func(text string) error
	// OnChanged is called with each change of the text, SetText included.
	OnChanged func(text string)
	// OnShortcut is asked first for every shortcut typed in the box; true means
	// it is dealt with.
	OnShortcut func(fyne.Shortcut) bool
	// OnKey is asked first for keys that mean nothing to the box: Escape, Page
	// Up and Page Down, and Up in an empty box; true means it is dealt with.
	OnKey func(*fyne.KeyEvent) bool
}

// New returns an empty composer. modifiers says which keys are held now; nil
// asks the desktop driver.
func New(modifiers func() fyne.KeyModifier) *Composer {
	c := &Composer{}
	c.ExtendBaseWidget(c)
	return c
}

// Text returns what is in the box.
func (c *Composer) Text() string { return "" }

// SetText replaces the text, such as by another conversation's draft; an error
// shown goes away.
func (c *Composer) SetText(text string) {}

// Insert types text at the cursor.
func (c *Composer) Insert(text string) {}

// SetPlaceHolder sets what an empty box says.
func (c *Composer) SetPlaceHolder(text string) {}

// SetError shows an error under the box; nil takes it away.
func (c *Composer) SetError(err error) {}

// Disable closes the box and says why in it.
func (c *Composer) Disable(why string) {}

// Enable opens it again.
func (c *Composer) Enable() {}

// Focus puts the cursor into the box.
func (c *Composer) Focus() {}

// CreateRenderer implements fyne.Widget.
func (c *Composer) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(widget.NewEntry())
}
