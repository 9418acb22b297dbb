package chatlog

import (
	"github.com/parlance-chat/parlance/app/chatlog/bubble"
	"github.com/parlance-chat/parlance/app/chatlog/words"
	"github.com/parlance-chat/parlance/app/theme"
	"github.com/parlance-chat/parlance/netcore/chat"
)

// Distances in the pane.
const (
	sideMargin   float32 = 16
	endMargin    float32 = 12 // above the first message
	footMargin   float32 = 24 // below the last: who types is said there
	avatarGap    float32 = 8
	groupGap     float32 = 12 // between messages of different groups
	joinGap      float32 = 3  // within a group
	dayHeight    float32 = 42
	unreadHeight float32 = 32
	nameHeight   float32 = 20
	maxBubble    float32 = 620 // longer lines are hard to read
)

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
	return max(min(room*share, maxBubble)-2*bubble.PadX, 60)
}

// measure returns the body of a message, from the cache if it is there.
func (l *Log) measure(m *chat.Message) *bubble.Body {
	b := l.bodies.Get(m.ID)
	if b != nil && b.Epoch == l.epoch {
		return b
	}
	if b == nil {
		b = bubble.Parse(m, l.unfolded[m.ID], l.changeText)
		l.bodies.Put(m.ID, b)
	}
	l.wraps++
	b.Wrap(m, bubble.Room{
		Metrics: l.metrics,
		Grid:    l.look.grid,
		Width:   l.textWidth(),
		Line:    max(l.Size().Width-2*sideMargin-2*bubble.PadX, 60),
	})
	b.Epoch = l.epoch
	l.setHeight(m.ID, b.Height)
	return b
}

// changeText makes a sentence of a change of the group.
func (l *Log) changeText(m chat.Message) string {
	if l.ChangeText == nil {
		return m.From.Name
	}
	return l.ChangeText(m)
}

// heightOf returns the height of a message's bubble, with the reactions under it.
func (l *Log) heightOf(m *chat.Message) float32 {
	if h, ok := l.heights[m.ID]; ok {
		return h
	}
	return l.measure(m).Height
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
	l.bodies.Drop(id)
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
		h.day = !words.SameDay(prev.Sent.Local(), m.Sent.Local())
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
	h.name = h.group && l.conv.Authors && !m.Own && m.Change == nil
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
	if a.Change != nil || b.Change != nil {
		return a.Change != nil && b.Change != nil
	}
	pause := b.Sent.Sub(a.Sent).Seconds()
	return a.Own == b.Own && a.From.Device == b.From.Device && a.From.Address == b.From.Address && pause <= groupWithin && pause >= -groupWithin
}

// endsGroup says whether the message after the i-th begins a new group.
func (l *Log) endsGroup(i int) bool {
	return i+1 >= l.win.Len() || l.headOf(i+1).group
}
