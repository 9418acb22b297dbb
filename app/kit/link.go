package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	fynetheme "fyne.io/fyne/v2/theme"

	"github.com/parlance-chat/parlance/app/theme"
)

// Link is a small quiet button of words: it lights up under the pointer and can
// be reached with Tab.
type Link struct {
	press
	text  string
	style fyne.TextStyle
}

// NewLink returns a link.
func NewLink(text string, do func()) *Link {
	l := &Link{text: text}
	l.extend(l, do)
	return l
}

// Mono sets the letters in a fixed width.
func (l *Link) Mono() *Link { l.style.Monospace = true; return l }

// SetText changes the words.
func (l *Link) SetText(text string) {
	if l.text != text {
		l.text = text
		l.Refresh()
	}
}

// CreateRenderer implements fyne.Widget.
func (l *Link) CreateRenderer() fyne.WidgetRenderer {
	r := &linkRenderer{link: l, ground: canvas.NewRectangle(nil), text: canvas.NewText("", nil)}
	r.ground.CornerRadius = 6
	r.text.Alignment = fyne.TextAlignCenter
	r.Refresh()
	return r
}

type linkRenderer struct {
	link   *Link
	ground *canvas.Rectangle
	text   *canvas.Text
}

func (r *linkRenderer) Destroy()                     {}
func (r *linkRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.ground, r.text} }
func (r *linkRenderer) MinSize() fyne.Size           { return r.text.MinSize().AddWidthHeight(16, 10) }

func (r *linkRenderer) Layout(size fyne.Size) {
	r.ground.Resize(size)
	height := r.text.MinSize().Height
	r.text.Move(fyne.NewPos(0, (size.Height-height)/2))
	r.text.Resize(fyne.NewSize(size.Width, height))
}

func (r *linkRenderer) Refresh() {
	r.text.Text, r.text.TextSize, r.text.TextStyle = r.link.text, theme.NameSize, r.link.style
	r.text.Color = theme.Color(fynetheme.ColorNamePlaceHolder)
	r.ground.FillColor = theme.Color(fynetheme.ColorNameHover)
	if r.link.focused {
		r.ground.FillColor = theme.Color(theme.ColorSelectedRow)
	}
	r.ground.Hidden = !r.link.hovered && !r.link.focused
	if r.link.hovered || r.link.focused {
		r.text.Color = theme.Color(fynetheme.ColorNameForeground)
	}
	r.Layout(r.link.Size())
	canvas.Refresh(r.link)
}
