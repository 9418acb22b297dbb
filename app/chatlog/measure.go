package chatlog

import (
	"fyne.io/fyne/v2"

	"github.com/parlance-chat/parlance/app/chatlog/parts"
	"github.com/parlance-chat/parlance/app/msgtext"
	"github.com/parlance-chat/parlance/app/theme"
	"github.com/parlance-chat/parlance/netcore/chat"
)

// Distances in the pane.
const (
	sideMargin   float32 = 16
	endMargin    float32 = 12 // above the first message and below the last
	avatarGap    float32 = 8
	groupGap     float32 = 12 // between messages of different groups
	joinGap      float32 = 3  // within a group
	bubblePadX   float32 = 12
	bubblePadY   float32 = 7
	dayHeight    float32 = 42
	unreadHeight float32 = 32
	nameHeight   float32 = 20
	metaGap      float32 = 10 // between the text and the time after it
	markGap      float32 = 4
	maxBubble    float32 = 620 // longer lines are hard to read
)

// body is a measured message: everything inside the bubble.
type body struct {
	doc    *msgtext.Doc
	layout *msgtext.Layout
	epoch  int  // of the widths it was measured for
	folded bool // the text is longer than what is shown
	jumbo  bool // no bubble is drawn

	bubble fyne.Size // the bubble itself
	more   fyne.Position
	meta   fyne.Position // of the time
	mark   fyne.Position
	time   string // with the note on clocks
}

// layouts keeps measured messages: two generations, so that those in use stay.
type layouts struct{ young, old map[chat.MessageID]*body }

// maxLayouts is how many bodies a generation holds: a few screens.
const maxLayouts = 150

func (c *layouts) get(id chat.MessageID) *body {
	if b, ok := c.young[id]; ok {
		return b
	}
	b, ok := c.old[id]
	if ok {
		c.put(id, b)
	}
	return b
}

func (c *layouts) put(id chat.MessageID, b *body) {
	if c.young == nil || len(c.young) >= maxLayouts {
		c.young, c.old = make(map[chat.MessageID]*body), c.young
	}
	c.young[id] = b
}

func (c *layouts) drop(id chat.MessageID) {
	delete(c.young, id)
	delete(c.old, id)
}

func (c *layouts) reset() { *c = layouts{} }

// textWidth returns the greatest width of a bubble's text in the pane.
func (l *Log) textWidth() float32 {
	room := l.Size().Width - 2*sideMargin
	if l.conv.Authors {
		room -= theme.AvatarSize + avatarGap
	}
	share := float32(0.76)
	if room < 420 {
		share = 0.9
	}
	return max(min(room*share, maxBubble)-2*bubblePadX, 60)
}

// measure returns the body of a message, from the cache if it is there.
func (l *Log) measure(m *chat.Message) *body {
	b := l.bodies.get(m.ID)
	if b != nil && b.epoch == l.epoch {
		return b
	}
	if b == nil {
		b = l.parse(m)
		l.bodies.put(m.ID, b)
	}
	l.wrap(m, b)
	return b
}

// parse reads a message's text; its measures are still missing.
func (l *Log) parse(m *chat.Message) *body {
	b := &body{time: m.Sent.Local().Format(clockLayout)}
	if note := clockNote(m); note != "" {
		b.time += " · " + note
	}
	shown, folded := msgtext.Fold(m.Text)
	if l.unfolded[m.ID] {
		shown = m.Text
	}
	b.doc, b.folded = msgtext.Parse(shown), folded
	b.jumbo = b.doc.Jumbo()
	return b
}

