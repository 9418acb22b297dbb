package chatlog

import (
	"fmt"

	"github.com/parlance-chat/parlance/app/chatlog/window"
	"github.com/parlance-chat/parlance/netcore/chat"
)

const (
	// pageSize is how many messages are read at a time.
	pageSize = 200
	// firstPage is how many are read on opening: more than a tall screen shows.
	firstPage = 80
	// nearEnd is how close to an end of the window, in messages, the view gets
	// before the next page is read.
	nearEnd = 60
)

// want is what a read is for.
type want int

const (
	wantNewest want = iota // the end of the conversation
	wantOlder              // the page before the window
	wantNewer              // the page after it
	wantAround             // what stands around a position
)

// read is one read of the source, and where the view stands afterwards.
type read struct {
	want  want
	at    chat.Position // wantAround
	limit int
	place placing
	y     float32 // place keep: where the bubble of at stands
	index int     // place seek: about how many messages stand before

	unread int  // place open: how many of the newest of others were not seen
	again  bool // the read before brought what is no longer kept
}

// placing says where the view stands after a read that replaces the window.
type placing int

const (
	placeEnd   placing = iota // at the newest message
	placeOpen                 // there, or at the first unread one
	placeFlash                // the message in the middle, standing out
	placeKeep                 // the message where it was
	placeSeek                 // where the scrollbar was dropped
	placeStart                // at the oldest message
)

// result is what a read brought.
type result struct {
	older, newer []chat.Message // around the position; newer is all for other wants
	count        int
	first        chat.Position // of the oldest message, if it was asked for
	last         chat.Position // of the newest one, likewise
	unread       chat.Position // of the first unread one, likewise
	err          error
}

// load starts a read, or queues it while another is under way. Reads that
// replace the window displace whatever is queued; pages are asked for again by
// the next place, if they are still wanted.
func (l *Log) load(r read) {
	if l.closed || l.conv.Source == nil {
		return
	}
	if l.loading {
		if r.want == wantNewest || r.want == wantAround {
			l.queued = &r
		}
		return
	}
	l.loading = true
	source, generation := l.conv.Source, l.generation
	first, last := l.win.First(), l.win.Last()
	askFirst := l.oldest.IsZero()
	l.loads.Add(1)
	l.spawn(func() {
		defer l.loads.Done()
		l.reading.Lock() // a source of the conversation before may still be read
		res := r.run(source, first, last, askFirst)
		l.reading.Unlock()
		l.do(func() {
			if !l.closed && generation == l.generation {
				l.loaded(r, res)
			}
		})
	})
}

// run reads; it is all of a Log that runs off the UI goroutine.
func (r read) run(source Source, first, last chat.Position, askFirst bool) (res result) {
	none := chat.Position{}
	page := func(before, after chat.Position, limit int) []chat.Message {
		if res.err != nil {
			return nil
		}
		var messages []chat.Message
		messages, res.err = source.Page(before, after, limit)
		return messages
	}
	switch r.want {
	case wantNewest:
		res.newer = page(none, none, r.limit)
		askFirst = askFirst && len(res.newer) >= r.limit
		if n := len(res.newer); n > 0 {
			res.last = res.newer[n-1].Position
		}
		var held bool
		if res.unread, held = r.firstUnread(res.newer, page); !held {
			res.older = page(res.unread, none, r.limit)
			res.newer = page(none, window.Before(res.unread), pageSize)
		}
	case wantOlder:
		res.older = page(first, none, r.limit)
		return res
	case wantNewer:
		res.newer = page(none, last, r.limit)
		return res
	case wantAround:
		res.older = page(r.at, none, r.limit)
		after := window.Before(r.at)
		if after.IsZero() { // which would mean the newest
			after = r.at
		}
		res.newer = page(none, after, r.limit)
	}
	if askFirst {
		if oldest := page(none, window.Begin, 1); len(oldest) > 0 {
			res.first = oldest[0].Position
		}
	}
	if res.err == nil {
		res.count, res.err = source.Count()
	}
	return res
}

// firstUnread looks for the message above which the "unread" line stands: the
// newest but so many of others. held says whether it is in the newest page.
func (r read) firstUnread(newest []chat.Message, page func(before, after chat.Position, limit int) []chat.Message) (unread chat.Position, held bool) {
	held = true
	for messages, limit, left := newest, r.limit, r.unread; left > 0; {
		for i := len(messages) - 1; i >= 0 && left > 0; i-- {
			unread = messages[i].Position
			if !messages[i].Own {
				left--
			}
		}
		if left == 0 || len(messages) < limit { // fewer than was said, or a read failed
			break
		}
		messages, limit, held = page(messages[0].Position, chat.Position{}, pageSize), pageSize, false
	}
	return unread, held
}

// loaded applies a read.
func (l *Log) loaded(r read, res result) {
	l.loading = false
	if res.err != nil {
		l.queued = nil
		l.failed(fmt.Errorf("read messages: %w", res.err))
		return
	}
	l.problem = nil
	if !r.again && l.overtaken(res) {
		r.again = true
		l.load(r)
		return
	}
	switch r.want {
	case wantOlder:
		l.addOlder(res.older, r.limit)
	case wantNewer:
		l.addNewer(res.newer, r.limit)
	default:
		l.replace(r, res)
	}
	l.settle()
	l.changed()
	if q := l.queued; q != nil {
		l.queued = nil
		l.load(*q)
	}
}

