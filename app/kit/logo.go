package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"

	"github.com/parlance-chat/parlance/assets"
)

var icon = fyne.NewStaticResource("icon.svg", assets.IconSVG)

// NewLogo returns the program's icon, centred.
func NewLogo(size float32) fyne.CanvasObject {
	img := canvas.NewImageFromResource(icon)
	img.FillMode = canvas.ImageFillContain
	img.SetMinSize(fyne.NewSquareSize(size))
	return container.NewCenter(img)
}
