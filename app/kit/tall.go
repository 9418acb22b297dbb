package kit

import "fyne.io/fyne/v2"

// Tall is a layout that gives its objects a height of their own, whatever they
// would like: for what scrolls within a sheet.
type Tall struct{ Height float32 }

// Layout implements fyne.Layout.
func (t Tall) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	for _, o := range objects {
		o.Move(fyne.NewPos(0, 0))
		o.Resize(size)
	}
}

// MinSize implements fyne.Layout.
func (t Tall) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(40, t.Height) }
