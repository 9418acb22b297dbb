package bubble

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	fynetheme "fyne.io/fyne/v2/theme"

	"github.com/parlance-chat/parlance/app/chatlog/parts"
	"github.com/parlance-chat/parlance/app/chatlog/words"
	"github.com/parlance-chat/parlance/app/msgtext"
	"github.com/parlance-chat/parlance/app/theme"
	"github.com/parlance-chat/parlance/netcore/chat"
)

// View is the objects that draw a message.
type View struct {
	Ground *canvas.Rectangle
	Text   *msgtext.Text
	More   *canvas.Text
	Time   *canvas.Text
	Mark   *canvas.Image // nil in views for messages of others

	// What few messages have is made when the first one has it.
	extras *fyne.Container
	edge   *canvas.Rectangle // of a message that calls the user
	quote  *quoteView
	pills  []*pillView
}

// NewView returns a view for one's own messages or for those of others.
func NewView(own bool) *View {
	v := &View{
		Ground: canvas.NewRectangle(color.Transparent),
		Text:   msgtext.New(),
		More:   canvas.NewText(words.More, color.Transparent),
		Time:   canvas.NewText("", color.Transparent),
		extras: &fyne.Container{},
	}
	v.More.TextSize, v.More.TextStyle.Bold = moreSize, true
	v.Time.TextSize = theme.CaptionSize
	v.extras.Hide()
	if own {
		v.Mark = canvas.NewImageFromResource(nil)
		v.Mark.FillMode = canvas.ImageFillContain
	}
	return v
}

// Objects returns what is to be drawn, always the same.
func (v *View) Objects() []fyne.CanvasObject {
	objects := []fyne.CanvasObject{v.Ground, v.Text, v.More, v.Time, v.extras}
	if v.Mark != nil {
		objects = append(objects, v.Mark)
	}
	return objects
}

// Manner is how a message is shown beyond what stands in it.
type Manner struct {
	At       fyne.Position
	Grid     theme.Grid
	Unfolded bool
	Chosen   bool // by the keyboard
	// First and Last say that the message begins or ends a group of one author.
	First, Last bool
	Drawings    parts.Drawings
}

// Show draws a message.
func (v *View) Show(b *Body, m *chat.Message, how Manner) {
	v.showGround(b, how)
	at, grid := how.At, how.Grid
	v.Text.SetLayout(b.Layout)
	v.Text.Move(grid.Pos(at.X+b.text.X, at.Y+b.text.Y))
	parts.Show(b.Folded, v.More)
	if b.Folded {
		v.More.Text = words.More
		if how.Unfolded {
			v.More.Text = words.Less
		}
		v.More.Color = theme.Color(theme.ColorLink)
		v.More.Resize(v.More.MinSize())
		v.More.Move(at.Add(b.more))
	}
	parts.Show(!b.Line, v.Time)
	if !b.Line {
		v.Time.Text, v.Time.Color = b.meta.text, metaColor(m)
		v.Time.Resize(v.Time.MinSize())
		v.Time.Move(grid.Pos(at.X+b.meta.at.X, at.Y+b.meta.at.Y))
	}
	v.showMark(b, m, how)
	v.showExtras(b, m, how)
}

func (v *View) showGround(b *Body, how Manner) {
	g := v.Ground
	g.StrokeWidth, g.StrokeColor = 0, color.Transparent
	switch {
	case b.bare():
		g.FillColor = color.Transparent
	case b.Silent:
		g.FillColor = theme.Color(theme.ColorPane) // a hairline around nothing is drawn too dark
		g.StrokeColor, g.StrokeWidth = theme.Color(theme.ColorPillEdge), 1
	case v.Mark != nil:
		g.FillColor = theme.Color(theme.ColorOwnBubble)
	default:
		g.FillColor = theme.Color(theme.ColorBubble)
		g.StrokeColor, g.StrokeWidth = theme.Color(theme.ColorBubbleEdge), 1
	}
	if how.Chosen {
		g.StrokeColor, g.StrokeWidth = theme.Color(fynetheme.ColorNamePrimary), 2
	}
	top, bottom := theme.BubbleRadius, theme.BubbleRadius
	if !how.First {
		top = theme.BubbleJoin
	}
	if !how.Last {
		bottom = theme.BubbleJoin
	}
	g.CornerRadius = theme.BubbleRadius
	if v.Mark != nil {
		g.TopRightCornerRadius, g.BottomRightCornerRadius = top, bottom
	} else {
		g.TopLeftCornerRadius, g.BottomLeftCornerRadius = top, bottom
	}
	g.Resize(b.Bubble)
	g.Move(how.At)
}

// metaColor is that of the time: what was refused is to be seen.
func metaColor(m *chat.Message) color.Color {
	if words.Refused(m) {
		return theme.Color(theme.ColorErrorText)
	}
	return theme.Color(theme.ColorMeta)
}

func (v *View) showMark(b *Body, m *chat.Message, how Manner) {
	if v.Mark == nil {
		return
	}
	c := metaColor(m)
	if m.State == chat.Read {
		c = theme.Color(theme.ColorRead)
	}
	if mark := how.Drawings.Get(parts.Mark(m.State), c); v.Mark.Resource != mark {
		v.Mark.Resource = mark
		v.Mark.Refresh()
	}
	v.Mark.Resize(fyne.NewSize(parts.MarkWidth, parts.MarkHeight))
	v.Mark.Move(how.At.Add(b.mark))
}

// showExtras draws the quote, the reactions, and the edge of a message that
// calls the user.
func (v *View) showExtras(b *Body, m *chat.Message, how Manner) {
	called := m.Mentioned && !m.Own && !b.Silent
	any := called || b.quote != nil || len(b.pills) > 0
	parts.Show(any, v.extras)
	if !any {
		return
	}
	at, grid := how.At, how.Grid
	v.extras.Objects = v.extras.Objects[:0]
	if called {
		if v.edge == nil {
			v.edge = canvas.NewRectangle(color.Transparent)
			v.edge.CornerRadius = edgeWidth / 2
		}
		v.edge.FillColor = theme.Color(theme.ColorUnread)
		v.edge.Resize(fyne.NewSize(edgeWidth, b.Bubble.Height-2*edgeInset))
		v.edge.Move(grid.Pos(at.X-edgeWidth-1, at.Y+edgeInset))
		v.extras.Objects = append(v.extras.Objects, v.edge)
	}
	if b.quote != nil {
		if v.quote == nil {
			v.quote = newQuoteView()
		}
		v.quote.show(b.quote, at.Add(quoteAt), m.Own, grid)
		v.extras.Objects = append(v.extras.Objects, v.quote.box)
	}
	for i := range b.pills {
		if i == len(v.pills) {
			v.pills = append(v.pills, newPillView())
		}
		p := v.pills[i]
		p.show(&b.pills[i], at.Add(b.pills[i].at), grid)
		v.extras.Objects = append(v.extras.Objects, p.ground, p.text, p.counter)
	}
}

const (
	edgeWidth float32 = 3
	edgeInset float32 = 4 // from the bubble's corners
)
