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
	reveal(c)
}

// TypedKey implements fyne.Focusable.
func (c *Check) TypedKey(e *fyne.KeyEvent) { pass(c, e) }

// Select is Fyne's choice of one out of several; Escape goes to the sheet that it
// stands on.
type Select struct {
	widget.Select
}

// NewSelect returns a choice of which the first is chosen.
func NewSelect(options []string) *Select {
	s := &Select{}
	s.Options = options
	s.ExtendBaseWidget(s)
	s.SetSelectedIndex(0)
	return s
}

// FocusGained implements fyne.Focusable.
func (s *Select) FocusGained() {
	s.Select.FocusGained()
	reveal(s)
}

// TypedKey implements fyne.Focusable.
func (s *Select) TypedKey(e *fyne.KeyEvent) {
	s.Select.TypedKey(e)
	pass(s, e)
}
