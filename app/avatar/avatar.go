// Package avatar is the round picture that stands for a person or a
// conversation: initials on a colour that follows from an ID, and a dot for
// presence. It shows what it is told and knows nobody.
package avatar

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"github.com/parlance-chat/parlance/app/theme"
)

// Presence is the dot at the lower right.
type Presence int

// The presences. None shows no dot.
const (
	None Presence = iota
	Online
	Offline
)

// Avatar is a widget of a fixed size.
type Avatar struct {
	widget.BaseWidget
	id, name string
	presence Presence
	size     float32
}

// New returns an avatar of the given diameter that shows nobody yet.
func New(size float32) *Avatar {
	a := &Avatar{size: size}
	a.ExtendBaseWidget(a)
	return a
}

// Set shows the initials of name in the colour of id.
func (a *Avatar) Set(id, name string) {
	if a.id == id && a.name == name {
		return
	}
	a.id, a.name = id, name
	a.Refresh()
}

// SetPresence shows or hides the dot.
func (a *Avatar) SetPresence(p Presence) {
	if a.presence == p {
		return
	}
	a.presence = p
	a.Refresh()
}

// MinSize implements fyne.CanvasObject.
func (a *Avatar) MinSize() fyne.Size { return fyne.NewSquareSize(a.size) }

// CreateRenderer implements fyne.Widget.
func (a *Avatar) CreateRenderer() fyne.WidgetRenderer {
	r := &renderer{
		a:      a,
		disc:   canvas.NewCircle(color.Transparent),
		text:   canvas.NewText("", color.White),
		ring:   canvas.NewCircle(color.Transparent),
		dot:    canvas.NewCircle(color.Transparent),
		hollow: canvas.NewCircle(color.Transparent),
	}
	r.text.TextStyle = fyne.TextStyle{Bold: true}
	r.apply()
	return r
}

type renderer struct {
	a                       *Avatar
	disc, ring, dot, hollow *canvas.Circle
	text                    *canvas.Text
}

func (r *renderer) apply() {
	ground, initials := theme.Avatar(r.a.id)
	r.disc.FillColor = ground
	r.text.Color = initials
	r.text.Text = theme.Initials(r.a.name)
	r.text.TextSize = r.a.size * 0.38
	r.ring.Hidden = r.a.presence == None
	r.dot.Hidden = r.a.presence == None
	r.hollow.Hidden = r.a.presence != Offline
	back := theme.Color(theme.ColorSidebar)
	r.ring.FillColor = back
	r.hollow.FillColor = back
	if r.a.presence == Online {
		r.dot.FillColor = theme.Color(theme.ColorOnline)
	} else {
		r.dot.FillColor = theme.Color(theme.ColorMeta)
	}
}

func (r *renderer) Layout(size fyne.Size) {
	d := min(size.Width, size.Height)
	r.disc.Resize(fyne.NewSquareSize(d))
	text := r.text.MinSize()
	r.text.Resize(text)
	r.text.Move(theme.GridOf(r.a).Pos((d-text.Width)/2, (d-text.Height)/2))
	place := func(c *canvas.Circle, diameter float32) {
		center := d * 0.86
		c.Resize(fyne.NewSquareSize(diameter))
		c.Move(fyne.NewPos(center-diameter/2, center-diameter/2))
	}
	place(r.ring, d*0.36)
	place(r.dot, d*0.26)
	place(r.hollow, d*0.13)
}

func (r *renderer) MinSize() fyne.Size { return r.a.MinSize() }

func (r *renderer) Refresh() {
	r.apply()
	r.Layout(r.a.Size())
	canvas.Refresh(r.a)
}

func (r *renderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.disc, r.text, r.ring, r.dot, r.hollow}
}

func (r *renderer) Destroy() {}
