package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"
)

// press is what is pressed, and is no Button: by a tap, or by Enter and the space bar
// while it has the focus. A widget made of it shows in its look what is said here.
type press struct {
	widget.BaseWidget
	self             fyne.Widget
	do               func()
	hovered, focused bool
}

// extend makes the press part of a widget.
func (p *press) extend(self fyne.Widget, do func()) {
	p.self, p.do = self, do
	p.ExtendBaseWidget(self)
}

// Tapped implements fyne.Tappable.
func (p *press) Tapped(*fyne.PointEvent) { p.do() }

// Cursor implements desktop.Cursorable.
func (p *press) Cursor() desktop.Cursor { return desktop.PointerCursor }

// MouseIn implements desktop.Hoverable.
func (p *press) MouseIn(*desktop.MouseEvent) { p.hovered = true; p.self.Refresh() }

// MouseMoved implements desktop.Hoverable.
func (p *press) MouseMoved(*desktop.MouseEvent) {}

// MouseOut implements desktop.Hoverable.
func (p *press) MouseOut() { p.hovered = false; p.self.Refresh() }

// FocusGained implements fyne.Focusable.
func (p *press) FocusGained() {
	p.focused = true
	p.self.Refresh()
	Reveal(p.self)
}

// FocusLost implements fyne.Focusable.
func (p *press) FocusLost() { p.focused = false; p.self.Refresh() }

// TypedRune implements fyne.Focusable; see Button.
func (p *press) TypedRune(r rune) {
	if r == ' ' {
		p.do()
	}
}

// TypedKey implements fyne.Focusable.
func (p *press) TypedKey(e *fyne.KeyEvent) {
	if isEnter(e.Name) {
		p.do()
	} else {
		pass(p.self, e)
	}
}
