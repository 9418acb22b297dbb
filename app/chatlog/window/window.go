// Package window holds a stretch of a conversation: some hundred messages in
// order, without doubles, and how many there are before and after. It reads
// nothing itself: its owner merges pages that were read and trims what is far
// from view. It is not safe for use by several goroutines.
package window

import (
	"encoding/binary"
	"slices"

	"github.com/parlance-chat/parlance/netcore/chat"
)

// Max is how many messages are held at once: some twenty screens on either side
// of the view.
const Max = 800

// Window is the stretch of the conversation that is held, in order, without
// doubles.
type Window struct {
	Messages []chat.Message
	at       map[chat.MessageID]chat.Position
	// Older and Newer say whether the source has more on that side; Above and
	// Below say how many, exactly or, after a jump, by estimate.
	Older, Newer bool
	Above, Below int
}

// Reset empties the window.
func (w *Window) Reset() { *w = Window{at: make(map[chat.MessageID]chat.Position)} }

// Len returns how many messages are held.
func (w *Window) Len() int { return len(w.Messages) }

// Total returns how many messages the conversation has.
func (w *Window) Total() int { return w.Above + len(w.Messages) + w.Below }

// First returns the position of the first message held, zero if none is.
func (w *Window) First() chat.Position {
	if len(w.Messages) == 0 {
		return chat.Position{}
	}
	return w.Messages[0].Position
}

// Last returns the position of the last message held, zero if none is.
func (w *Window) Last() chat.Position {
	if len(w.Messages) == 0 {
		return chat.Position{}
	}
	return w.Messages[len(w.Messages)-1].Position
}

// Search returns the index of the first message not before p, and whether it
// stands exactly there.
func (w *Window) Search(p chat.Position) (int, bool) {
	return slices.BinarySearchFunc(w.Messages, p, func(m chat.Message, p chat.Position) int {
		switch {
		case m.Position.Less(p):
			return -1
		case p.Less(m.Position):
			return 1
		}
		return 0
	})
}

// Has says whether a message is held.
func (w *Window) Has(id chat.MessageID) bool {
	_, ok := w.at[id]
	return ok
}

// Find returns the index of a message that is held.
func (w *Window) Find(id chat.MessageID) (int, bool) {
	p, ok := w.at[id]
	if !ok {
		return 0, false
	}
	return w.Search(p)
}

// Insert puts a message in its place and returns its index; false if it is
// there already.
func (w *Window) Insert(m chat.Message) (int, bool) {
	i, taken := w.Search(m.Position)
	if taken || w.Has(m.ID) {
		return 0, false
	}
	w.Messages = slices.Insert(w.Messages, i, m)
	w.at[m.ID] = m.Position
	return i, true
}

// Merge puts a page in its place and returns how many of its messages are new.
func (w *Window) Merge(page []chat.Message) int {
	added := 0
	for _, m := range page {
		if _, ok := w.Insert(m); ok {
			added++
		}
	}
	return added
}

// MergeOlder puts a page read before the window in front of it. A page shorter
// than what was asked for is the last on that side.
func (w *Window) MergeOlder(page []chat.Message, asked int) (added int) {
	fresh := make([]chat.Message, 0, len(page)+len(w.Messages))
	for _, m := range page {
		if !w.Has(m.ID) && (len(w.Messages) == 0 || m.Position.Less(w.First())) {
			fresh = append(fresh, m)
			w.at[m.ID] = m.Position
		}
	}
	added = len(fresh)
	w.Messages = append(fresh, w.Messages...)
	w.Above = max(w.Above-added, 0)
	if w.Older = len(page) >= asked; !w.Older {
		w.Above = 0
	} else {
		w.Above = max(w.Above, 1)
	}
	return added
}

// MergeNewer puts a page read after the window behind it.
func (w *Window) MergeNewer(page []chat.Message, asked int) (added int) {
	added = w.Merge(page)
	w.Below = max(w.Below-added, 0)
	if w.Newer = len(page) >= asked; !w.Newer {
		w.Below = 0
	} else {
		w.Below = max(w.Below, 1)
	}
	return added
}

// TrimEnd drops the newest messages past Max, but none before keep, and
// returns them.
func (w *Window) TrimEnd(keep int) []chat.Message {
	cut := max(Max, keep+1)
	if cut >= len(w.Messages) {
		return nil
	}
	dropped := slices.Clone(w.Messages[cut:])
	clear(w.Messages[cut:])
	w.Messages = w.Messages[:cut]
	w.Newer = true
	w.Below += len(dropped)
	w.forget(dropped)
	return dropped
}

// TrimStart drops the oldest messages past Max, but not keep or any
// after, and returns them.
func (w *Window) TrimStart(keep int) []chat.Message {
	n := min(len(w.Messages)-Max, keep)
	if n <= 0 {
		return nil
	}
	dropped := slices.Clone(w.Messages[:n])
	w.Messages = slices.Delete(w.Messages, 0, n)
	w.Older = true
	w.Above += n
	w.forget(dropped)
	return dropped
}

// DropBefore drops the messages before p, which are no longer kept anywhere,
// and returns them.
func (w *Window) DropBefore(p chat.Position) []chat.Message {
	n, _ := w.Search(p)
	if n == 0 {
		return nil
	}
	dropped := slices.Clone(w.Messages[:n])
	w.Messages = slices.Delete(w.Messages, 0, n)
	w.Older, w.Above = false, 0
	w.forget(dropped)
	return dropped
}

func (w *Window) forget(messages []chat.Message) {
	for _, m := range messages {
		delete(w.at, m.ID)
	}
}

// Before returns the last position before p.
func Before(p chat.Position) chat.Position {
	for i := len(p) - 1; i >= 0; i-- {
		p[i]--
		if p[i] != 0xff {
			break
		}
	}
	return p
}

// Positions at the two ends of every conversation.
var (
	Begin = func() (p chat.Position) { p[len(p)-1] = 1; return p }()
	End   = func() (p chat.Position) {
		for i := range p {
			p[i] = 0xff
		}
		return p
	}()
)

// Between returns where p stands from a to b, as if time passed evenly: 0 to 1.
func Between(a, p, b chat.Position) float64 {
	low, at, high := leading(a), leading(p), leading(b)
	if high <= low || at <= low {
		return 0
	}
	return min(float64(at-low)/float64(high-low), 1)
}

// Along returns the position that stands at a share of the way from a to b.
func Along(a, b chat.Position, share float64) chat.Position {
	low, high := leading(a), leading(b)
	if high <= low {
		return a
	}
	var p chat.Position
	binary.BigEndian.PutUint64(p[:8], low+uint64(float64(high-low)*share))
	return p
}

// leading returns the part of a position that is a time.
func leading(p chat.Position) uint64 { return binary.BigEndian.Uint64(p[:8]) }
