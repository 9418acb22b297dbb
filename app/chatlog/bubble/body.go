package bubble

import (
	"fyne.io/fyne/v2"

	"github.com/parlance-chat/parlance/app/chatlog/parts"
	"github.com/parlance-chat/parlance/app/chatlog/words"
	"github.com/parlance-chat/parlance/app/msgtext"
	"github.com/parlance-chat/parlance/app/phrase"
	"github.com/parlance-chat/parlance/app/theme"
	"github.com/parlance-chat/parlance/netcore/chat"
)

// Distances in a bubble.
const (
	PadX     float32 = 12 // left and right of the text
	PadY     float32 = 7  // above and below
	metaGap  float32 = 10 // between the text and the time after it
	markGap  float32 = 4
	moreGap  float32 = 4
	quoteGap float32 = 5 // between the quote and the text
)

// Body is a measured message.
type Body struct {
	Layout *msgtext.Layout
	Folded bool // the text is longer than what is shown at first
	Line   bool // a change of the group: no bubble is drawn
	Silent bool // what is shown is not the message's text: nothing of it can be selected
	Epoch  int  // counts what it was measured for; the owner's

	Bubble fyne.Size // the bubble itself
	Height float32   // with the reactions under it

	doc   *msgtext.Doc
	quote *quote
	text  fyne.Position
	more  fyne.Position
	meta  meta
	mark  fyne.Position
	pills []pill
}

// Room is what a message has to fit into, and how its letters are measured.
type Room struct {
	Metrics *msgtext.Metrics
	Grid    theme.Grid
	Width   float32 // the greatest of a text
	Line    float32 // the greatest of the line that stands for a change
}

// Parse reads a message; its measures are still missing. A long text is cut
// unless it is unfolded. change makes a sentence of a change of a group.
func Parse(m *chat.Message, unfolded bool, change func(chat.Message) string) *Body {
	b := &Body{}
	if m.Change != nil {
		b.Line, b.Silent = true, true
		b.doc = msgtext.Caption(change(*m) + " · " + words.Time(m))
		return b
	}
	b.meta = parseMeta(m)
	if note := words.InPlace(m); note != "" {
		b.Silent, b.doc = true, msgtext.Note(note)
		return b
	}
	shown, folded := msgtext.Fold(m.Text)
	if unfolded {
		shown = m.Text
	}
	var names []string
	for _, a := range m.Mentions {
		names = append(names, a.Name)
	}
	if m.Kind == chat.Room && phrase.IsAction(shown) {
		b.doc = msgtext.Note(phrase.Action(m.From.Name, shown))
	} else {
		b.doc = msgtext.Parse(shown, names...)
	}
	b.Folded = folded
	if m.Answers != nil {
		b.quote = parseQuote(m.Answers)
	}
	b.pills = parsePills(m)
	return b
}

// Wrap lays a parsed message out.
func (b *Body) Wrap(m *chat.Message, room Room) {
	grid := room.Grid
	if b.Line {
		b.Layout = room.Metrics.Wrap(b.doc, room.Line)
		size := b.Layout.Size()
		b.Bubble = fyne.NewSize(grid.Ceil(size.Width+2*PadX), grid.Ceil(size.Height+2*linePad))
		b.text, b.Height = grid.Pos(PadX, linePad), b.Bubble.Height
		return
	}
	b.Layout = room.Metrics.Wrap(b.doc, room.Width)
	text, last := b.Layout.Size(), b.Layout.LastLine()
	top := PadY
	content := text
	if b.quote != nil {
		b.quote.wrap(room)
		top += b.quote.size.Height + quoteGap
		content.Width = max(content.Width, b.quote.size.Width)
	}
	b.text = grid.Pos(PadX, top)
	if b.Folded {
		more := fyne.MeasureText(words.More, moreSize, fyne.TextStyle{Bold: true})
		b.more = grid.Pos(PadX, top+text.Height+moreGap)
		content = fyne.NewSize(max(content.Width, more.Width), text.Height+moreGap+more.Height)
		last = more
	}
	tail := float32(0)
	if m.Own {
		tail = markGap + parts.MarkWidth
	}
	time := b.meta.wrap(room.Width - tail)
	time.Width += tail
	inner := content
	if beside := last.Width + metaGap + time.Width; beside <= room.Width {
		inner.Width = max(content.Width, beside)
	} else {
		inner = fyne.NewSize(max(content.Width, time.Width), content.Height+time.Height-1)
	}
	b.Bubble = fyne.NewSize(grid.Ceil(inner.Width+2*PadX), grid.Ceil(top+inner.Height+PadY))
	if b.quote != nil {
		b.quote.size.Width = inner.Width
	}
	// The time stands a little lower than the text's last line.
	b.meta.at = grid.Pos(PadX+inner.Width-time.Width, top+inner.Height-time.Height+2)
	b.mark = grid.Pos(PadX+inner.Width-parts.MarkWidth, b.meta.at.Y+(time.Height-parts.MarkHeight)/2)
	b.Height = grid.Ceil(b.Bubble.Height + b.wrapPills(room, m.Own))
}

// bare says that no ground is drawn: for a few emoji that stand alone.
func (b *Body) bare() bool { return b.Line || b.doc.Jumbo() && b.quote == nil }

// Text returns where the text begins.
func (b *Body) Text() fyne.Position { return b.text }

// Part is a part of a bubble.
type Part int

// The parts. Nothing is beside the others, also inside the bubble.
const (
	Nothing  Part = iota
	Text          // of the message
	More          // "Show more"
	Quote         // the message that is answered
	Edited        // the word beside the time
	Tally         // how many it has reached
	Time          // and the mark of the state
	Reaction      // one of those under the bubble
)

// At says what lies under a point; of a reaction, which one.
func (b *Body) At(p fyne.Position) (Part, int) {
	if b.Line {
		if inside(p, fyne.Position{}, b.Bubble) {
			return Time, 0
		}
		return Nothing, 0
	}
	if b.quote != nil && inside(p, quoteAt, b.quote.size) {
		return Quote, 0
	}
	if b.Folded && inside(p, b.more, fyne.MeasureText(words.More, moreSize, fyne.TextStyle{Bold: true})) {
		return More, 0
	}
	if inside(p, b.meta.at.SubtractXY(near, near), fyne.NewSize(b.Bubble.Width-b.meta.at.X+near, b.meta.height+2*near)) {
		return b.meta.partAt(p.X - b.meta.at.X), 0
	}
	for i, pill := range b.pills {
		if inside(p, pill.at, pill.size) {
			return Reaction, i
		}
	}
	if b.Layout.Over(p.Subtract(b.text)) {
		return Text, 0
	}
	return Nothing, 0
}

// near is how far beside the time the pointer still means it: it is small.
const near float32 = 4

func inside(p, at fyne.Position, size fyne.Size) bool {
	return p.X >= at.X && p.Y >= at.Y && p.X < at.X+size.Width && p.Y < at.Y+size.Height
}

// Place returns where a part stands, to explain it there; of a reaction, which.
func (b *Body) Place(part Part, index int) (fyne.Position, fyne.Size) {
	switch {
	case part == Reaction && index < len(b.pills):
		return b.pills[index].at, b.pills[index].size
	case b.Line:
		return fyne.Position{}, b.Bubble
	}
	return b.meta.at, fyne.NewSize(b.Bubble.Width-b.meta.at.X, b.meta.height)
}
