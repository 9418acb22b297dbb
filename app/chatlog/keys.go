package chatlog

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"github.com/parlance-chat/parlance/app/chatlog/selection"
	"github.com/parlance-chat/parlance/netcore/chat"
)

var (
	_ fyne.Focusable    = (*Log)(nil)
	_ fyne.Shortcutable = (*Log)(nil)
)

// lineStep is how far the arrow keys scroll.
const lineStep float32 = 40

// page returns how far Page Up and Page Down scroll: a screen less a line.
func (l *Log) page() float32 { return max(l.Size().Height-lineStep, lineStep) }

// TypedKey scrolls, chooses a message and opens its menu.
func (l *Log) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyPageUp:
		l.scrollBy(l.page())
	case fyne.KeyPageDown:
		l.scrollBy(-l.page())
	case fyne.KeyUp:
		l.arrow(-1)
	case fyne.KeyDown:
		l.arrow(1)
	case fyne.KeyReturn, fyne.KeyEnter, fyne.KeyF10, desktop.KeyMenu:
		if !l.openChosen() {
			l.passKey(e)
		}
	case fyne.KeyHome:
		l.ScrollToStart()
	case fyne.KeyEnd:
		l.ScrollToEnd()
	case fyne.KeyEscape:
		if !l.selection.Empty() {
			l.setSelection(selection.Span{})
			return
		}
		if l.chosen != (chat.MessageID{}) {
			l.unchoose()
			return
		}
		l.passKey(e)
	default:
		l.passKey(e)
	}
}

// arrow chooses the next message, or scrolls for somebody who types elsewhere.
func (l *Log) arrow(step int) {
	if l.focused {
		l.choose(step)
		return
	}
	l.scrollBy(float32(-step) * lineStep)
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
	l.focused = true
	if !l.clicked {
		l.ring.Show()
	}
	l.refocused()
}

// FocusLost implements fyne.Focusable. What is chosen is chosen again when the
// focus comes back, as it does after a menu.
func (l *Log) FocusLost() {
	l.focused = false
	l.ring.Hide()
	l.refocused()
}

func (l *Log) refocused() {
	if l.live[l.chosen] != nil {
		l.changed()
	}
}

// focusByPointer takes the focus, so that Ctrl+C and the scrolling keys work.
func (l *Log) focusByPointer() {
	if c := fyne.CurrentApp().Driver().CanvasForObject(l); c != nil {
		l.clicked = true
		c.Focus(l)
		l.clicked = false
	}
}
