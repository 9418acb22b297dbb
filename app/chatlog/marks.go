package chatlog

import (
	"fmt"
	"image/color"

	"fyne.io/fyne/v2"

	"github.com/parlance-chat/parlance/netcore/chat"
)

// The state marks, drawn in a box of 15 by 10.
const (
	clockPath  = `<circle cx="10" cy="5" r="4.1"/><path d="M10 2.6 V5.2 L11.8 6.3"/>`
	tickPath   = `<path d="M5.2 5.4 L8 8.2 L13.6 1.8"/>`
	doublePath = `<path d="M1.2 5.4 L4 8.2 L9.6 1.8"/><path d="M7.2 7.4 L8 8.2 L13.6 1.8"/>`
	downPath   = `<path d="M4 2.6 L7.5 6.4 L11 2.6"/>`
)

// drawings makes pictures out of the paths above, each once for each colour.
type drawings map[string]fyne.Resource

func (d drawings) get(path string, c color.Color) fyne.Resource {
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

func markPath(s chat.State) string {
	switch s {
	case chat.Sent:
		return tickPath
	case chat.Delivered, chat.Read:
		return doublePath
	}
	return clockPath
}
