package chatlog

import (
	"fyne.io/fyne/v2"
)

var (
	_ fyne.Focusable    = (*Log)(nil)
	_ fyne.Shortcutable = (*Log)(nil)
)

// lineStep is how far the arrow keys scroll.
const lineStep float32 = 40

// page returns how far Page Up and Page Down scroll: a screen less a line.
func (l *Log) page() float32 { return max(l.Size().Height-lineStep, lineStep) }

// TypedKey scrolls.
func (l *Log) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyPageUp:
		l.scrollBy(l.page())
	case fyne.KeyPageDown:
		l.scrollBy(-l.page())
	case fyne.KeyUp:
		l.scrollBy(lineStep)
	case fyne.KeyDown:
		l.scrollBy(-lineStep)
	case fyne.KeyHome:
		l.ScrollToStart()
	case fyne.KeyEnd:
		l.ScrollToEnd()
	case fyne.KeyEscape:
		if !l.selection.empty() {
			l.setSelection(selection{})
			return
		}
		l.passKey(e)
	default:
		l.passKey(e)
	}
}

func (l *Log) passKey(e *fyne.KeyEvent) {
	if l.OnKey != nil {
		l.OnKey(e)
	}
}

// TypedRune passes on what is typed.
func (l *Log) TypedRune(r rune) {
	if l.OnTyped != nil {
		l.OnTyped(r)
	}
}

// TypedShortcut copies and selects; all else is passed on.
func (l *Log) TypedShortcut(s fyne.Shortcut) {
	switch s.(type) {
	case *fyne.ShortcutCopy:
		l.copySelection()
	case *fyne.ShortcutSelectAll:
		l.selectAll()
	default:
		if l.OnShortcut != nil {
			l.OnShortcut(s)
		}
	}
}

// FocusGained shows where the keys go, unless a click made that plain.
func (l *Log) FocusGained() {
	if !l.clicked {
		l.ring.Show()
	}
}

// FocusLost implements fyne.Focusable.
func (l *Log) FocusLost() { l.ring.Hide() }

// focusByPointer takes the focus, so that Ctrl+C and the scrolling keys work.
func (l *Log) focusByPointer() {
	if c := fyne.CurrentApp().Driver().CanvasForObject(l); c != nil {
		l.clicked = true
		c.Focus(l)
		l.clicked = false
	}
}
