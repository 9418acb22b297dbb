package chatlog

import (
	"fmt"

	"github.com/parlance-chat/parlance/app/chatlog/pages"
	"github.com/parlance-chat/parlance/app/chatlog/window"
	"github.com/parlance-chat/parlance/netcore/chat"
)

const (
	// firstPage is how many are read on opening: more than a tall screen shows.
	firstPage = 80
	// nearEnd is how close to an end of the window, in messages, the view gets
	// before the next page is read.
	nearEnd = 60
)

// read is one read of the source, and where the view stands afterwards.
type read struct {
	want  pages.Want
	at    chat.Position // pages.Around
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

// load starts a read, or queues it while another is under way. Reads that
// replace the window displace whatever is queued; pages are asked for again by
// the next place, if they are still wanted.
func (l *Log) load(r read) {
	if l.closed || l.conv.Source == nil {
		return
	}
	if l.loading {
		if r.want == pages.Newest || r.want == pages.Around {
			l.queued = &r
		}
		return
	}
	l.loading = true
	source, generation := l.conv.Source, l.generation
	what := pages.Read{
		Want: r.want, At: r.at, Limit: r.limit, Unread: r.unread,
		First: l.win.First(), Last: l.win.Last(), AskFirst: l.oldest.IsZero(),
	}
	l.loads.Add(1)
	l.spawn(func() {
		defer l.loads.Done()
		l.reading.Lock() // a source of the conversation before may still be read
		res := what.Run(source)
		l.reading.Unlock()
		l.do(func() {
			if !l.closed && generation == l.generation {
				l.loaded(r, res)
			}
		})
	})
}

// loaded applies a read.
func (l *Log) loaded(r read, res pages.Result) {
	l.loading = false
	if res.Err != nil {
		l.queued = nil
		l.failed(fmt.Errorf("read messages: %w", res.Err))
		return
	}
	l.problem = nil
	if !r.again && l.overtaken(res) {
		r.again = true
		l.load(r)
		return
	}
	switch r.want {
	case pages.Older:
		l.addOlder(res.Older, r.limit)
	case pages.Newer:
		l.addNewer(res.Newer, r.limit)
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
func (l *Log) replace(r read, res pages.Result) {
	l.win.Reset()
	for _, m := range res.Older {
		l.win.Insert(m)
	}
	for _, m := range res.Newer {
		l.win.Insert(m)
	}
	for _, row := range l.live { // texts and names may have changed
		l.recycle(row)
	}
	l.bodies.Reset()
	l.forgetSizes()
	l.count(r, res)
	l.settlePlace(r, res.Unread)
	l.opened = true
}

// count works out what there is before and after the window.
func (l *Log) count(r read, res pages.Result) {
	w := &l.win
	rest := max(res.Count-w.Len(), 0)
	if !res.First.IsZero() {
		l.oldest = res.First
	}
	if l.newest.Less(res.Last) {
		l.newest = res.Last
	}
	if r.want == pages.Newest && len(res.Older) == 0 {
		w.Older = len(res.Newer) >= r.limit
		if w.Older {
			w.Above = max(rest, 1)
		}
		return
	}
	w.Older = len(res.Older) >= r.limit
	w.Newer = len(res.Newer) >= r.limit && (r.want != pages.Newest || w.Last().Less(res.Last))
	switch {
	case !w.Older && !w.Newer:
	case !w.Older:
		w.Below = max(rest, 1)
	case !w.Newer:
		w.Above = max(rest, 1)
	default:
		index := r.index
		if r.place != placeSeek {
			index = int(window.Between(l.oldest, w.First(), l.newest) * float64(res.Count))
		} else {
			index -= len(res.Older)
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
			l.anchor = anchor{i, endMargin + l.headOf(i).Height + l.Size().Height/12}
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
		l.load(read{want: pages.Newer, limit: pages.Size})
	case l.win.Older && top < nearEnd:
		l.load(read{want: pages.Older, limit: pages.Size})
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
