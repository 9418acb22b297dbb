package kit

import (
	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/parlance-chat/parlance/app/theme"
)

// Tap is a line that does something when it is tapped. It lights up under the
// pointer, and can be reached with Tab.
type Tap struct {
	press
	ground *Panel
}

// NewTap returns a line with content on it. With nothing to do it is one that only
// looks the same.
func NewTap(inset Inset, content fyne.CanvasObject, do func()) fyne.CanvasObject {
	ground := NewPanel("", inset, content).Rounded(10)
	if do == nil {
		return ground
	}
	t := &Tap{ground: ground}
	t.extend(t, do)
	return t
}

// Refresh implements fyne.CanvasObject.
func (t *Tap) Refresh() {
	switch {
	case t.focused:
		t.ground.SetFill(theme.ColorSelectedRow)
	case t.hovered:
		t.ground.SetFill(fynetheme.ColorNameHover)
	default:
		t.ground.SetFill("")
	}
	t.press.Refresh()
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
