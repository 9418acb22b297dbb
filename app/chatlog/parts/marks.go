package parts

import (
	"fmt"
	"image/color"

	"fyne.io/fyne/v2"

	"github.com/parlance-chat/parlance/netcore/chat"
)

// The size of a mark.
const (
	MarkWidth  float32 = 15
	MarkHeight float32 = 10
)

// The marks, drawn in a box of that size.
const (
	clock  = `<circle cx="10" cy="5" r="4.1"/><path d="M10 2.6 V5.2 L11.8 6.3"/>`
	tick   = `<path d="M5.2 5.4 L8 8.2 L13.6 1.8"/>`
	double = `<path d="M1.2 5.4 L4 8.2 L9.6 1.8"/><path d="M7.2 7.4 L8 8.2 L13.6 1.8"/>`
	cross  = `<path d="M6.6 1.6 L13.4 8.4"/><path d="M13.4 1.6 L6.6 8.4"/>`
	down   = `<path d="M4 2.6 L7.5 6.4 L11 2.6"/>`
)

// Drawings makes pictures out of the paths above, each once for each colour.
type Drawings map[string]fyne.Resource

// Get returns a picture in a colour.
func (d Drawings) Get(path string, c color.Color) fyne.Resource {
	n := color.NRGBAModel.Convert(c).(color.NRGBA)
	key := fmt.Sprintf("%02x%02x%02x%s", n.R, n.G, n.B, path)
	if r, ok := d[key]; ok {
		return r
	}
	svg := fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" width="15" height="10" viewBox="0 0 15 10"><g fill="none" `+
		`stroke="#%02x%02x%02x" stroke-width="1.3" stroke-linecap="round" stroke-linejoin="round">%s</g></svg>`, n.R, n.G, n.B, path)
	r := fyne.NewStaticResource(fmt.Sprintf("parlance-mark-%d-%02x%02x%02x.svg", len(d), n.R, n.G, n.B), []byte(svg))
	d[key] = r
	return r
}

// Mark returns the path of the mark that stands for a state.
func Mark(s chat.State) string {
	switch s {
	case chat.Sent:
		return tick
	case chat.Delivered, chat.Read:
		return double
	case chat.Refused:
		return cross
	}
	return clock
}
