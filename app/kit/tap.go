package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/parlance-chat/parlance/app/theme"
)

// Tap is a line that does something when it is tapped. It lights up under the
// pointer, and can be reached with Tab.
type Tap struct {
	widget.BaseWidget
	do               func()
	ground           *Panel
	hovered, focused bool
}

// NewTap returns a line with content on it. With nothing to do it is one that only
// looks the same.
func NewTap(inset Inset, content fyne.CanvasObject, do func()) fyne.CanvasObject {
	ground := NewPanel("", inset, content).Rounded(10)
	if do == nil {
		return ground
	}
	t := &Tap{do: do, ground: ground}
	t.ExtendBaseWidget(t)
	return t
}

// Tapped implements fyne.Tappable.
func (t *Tap) Tapped(*fyne.PointEvent) { t.do() }

// Cursor implements desktop.Cursorable.
func (t *Tap) Cursor() desktop.Cursor { return desktop.PointerCursor }

// MouseIn implements desktop.Hoverable.
func (t *Tap) MouseIn(*desktop.MouseEvent) { t.hovered = true; t.mark() }

// MouseMoved implements desktop.Hoverable.
func (t *Tap) MouseMoved(*desktop.MouseEvent) {}

// MouseOut implements desktop.Hoverable.
func (t *Tap) MouseOut() { t.hovered = false; t.mark() }

// FocusGained implements fyne.Focusable.
func (t *Tap) FocusGained() {
	t.focused = true
	t.mark()
	reveal(t)
}

// FocusLost implements fyne.Focusable.
func (t *Tap) FocusLost() { t.focused = false; t.mark() }

// TypedRune implements fyne.Focusable; see Button.
func (t *Tap) TypedRune(r rune) {
	if r == ' ' {
		t.do()
	}
}

// TypedKey implements fyne.Focusable.
func (t *Tap) TypedKey(e *fyne.KeyEvent) {
	if isEnter(e.Name) {
		t.do()
	} else {
		pass(t, e)
	}
}

func (t *Tap) mark() {
	switch {
	case t.focused:
		t.ground.SetFill(theme.ColorSelectedRow)
	case t.hovered:
		t.ground.SetFill(fynetheme.ColorNameHover)
	default:
		t.ground.SetFill("")
	}
}

// Resize implements fyne.CanvasObject.
func (t *Tap) Resize(size fyne.Size) {
	t.ground.Resize(size)
	t.BaseWidget.Resize(size)
}

// MinSize implements fyne.CanvasObject.
func (t *Tap) MinSize() fyne.Size { return t.ground.MinSize() }

// CreateRenderer implements fyne.Widget.
func (t *Tap) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(t.ground) }