// addOlder puts a page before the window; nothing in view moves.
func (l *Log) addOlder(page []chat.Message, asked int) {
	l.anchor.index += l.win.MergeOlder(page, asked)
	for _, m := range l.win.TrimEnd(l.lastVisible() + nearEnd) {
		l.dropHeight(m.ID)
	}
}

// addNewer puts a page after the window.
func (l *Log) addNewer(page []chat.Message, asked int) {
	l.win.MergeNewer(page, asked)
	dropped := l.win.TrimStart(l.anchor.index - nearEnd)
	for _, m := range dropped {
		l.dropHeight(m.ID)
	}
	l.anchor.index -= len(dropped)
}

// lastVisible returns an index after which no message is in view.
func (l *Log) lastVisible() int { return l.anchor.index + len(l.live) }

// replace makes what was read the window.
func (l *Log) replace(r read, res result) {
	l.win.Reset()
	for _, m := range res.older {
		l.win.Insert(m)
	}
	for _, m := range res.newer {
		l.win.Insert(m)
	}
	for _, row := range l.live { // texts and names may have changed
		l.recycle(row)
	}
	l.bodies.Reset()
	l.forgetSizes()
	l.count(r, res)
	l.settlePlace(r, res.unread)
	l.opened = true
}

// count works out what there is before and after the window.
func (l *Log) count(r read, res result) {
	w := &l.win
	rest := max(res.count-w.Len(), 0)
	if !res.first.IsZero() {
		l.oldest = res.first
	}
	if l.newest.Less(res.last) {
		l.newest = res.last
	}
	if r.want == wantNewest && len(res.older) == 0 {
		w.Older = len(res.newer) >= r.limit
		if w.Older {
			w.Above = max(rest, 1)
		}
		return
	}
	w.Older = len(res.older) >= r.limit
	w.Newer = len(res.newer) >= r.limit && (r.want != wantNewest || w.Last().Less(res.last))
	switch {
	case !w.Older && !w.Newer:
	case !w.Older:
		w.Below = max(rest, 1)
	case !w.Newer:
		w.Above = max(rest, 1)
	default:
		index := r.index
		if r.place != placeSeek {
			index = int(window.Between(l.oldest, w.First(), l.newest) * float64(res.count))
		} else {
			index -= len(res.older)
		}
		w.Above = min(max(index, 1), max(rest-1, 1))
		w.Below = max(rest-w.Above, 1)
	}
}

// settlePlace puts the view where the read was meant to bring it.
func (l *Log) settlePlace(r read, unread chat.Position) {
	l.atEnd, l.announced = false, false
	switch r.place {
	case placeEnd:
		l.atEnd = true
		l.toEnd()
	case placeOpen:
		l.atEnd = true
		l.toEnd()
		l.unread = unread
		l.openAtUnread()
	case placeFlash:
		if i, ok := l.win.Search(r.at); ok {
			l.toMiddle(i)
			l.flash(l.win.Messages[i].ID)
		} else {
			l.anchorAt(r.at, l.Size().Height/2)
		}
	case placeKeep, placeSeek:
		l.anchorAt(r.at, r.y)
	case placeStart:
		l.toStart()
	}
}

// settle takes over what came while a read was under way: the read may have
// seen the conversation before it or after it.
func (l *Log) settle() {
	if n := l.win.Len(); n > 0 && !l.win.Newer && l.newest.Less(l.win.Last()) {
		l.newest = l.win.Last()
	}
	pending, states, changes := l.pending, l.pendingStates, l.pendingChange
	l.pending, l.pendingStates, l.pendingChange = nil, nil, nil
	if len(pending) > 0 {
		l.add(pending)
	}
	for id, s := range states {
		l.setState(id, s)
	}
	l.change(changes)
}

// openAtUnread puts the first unread message near the top, unless it is in view
// at the end anyway.
func (l *Log) openAtUnread() {
	if l.unread.IsZero() {
		return
	}
	i, _ := l.win.Search(l.unread)
	if i >= l.win.Len() {
		return
	}
	room := l.Size().Height - footMargin
	if l.win.Newer {
		room = 0
	}
	for k := l.win.Len() - 1; k >= i; k-- {
		if room -= l.rowHeight(k); room < 0 {
			l.anchor = anchor{i, endMargin + l.headOf(i).height + l.Size().Height/12}
			l.atEnd = false
			return
		}
	}
}

// readOn reads the next page when the view nears an end of the window.
func (l *Log) readOn(top, bottom int) {
	if l.loading || l.problem != nil {
		return
	}
	switch {
	case l.win.Newer && l.win.Len()-bottom < nearEnd:
		l.load(read{want: wantNewer, limit: pageSize})
	case l.win.Older && top < nearEnd:
		l.load(read{want: wantOlder, limit: pageSize})
	}
}

// guess returns about where the message stands that has so many before it.
func (l *Log) guess(index int) chat.Position {
	w := &l.win
	if index < w.Above {
		oldest := l.oldest
		if oldest.IsZero() {
			oldest = window.Begin
		}
		return window.Along(oldest, w.First(), float64(index)/float64(w.Above))
	}
	past := index - w.Above - w.Len()
	return window.Along(w.Last(), l.newest, float64(past)/float64(max(w.Below, 1)))
}
