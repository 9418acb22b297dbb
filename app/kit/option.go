package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/parlance-chat/parlance/app/theme"
)

// NewOption returns one of several things to do, with an icon, a name and what it
// is good for. With nothing to do it is advice that looks the same.
func NewOption(icon fyne.Resource, name, purpose string, do func()) fyne.CanvasObject {
	title := NewProse(name)
	if do != nil {
		title.Colored(theme.ColorLink)
	}
	row := container.New(Row{Gap: 14, Grow: 1},
		widget.NewIcon(fynetheme.NewColoredResource(icon, fynetheme.ColorNamePlaceHolder)),
		container.New(Stack{Gaps: []float32{1}}, title, NewProse(purpose).Sized(theme.NameSize).Muted()))
	return NewTap(Inset{Top: 8, Right: 12, Bottom: 8, Left: 12}, row, do)
}
