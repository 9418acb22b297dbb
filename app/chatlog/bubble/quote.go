package bubble

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"github.com/parlance-chat/parlance/app/chatlog/parts"
	"github.com/parlance-chat/parlance/app/chatlog/words"
	"github.com/parlance-chat/parlance/app/msgtext"
	"github.com/parlance-chat/parlance/app/theme"
	"github.com/parlance-chat/parlance/netcore/chat"
)

const (
	quoteBar  float32 = 3  // the width of the line in its author's colour
	quoteLeft float32 = 10 // from the quote's edge to its text
	quotePad  float32 = 4
	quoteSize         = theme.NameSize
)

// quoteAt is where a quote stands in its bubble.
var quoteAt = fyne.NewPos(PadX, PadY+1)

// quote is the message that is answered, in one or two lines.
type quote struct {
	id           string // of its author
	author, text string // as far as known
	shown        [2]string
	line         float32 // the height of one
	size         fyne.Size
}

func parseQuote(q *chat.Quote) *quote {
	b := &quote{id: q.From.ID()}
	b.author, b.text = words.Quoted(q)
	return b
}

// wrap cuts the lines to what fits.
func (q *quote) wrap(room Room) {
	width := room.Width - quoteLeft - 2*quotePad
	name, named := msgtext.Ellipsis(q.author, width, quoteSize, fyne.TextStyle{Bold: true})
	text, size := msgtext.Ellipsis(q.text, width, quoteSize, fyne.TextStyle{})
	q.shown = [2]string{name, text}
	q.line = room.Grid.Ceil(size.Height)
	lines := float32(2)
	if q.author == "" {
		lines = 1
	}
	q.size = fyne.NewSize(max(named.Width, size.Width)+quoteLeft+2*quotePad, lines*q.line+2*quotePad)
}

// quoteView draws a quote.
type quoteView struct {
	ground, bar  *canvas.Rectangle
	author, text *canvas.Text
	box          *fyne.Container
}

func newQuoteView() *quoteView {
	v := &quoteView{
		ground: canvas.NewRectangle(color.Transparent),
		bar:    canvas.NewRectangle(color.Transparent),
		author: canvas.NewText("", color.Transparent),
		text:   canvas.NewText("", color.Transparent),
	}
	v.ground.CornerRadius, v.bar.CornerRadius = 5, quoteBar/2
	v.author.TextSize, v.author.TextStyle.Bold = quoteSize, true
	v.text.TextSize = quoteSize
	v.box = &fyne.Container{Objects: []fyne.CanvasObject{v.ground, v.bar, v.author, v.text}}
	return v
}

// show draws q, with at the place of its bubble.
func (v *quoteView) show(q *quote, at fyne.Position, own bool, grid theme.Grid) {
	v.ground.FillColor = theme.Color(theme.ColorPane)
	if own {
		v.ground.FillColor = theme.Color(theme.ColorBubble)
	}
	v.ground.Move(grid.Pos(at.X, at.Y))
	v.ground.Resize(q.size)
	accent := theme.Name(q.id)
	if q.author == "" {
		accent = theme.Color(theme.ColorMeta)
	}
	v.bar.FillColor = accent
	v.bar.Move(grid.Pos(at.X, at.Y))
	v.bar.Resize(fyne.NewSize(quoteBar, q.size.Height))
	v.author.Text, v.author.Color = q.shown[0], accent
	v.text.Text, v.text.Color = q.shown[1], theme.Color(theme.ColorMeta)
	y := at.Y + quotePad
	for i, line := range []*canvas.Text{v.author, v.text} {
		parts.Show(q.shown[i] != "", line)
		if q.shown[i] == "" {
			continue
		}
		line.Move(grid.Pos(at.X+quoteLeft, y))
		line.Resize(line.MinSize())
		y += q.line
	}
}
