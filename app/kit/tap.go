package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Tap is a line that does something when it is tapped, and lights up under the
// pointer. With nothing to do it is a line that looks the same.
type Tap struct {
	widget.BaseWidget
	do      func()
	ground  *Panel
	hovered bool
}

// NewTap returns a line with content on it; do may be nil.
func NewTap(inset Inset, content fyne.CanvasObject, do func()) *Tap {
	t := &Tap{do: do, ground: NewPanel("", inset, content).Rounded(10)}
	t.ExtendBaseWidget(t)
	return t
}

// Tapped implements fyne.Tappable.
func (t *Tap) Tapped(*fyne.PointEvent) {
	if t.do != nil {
		t.do()
	}
}

// Cursor implements desktop.Cursorable.
func (t *Tap) Cursor() desktop.Cursor {
	if t.do == nil {
		return desktop.DefaultCursor
	}
	return desktop.PointerCursor
}

// MouseIn implements desktop.Hoverable.
func (t *Tap) MouseIn(*desktop.MouseEvent) { t.hovered = true; t.mark() }

// MouseMoved implements desktop.Hoverable.
func (t *Tap) MouseMoved(*desktop.MouseEvent) {}

// MouseOut implements desktop.Hoverable.
func (t *Tap) MouseOut() { t.hovered = false; t.mark() }

func (t *Tap) mark() {
	if t.do != nil && t.hovered {
		t.ground.SetFill(fynetheme.ColorNameHover)
	} else {
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
