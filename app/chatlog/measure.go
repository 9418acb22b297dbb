package chatlog

import (
	"github.com/parlance-chat/parlance/app/chatlog/bubble"
	"github.com/parlance-chat/parlance/app/chatlog/heading"
	"github.com/parlance-chat/parlance/app/chatlog/words"
	"github.com/parlance-chat/parlance/app/theme"
	"github.com/parlance-chat/parlance/netcore/chat"
)

// Distances in the pane.
const (
	sideMargin         = heading.Side
	endMargin  float32 = 12 // above the first message
	footMargin float32 = 24 // below the last: who types is said there
	avatarGap  float32 = 8
	maxBubble  float32 = 620 // longer lines are hard to read
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
	return l.heightSum/float32(len(l.heights)) + (heading.GroupGap+heading.JoinGap)/2
}

// headOf returns what stands above the i-th message of the window.
func (l *Log) headOf(i int) heading.Heading {
	m := &l.win.Messages[i]
	var h heading.Heading
	joined := false
	if i == 0 {
		h.Day = !l.win.Older
		h.Unread = !l.unread.IsZero() && (m.Position == l.unread || !l.win.Older && !m.Position.Less(l.unread))
	} else {
		prev := &l.win.Messages[i-1]
		joined = heading.Joined(prev, m)
		h.Day = !words.SameDay(prev.Sent.Local(), m.Sent.Local())
		h.Unread = !l.unread.IsZero() && prev.Position.Less(l.unread) && !m.Position.Less(l.unread)
	}
	h.Group = h.Day || h.Unread || !joined
	h.Name = h.Group && l.conv.Authors && !m.Own && m.Change == nil
	return h.Measured()
}

// endsGroup says whether the message after the i-th begins a new group.
func (l *Log) endsGroup(i int) bool {
	return i+1 >= l.win.Len() || l.headOf(i+1).Group
}
