package chatlog

import (
	"slices"

	"github.com/parlance-chat/parlance/netcore/chat"
)

const (
	// maxWindow is how many messages are held at once: some twenty screens on
	// either side of the view.
	maxWindow = 800
	// pageSize is how many are read at a time, and trimmed at a time.
	pageSize = 200
	// firstPage is how many are read on opening: more than a tall screen shows.
	firstPage = 80
	// nearEnd is how close to an end of the window, in messages, the view gets
	// before the next page is read.
	nearEnd = 60
)

// window is the stretch of the conversation that is held, in order, without
// doubles.
type window struct {
	messages []chat.Message
	at       map[chat.MessageID]chat.Position
	// older and newer say whether the source has more on that side; above and
	// below say how many, exactly or, after a jump, by estimate.
	older, newer bool
	above, below int
}

func (w *window) reset() { *w = window{at: make(map[chat.MessageID]chat.Position)} }

func (w *window) len() int { return len(w.messages) }

// total returns how many messages the conversation has.
func (w *window) total() int { return w.above + len(w.messages) + w.below }

func (w *window) first() chat.Position {
	if len(w.messages) == 0 {
		return chat.Position{}
	}
	return w.messages[0].Position
}

func (w *window) last() chat.Position {
	if len(w.messages) == 0 {
		return chat.Position{}
	}
	return w.messages[len(w.messages)-1].Position
}

// search returns the index of the first message not before p, and whether it
// stands exactly there.
func (w *window) search(p chat.Position) (int, bool) {
	return slices.BinarySearchFunc(w.messages, p, func(m chat.Message, p chat.Position) int {
		switch {
		case m.Position.Less(p):
			return -1
		case p.Less(m.Position):
			return 1
		}
		return 0
	})
}

func (w *window) has(id chat.MessageID) bool {
	_, ok := w.at[id]
	return ok
}

// find returns the index of a message that is held.
func (w *window) find(id chat.MessageID) (int, bool) {
	p, ok := w.at[id]
	if !ok {
		return 0, false
	}
	return w.search(p)
}

// insert puts a message in its place and returns its index; false if it is
// there already.
func (w *window) insert(m chat.Message) (int, bool) {
	i, taken := w.search(m.Position)
	if taken || w.has(m.ID) {
		return 0, false
	}
	w.messages = slices.Insert(w.messages, i, m)
	w.at[m.ID] = m.Position
	return i, true
}

// merge puts a page in its place and returns how many of its messages are new.
func (w *window) merge(page []chat.Message) int {
	added := 0
	for _, m := range page {
		if _, ok := w.insert(m); ok {
			added++
		}
	}
	return added
}

// mergeOlder puts a page read before the window in front of it. A page shorter
// than what was asked for is the last on that side.
func (w *window) mergeOlder(page []chat.Message, asked int) (added int) {
	fresh := make([]chat.Message, 0, len(page)+len(w.messages))
	for _, m := range page {
		if !w.has(m.ID) && (len(w.messages) == 0 || m.Position.Less(w.first())) {
			fresh = append(fresh, m)
			w.at[m.ID] = m.Position
		}
	}
	added = len(fresh)
	w.messages = append(fresh, w.messages...)
	w.above = max(w.above-added, 0)
	if w.older = len(page) >= asked; !w.older {
		w.above = 0
	} else {
		w.above = max(w.above, 1)
	}
	return added
}

// mergeNewer puts a page read after the window behind it.
func (w *window) mergeNewer(page []chat.Message, asked int) (added int) {
	added = w.merge(page)
	w.below = max(w.below-added, 0)
	if w.newer = len(page) >= asked; !w.newer {
		w.below = 0
	} else {
		w.below = max(w.below, 1)
	}
	return added
}

// trimEnd drops the newest messages past maxWindow, but none before keep, and
// returns them.
func (w *window) trimEnd(keep int) []chat.Message {
	cut := max(maxWindow, keep+1)
	if cut >= len(w.messages) {
		return nil
	}
	dropped := slices.Clone(w.messages[cut:])
	clear(w.messages[cut:])
	w.messages = w.messages[:cut]
	w.newer = true
	w.below += len(dropped)
	w.forget(dropped)
	return dropped
}

// trimStart drops the oldest messages past maxWindow, but not keep or any
// after, and returns them.
func (w *window) trimStart(keep int) []chat.Message {
	n := min(len(w.messages)-maxWindow, keep)
	if n <= 0 {
		return nil
	}
	dropped := slices.Clone(w.messages[:n])
	w.messages = slices.Delete(w.messages, 0, n)
	w.older = true
	w.above += n
	w.forget(dropped)
	return dropped
}

func (w *window) forget(messages []chat.Message) {
	for _, m := range messages {
		delete(w.at, m.ID)
	}
}

// before returns the last position before p.
func before(p chat.Position) chat.Position {
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
	firstPosition = func() (p chat.Position) { p[len(p)-1] = 1; return p }()
	lastPosition  = func() (p chat.Position) {
		for i := range p {
			p[i] = 0xff
		}
		return p
	}()
)
