package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/parlance-chat/parlance/app/theme"
)

// Wire stands where an avatar would, for an address behind which anybody may
// be: no colour, no initials, no presence.
type Wire struct {
	widget.BaseWidget
	size float32
}

// NewWire returns one of the given diameter.
func NewWire(size float32) *Wire {
	w := &Wire{size: size}
	w.ExtendBaseWidget(w)
	return w
}

// CreateRenderer implements fyne.Widget.
func (w *Wire) CreateRenderer() fyne.WidgetRenderer {
	r := &wireRenderer{wire: w, disc: canvas.NewCircle(nil), text: canvas.NewText("UDP", nil)}
	r.disc.StrokeWidth = 1.5
	r.text.TextStyle.Bold = true
	r.text.Alignment = fyne.TextAlignCenter
	r.Refresh()
	return r
}

type wireRenderer struct {
	wire *Wire
	disc *canvas.Circle
	text *canvas.Text
}

func (r *wireRenderer) Destroy()                     {}
func (r *wireRenderer) MinSize() fyne.Size           { return fyne.NewSquareSize(r.wire.size) }
func (r *wireRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.disc, r.text} }

func (r *wireRenderer) Layout(size fyne.Size) {
	d := r.wire.size
	at := fyne.NewPos((size.Width-d)/2, (size.Height-d)/2)
	r.disc.Move(at)
	r.disc.Resize(fyne.NewSquareSize(d))
	height := r.text.MinSize().Height
	r.text.Move(at.AddXY(0, (d-height)/2))
	r.text.Resize(fyne.NewSize(d, height))
}

func (r *wireRenderer) Refresh() {
	r.disc.FillColor = theme.Color(theme.ColorPane)
	r.disc.StrokeColor = theme.Color(fynetheme.ColorNameWarning)
	r.text.Color = theme.Color(fynetheme.ColorNameWarning)
	r.text.TextSize = r.wire.size * 0.27
	r.Layout(r.wire.Size())
	r.disc.Refresh()
	r.text.Refresh()
}
