package composer

import (
	"image/color"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	fynetheme "fyne.io/fyne/v2/theme"

	"github.com/parlance-chat/parlance/app/kit"
	"github.com/parlance-chat/parlance/app/msgtext"
	"github.com/parlance-chat/parlance/app/theme"
	"github.com/parlance-chat/parlance/netcore/chat"
)

const (
	barTop    float32 = 8 // from the composer's edge
	barHeight float32 = 30
	barGap    float32 = 6 // to the box
)

// bar says above the box what the text in it is for.
type bar struct {
	edge   *canvas.Rectangle
	title  *canvas.Text
	text   *canvas.Text
	cancel *kit.Button
	says   [2]string
	of     [2]*chat.Message // what it speaks of
}

func newBar(cancel func()) *bar {
	b := &bar{
		edge:   canvas.NewRectangle(color.Transparent),
		title:  canvas.NewText("", color.Transparent),
		text:   canvas.NewText("", color.Transparent),
		cancel: kit.NewQuietButton("", fynetheme.CancelIcon(), cancel),
	}
	b.edge.CornerRadius = 1.5
	b.title.TextSize, b.title.TextStyle.Bold = theme.NameSize, true
	b.text.TextSize = theme.NameSize
	return b
}

// show says what is answered or, before that, what is edited.
func (b *bar) show(answering, editing *chat.Message) {
	of := [2]*chat.Message{answering, editing}
	if of == b.of {
		return
	}
	b.of = of
	b.says = [2]string{}
	switch {
	case editing != nil:
		b.says = [2]string{"Editing", editing.Text}
	case answering != nil && answering.Own:
		b.says = [2]string{"Answering yourself:", answering.Text}
	case answering != nil:
		b.says = [2]string{"Answering " + answering.From.Name + ":", answering.Text}
	}
	const most = 300 // no line has room for more
	if r := []rune(b.says[1]); len(r) > most {
		b.says[1] = string(r[:most])
	}
	b.says[1] = strings.Join(strings.Fields(b.says[1]), " ")
}

func (b *bar) empty() bool { return b.says[0] == "" }

func (b *bar) objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{b.edge, b.title, b.text, b.cancel}
}

func (b *bar) recolour() {
	b.edge.FillColor = theme.Color(fynetheme.ColorNamePrimary)
	b.title.Color = theme.Color(fynetheme.ColorNamePrimary)
	b.text.Color = theme.Color(theme.ColorMeta)
}

// arrange puts the bar in its place.
func (b *bar) arrange(at fyne.Position, width float32, grid theme.Grid) {
	if b.empty() {
		return
	}
	const inset, apart = 10, 6
	b.edge.Move(at.AddXY(0, 4))
	b.edge.Resize(fyne.NewSize(3, barHeight-8))
	b.cancel.Move(at.AddXY(width-barHeight, 0))
	b.cancel.Resize(fyne.NewSquareSize(barHeight))
	room := width - barHeight - inset - apart
	line := func(t *canvas.Text, says string, x, room float32) float32 {
		var size fyne.Size
		t.Text, size = msgtext.Ellipsis(says, room, t.TextSize, t.TextStyle)
		t.Resize(size)
		t.Move(grid.Pos(at.X+x, at.Y+(barHeight-size.Height)/2))
		return size.Width
	}
	titled := line(b.title, b.says[0], inset, room)
	rest := room - titled - apart
	b.text.Hidden = rest < 30 // nothing worth reading fits
	line(b.text, b.says[1], inset+titled+apart, max(rest, 0))
}
