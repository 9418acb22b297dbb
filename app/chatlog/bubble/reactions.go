package bubble

import (
	"fmt"
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"github.com/parlance-chat/parlance/app/msgtext"
	"github.com/parlance-chat/parlance/app/theme"
	"github.com/parlance-chat/parlance/netcore/chat"
)

const (
	pillHeight float32 = 23
	pillPad    float32 = 8 // left and right in it
	pillGap    float32 = 4 // between two, above and below them
	pillText           = theme.TextSize - 1
	pillEmoji          = theme.TextSize + 2
	pillWidest float32 = 140 // of a reaction that is a word
)

// pill is one reaction under a bubble, with how many there are of it.
type pill struct {
	text   string
	emoji  bool
	shown  string // text, as far as it fits
	count  int
	own    bool
	at     fyne.Position
	size   fyne.Size
	letter fyne.Size // of shown
	number fyne.Size // of the count
}

func (p *pill) textSize() float32 {
	if p.emoji {
		return pillEmoji
	}
	return pillText
}

// parsePills counts the reactions of a message, the first that came first.
func parsePills(m *chat.Message) []pill {
	var pills []pill
next:
	for _, r := range m.Reactions {
		if r.Text == "" {
			continue
		}
		for i := range pills {
			if pills[i].text == r.Text {
				pills[i].count++
				pills[i].own = pills[i].own || r.Own
				continue next
			}
		}
		pills = append(pills, pill{text: r.Text, emoji: msgtext.Parse(r.Text).Jumbo(), count: 1, own: r.Own})
	}
	return pills
}

// wrapPills puts the reactions in lines under the bubble, own messages' at the
// right, and returns the height they take.
func (b *Body) wrapPills(room Room, own bool) float32 {
	widest := max(room.Width+2*PadX, b.Bubble.Width)
	y := b.Bubble.Height + pillGap
	x, first := float32(0), 0
	flush := func(end int) {
		if !own {
			return
		}
		for i := first; i < end; i++ {
			b.pills[i].at.X += b.Bubble.Width - (x - pillGap)
		}
	}
	for i := range b.pills {
		p := &b.pills[i]
		p.shown, p.letter = msgtext.Ellipsis(p.text, pillWidest, p.textSize(), fyne.TextStyle{})
		p.number = fyne.MeasureText(fmt.Sprint(p.count), theme.CaptionSize, fyne.TextStyle{Bold: true})
		p.size = fyne.NewSize(room.Grid.Ceil(p.letter.Width+p.number.Width+pillGap+2*pillPad), pillHeight)
		if x > 0 && x+p.size.Width > widest {
			flush(i)
			x, first = 0, i
			y += pillHeight + pillGap
		}
		p.at = fyne.NewPos(x, y)
		x += p.size.Width + pillGap
	}
	if len(b.pills) == 0 {
		return 0
	}
	flush(len(b.pills))
	return y + pillHeight + pillGap - b.Bubble.Height
}

// Reaction returns the text of a reaction under the bubble, and whether one's
// own is among those who think so.
func (b *Body) Reaction(i int) (text string, own bool) {
	if i >= len(b.pills) {
		return "", false
	}
	return b.pills[i].text, b.pills[i].own
}

// pillView draws a reaction.
type pillView struct {
	ground        *canvas.Rectangle
	text, counter *canvas.Text
}

func newPillView() *pillView {
	v := &pillView{
		ground:  canvas.NewRectangle(color.Transparent),
		text:    canvas.NewText("", color.Transparent),
		counter: canvas.NewText("", color.Transparent),
	}
	v.ground.CornerRadius, v.ground.StrokeWidth = pillHeight/2, 1
	v.counter.TextSize, v.counter.TextStyle.Bold = theme.CaptionSize, true
	return v
}

func (v *pillView) show(p *pill, at fyne.Position, grid theme.Grid) {
	v.ground.FillColor, v.ground.StrokeColor = theme.Color(theme.ColorPill), theme.Color(theme.ColorPillEdge)
	letters := theme.Color(theme.ColorPillText)
	if p.own {
		v.ground.FillColor, v.ground.StrokeColor = theme.Color(theme.ColorOwnBubble), theme.Color(theme.ColorUnread)
		letters = theme.Color(theme.ColorLink)
	}
	v.ground.Move(grid.Pos(at.X, at.Y))
	v.ground.Resize(p.size)
	v.text.Text, v.text.Color, v.text.TextSize = p.shown, letters, p.textSize()
	drop := float32(0)
	if p.emoji {
		drop = msgtext.EmojiDrop * p.textSize()
	}
	v.text.Move(grid.Pos(at.X+pillPad, at.Y+(pillHeight-p.letter.Height)/2+drop))
	v.text.Resize(p.letter)
	v.counter.Text, v.counter.Color = fmt.Sprint(p.count), letters
	v.counter.Move(grid.Pos(at.X+p.size.Width-pillPad-p.number.Width, at.Y+(pillHeight-p.number.Height)/2))
	v.counter.Resize(p.number)
}
