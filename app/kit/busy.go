package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

// Busy is a thin bar that runs until it is stopped, while something is awaited.
type Busy struct {
	widget.ProgressBarInfinite
}

// NewBusy returns one that runs as soon as it is shown.
func NewBusy() *Busy {
	b := &Busy{}
	b.ExtendBaseWidget(b)
	return b
}

// MinSize implements fyne.CanvasObject.
func (b *Busy) MinSize() fyne.Size { return fyne.NewSize(40, 4) }
