package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

// Check is Fyne's check box; Escape goes to the sheet that it stands on.
type Check struct {
	widget.Check
}

// NewCheck returns a check box.
func NewCheck(label string, on bool) *Check {
	c := &Check{}
	c.Text, c.Checked = label, on
	c.ExtendBaseWidget(c)
	return c
}

// FocusGained implements fyne.Focusable.
func (c *Check) FocusGained() {
	c.Check.FocusGained()
	Reveal(c)
}

// TypedKey implements fyne.Focusable.
func (c *Check) TypedKey(e *fyne.KeyEvent) { pass(c, e) }
