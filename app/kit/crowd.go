package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/parlance-chat/parlance/app/theme"
)

// Crowd stands where an avatar would, for several people: a square with rounded
// corners, so that a group is not taken for somebody of its name. It shows the
// initials of a name, or a sign.
type Crowd struct {
	widget.BaseWidget
	size     float32
	id, name string
	sign     sign
}

// sign is what a Crowd shows in place of initials.
type sign int

const (
	initials   sign = iota
	everyone        // all who are near
	room            // on a server
	openRoom        // one whose connection is not encrypted
	server          // itself
	openServer      // likewise
)

// NewCrowd returns one of the given width that shows nobody yet.
func NewCrowd(size float32) *Crowd {
	c := &Crowd{size: size}
	c.ExtendBaseWidget(c)
	return c
}

// Set shows the initials of name in the colour of id.
func (c *Crowd) Set(id, name string) { c.set(id, name, initials) }

// SetEveryone shows the sign of all who are near.
func (c *Crowd) SetEveryone() { c.set("", "", everyone) }

// SetRoom shows the sign of a room on a server in the colour of id, or, where the
// connection is open to all on the way, an outline in that of a warning.
func (c *Crowd) SetRoom(id string, open bool) { c.set(id, "", signOf(room, openRoom, open)) }

// SetServer shows the sign of a server likewise.
func (c *Crowd) SetServer(id string, open bool) { c.set(id, "", signOf(server, openServer, open)) }

func signOf(shut, open sign, isOpen bool) sign {
	if isOpen {
		return open
	}
	return shut
}

func (c *Crowd) set(id, name string, s sign) {
	if c.id != id || c.name != name || c.sign != s {
		c.id, c.name, c.sign = id, name, s
		c.Refresh()
	}
}

// CreateRenderer implements fyne.Widget.
func (c *Crowd) CreateRenderer() fyne.WidgetRenderer {
	r := &crowdRenderer{
		crowd: c, tile: canvas.NewRectangle(nil), text: canvas.NewText("", nil),
		sign: canvas.NewImageFromResource(nil),
	}
	r.text.TextStyle.Bold = true
	r.sign.FillMode = canvas.ImageFillContain
	r.Refresh()
	return r
}

type crowdRenderer struct {
	crowd *Crowd
	tile  *canvas.Rectangle
	text  *canvas.Text
	sign  *canvas.Image
}

// everyoneSVG is three people, the one in front larger.
var everyoneSVG = fyne.NewStaticResource("parlance-everyone.svg", []byte(`<svg xmlns="http://www.w3.org/2000/svg" width="24" height="24" viewBox="0 0 24 24">
<path d="M12 4.6a3.3 3.3 0 1 1 0 6.6a3.3 3.3 0 1 1 0-6.6zM5.6 19.4c0-4 2.7-6.6 6.4-6.6s6.4 2.6 6.4 6.6z"/>
<path d="M4.7 7.4a2.3 2.3 0 1 1 0 4.6a2.3 2.3 0 1 1 0-4.6zM0.4 18.2c0-3.2 1.7-5 4.3-5c0.7 0 1.3 0.1 1.8 0.4c-1.6 1.2-2.5 2.7-2.7 4.6z"/>
<path d="M19.3 7.4a2.3 2.3 0 1 1 0 4.6a2.3 2.3 0 1 1 0-4.6zM23.6 18.2c0-3.2-1.7-5-4.3-5c-0.7 0-1.3 0.1-1.8 0.4c1.6 1.2 2.5 2.7 2.7 4.6z"/></svg>`))

func (r *crowdRenderer) Destroy()           {}
func (r *crowdRenderer) MinSize() fyne.Size { return fyne.NewSquareSize(r.crowd.size) }

func (r *crowdRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.tile, r.text, r.sign}
}

func (r *crowdRenderer) Layout(size fyne.Size) {
	d := r.crowd.size
	at := fyne.NewPos((size.Width-d)/2, (size.Height-d)/2)
	r.tile.Move(at)
	r.tile.Resize(fyne.NewSquareSize(d))
	text := r.text.MinSize()
	r.text.Resize(text)
	r.text.Move(theme.GridOf(r.crowd).Pos(at.X+(d-text.Width)/2, at.Y+(d-text.Height)/2))
	r.sign.Move(at.AddXY(d*0.2, d*0.2))
	r.sign.Resize(fyne.NewSquareSize(d * 0.6))
}

func (r *crowdRenderer) Refresh() {
	ground, ink := theme.Avatar(r.crowd.id)
	r.text.Hidden, r.sign.Hidden = r.crowd.sign != initials, r.crowd.sign == initials
	r.tile.StrokeWidth = 0
	warn := func(sign fyne.Resource) {
		ground = theme.Color(theme.ColorPane)
		r.tile.StrokeWidth, r.tile.StrokeColor = 1.5, theme.Color(fynetheme.ColorNameWarning)
		r.sign.Resource = fynetheme.NewColoredResource(sign, fynetheme.ColorNameWarning)
	}
	switch r.crowd.sign {
	case everyone:
		ground = theme.Color(fynetheme.ColorNamePrimary)
		r.sign.Resource = fynetheme.NewColoredResource(everyoneSVG, fynetheme.ColorNameForegroundOnPrimary)
	case room:
		r.sign.Resource = roomSign
	case server:
		r.sign.Resource = serverSign
	case openRoom:
		warn(roomOutline)
	case openServer:
		warn(serverOutline)
	}
	r.tile.FillColor, r.tile.CornerRadius = ground, r.crowd.size*0.28
	r.text.Text, r.text.Color, r.text.TextSize = theme.Initials(r.crowd.name), ink, r.crowd.size*0.36
	r.Layout(r.crowd.Size())
	r.sign.Refresh()
	canvas.Refresh(r.crowd)
}

const (
	// roomPath is the sign that names of rooms begin with.
	roomPath = "M9.1 3.5h2.3l-.8 4.500h4.100l.8-4.500h2.300l-.8 4.500h3.500v2.100h-3.900l-.7 3.800h3.600v2.100h-4l-.8 4.500h-2.300l.8-4.500h-4.100l-.8 4.500h-2.300l.8-4.500h-3.300v-2.100h3.700l.7-3.800h-3.600v-2.100h4zM10.2 10.100l-.7 3.800h4.100l.7-3.800z"
	// serverPath is two machines in a rack.
	serverPath = "M4.5 4h15q1.5 0 1.5 1.500v4q0 1.5-1.5 1.500h-15q-1.5 0-1.5-1.500v-4q0-1.5 1.5-1.500zM5.5 6.300v2.400h2.500v-2.400zM4.5 13h15q1.5 0 1.5 1.500v4q0 1.5-1.5 1.500h-15q-1.5 0-1.5-1.500v-4q0-1.5 1.5-1.500zM5.5 15.300v2.400h2.500v-2.400z"
)

// drawn returns a sign as a picture; fill is "" where a theme is to colour it.
func drawn(name, path, fill string) fyne.Resource {
	return fyne.NewStaticResource("parlance-"+name+".svg", []byte(`<svg xmlns="http://www.w3.org/2000/svg" width="24" height="24" viewBox="0 0 24 24">`+
		`<path`+fill+` fill-rule="evenodd" d="`+path+`"/></svg>`))
}

// White stands on all colours of avatars.
const white = ` fill="#ffffff"`

var (
	roomSign, roomOutline     = drawn("room-white", roomPath, white), drawn("room", roomPath, "")
	serverSign, serverOutline = drawn("server-white", serverPath, white), drawn("server", serverPath, "")
)