// wrap lays out a parsed message for the width of the pane.
func (l *Log) wrap(m *chat.Message, b *body) {
	l.wraps++
	width := l.textWidth()
	b.layout, b.epoch = l.metrics.Wrap(b.doc, width), l.epoch
	text := b.layout.Size()
	last := b.layout.LastLine()
	content := text
	if b.folded {
		more := fyne.MeasureText(sayMore, theme.CaptionSize+1, fyne.TextStyle{Bold: true})
		b.more = l.look.grid.Pos(bubblePadX, bubblePadY+text.Height+4)
		content = fyne.NewSize(max(text.Width, more.Width), text.Height+4+more.Height)
		last = more
	}
	time := fyne.MeasureText(b.time, theme.CaptionSize, fyne.TextStyle{})
	metaWidth := time.Width
	if m.Own {
		metaWidth += markGap + parts.MarkWidth
	}
	inner := content
	if beside := last.Width + metaGap + metaWidth; beside <= width {
		inner.Width = max(content.Width, beside)
	} else {
		inner = fyne.NewSize(max(content.Width, metaWidth), content.Height+time.Height-1)
	}
	grid := l.look.grid
	b.bubble = fyne.NewSize(grid.Ceil(inner.Width+2*bubblePadX), grid.Ceil(inner.Height+2*bubblePadY))
	// The time stands a little lower than the text's last line.
	b.meta = grid.Pos(bubblePadX+inner.Width-metaWidth, bubblePadY+inner.Height-time.Height+2)
	b.mark = grid.Pos(bubblePadX+inner.Width-parts.MarkWidth, b.meta.Y+(time.Height-parts.MarkHeight)/2)
	l.setHeight(m.ID, b.bubble.Height)
}

// heightOf returns the height of a message's bubble.
func (l *Log) heightOf(m *chat.Message) float32 {
	if h, ok := l.heights[m.ID]; ok {
		return h
	}
	return l.measure(m).bubble.Height
}

func (l *Log) setHeight(id chat.MessageID, h float32) {
	if old, ok := l.heights[id]; ok {
		l.heightSum -= old
	}
	l.heights[id] = h
	l.heightSum += h
}

func (l *Log) dropHeight(id chat.MessageID) {
	if h, ok := l.heights[id]; ok {
		l.heightSum -= h
		delete(l.heights, id)
	}
	l.bodies.drop(id)
}

// averageHeight returns what a row is expected to take.
func (l *Log) averageHeight() float32 {
	const usual = 46
	if len(l.heights) == 0 {
		return usual
	}
	return l.heightSum/float32(len(l.heights)) + (groupGap+joinGap)/2
}

// head is what stands above a message's bubble.
type head struct {
	day, unread bool
	group       bool // the message begins a group
	name        bool
	height      float32
}

// groupWithin is the pause that ends a group of messages of one author.
const groupWithin = 5 * 60 // seconds

// headOf returns what stands above the i-th message of the window.
func (l *Log) headOf(i int) head {
	m := &l.win.Messages[i]
	var h head
	if i == 0 {
		h.day = !l.win.Older
		h.unread = !l.unread.IsZero() && (m.Position == l.unread || !l.win.Older && !m.Position.Less(l.unread))
	} else {
		prev := &l.win.Messages[i-1]
		h.day = !sameDay(prev.Sent.Local(), m.Sent.Local())
		h.unread = !l.unread.IsZero() && prev.Position.Less(l.unread) && !m.Position.Less(l.unread)
	}
	h.group = h.day || h.unread || !l.joined(i)
	if h.day {
		h.height += dayHeight
	}
	if h.unread {
		h.height += unreadHeight
	}
	switch {
	case !h.group:
		h.height += joinGap
	case h.day || h.unread:
		h.height += joinGap
	default:
		h.height += groupGap
	}
	h.name = h.group && l.conv.Authors && !m.Own
	if h.name {
		h.height += nameHeight
	}
	return h
}

// joined says whether the i-th message follows the one before it so closely
// that they are shown as a group.
func (l *Log) joined(i int) bool {
	if i <= 0 || i >= l.win.Len() {
		return false
	}
	a, b := &l.win.Messages[i-1], &l.win.Messages[i]
	pause := b.Sent.Sub(a.Sent).Seconds()
	return a.Own == b.Own && a.From.Device == b.From.Device && a.From.Address == b.From.Address && pause <= groupWithin && pause >= -groupWithin
}

// endsGroup says whether the message after the i-th begins a new group.
func (l *Log) endsGroup(i int) bool {
	return i+1 >= l.win.Len() || l.headOf(i+1).group
}
