package chatlog

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"github.com/parlance-chat/parlance/netcore/chat"
)

// anchor is the place of the view: where the top of one message's bubble
// stands. All else is laid out from there.
type anchor struct {
	index int
	y     float32
}

// placed is a row that is in view.
type placed struct {
	index int
	y     float32 // of the row's top, above its head
}

// place lays out the rows in view from the anchor, keeps the ends of the
// conversation from coming loose, and reads on if one of them is near.
func (l *Log) place() {
	l.checkLook()
	height := l.Size().Height
	if l.win.Len() == 0 || height <= 0 || l.Size().Width <= 0 {
		l.showRows(nil)
		l.afterPlace(nil)
		return
	}
	visible := l.visibleRows(height)
	// Pulling an end back brings others into view, at most at both ends.
	for range 2 {
		shift := l.looseEnd(visible, height)
		if shift == 0 {
			break
		}
		l.anchor.y += shift
		visible = l.visibleRows(height)
	}
	l.reanchor(visible)
	l.showRows(visible)
	l.afterPlace(visible)
}

// visibleRows returns the rows in view, top down.
func (l *Log) visibleRows(height float32) []placed {
	l.anchor.index = min(max(l.anchor.index, 0), l.win.Len()-1)
	down := l.scratch[:0]
	// From the anchor up to the top of the view …
	y := l.anchor.y - l.headOf(l.anchor.index).Height
	i := l.anchor.index
	for i > 0 && y > 0 {
		i--
		y -= l.rowHeight(i)
	}
	// … or down to it, if the anchor is above.
	for i < l.win.Len()-1 && y+l.rowHeight(i) <= 0 {
		y += l.rowHeight(i)
		i++
	}
	for ; i < l.win.Len() && y < height; i++ {
		down = append(down, placed{i, y})
		y += l.rowHeight(i)
	}
	if len(down) == 0 { // all are below: looseEnd pulls them up
		down = append(down, placed{i, y})
	}
	l.scratch = down
	return down
}

func (l *Log) rowHeight(i int) float32 {
	return l.headOf(i).Height + l.heightOf(&l.win.Messages[i])
}

// looseEnd returns by how much the rows have to move so that no end of the
// window hangs inside the view; few messages stand at its bottom.
func (l *Log) looseEnd(visible []placed, height float32) float32 {
	top, end := visible[0], visible[len(visible)-1]
	bottom := end.y + l.rowHeight(end.index)
	atFirst, atLast := top.index == 0, end.index == l.win.Len()-1
	if atLast && bottom < height-footMargin {
		return height - footMargin - bottom
	}
	if !atFirst || top.y <= endMargin {
		return 0
	}
	shift := endMargin - top.y
	if atLast && bottom+shift < height-footMargin {
		shift = height - footMargin - bottom
	}
	if shift > -0.5 {
		return 0
	}
	return shift
}

// reanchor holds on to the uppermost bubble that begins in view, which nothing
// that happens above it can move.
func (l *Log) reanchor(visible []placed) {
	for _, p := range visible {
		y := p.y + l.headOf(p.index).Height
		if y >= 0 || p == visible[len(visible)-1] {
			l.anchor = anchor{p.index, y}
			return
		}
	}
}

// showRows binds rows to what is in view and moves them there.
func (l *Log) showRows(visible []placed) {
	wanted := l.wanted
	clear(wanted)
	for _, p := range visible {
		wanted[l.win.Messages[p.index].ID] = struct{}{}
	}
	for id, r := range l.live {
		if _, ok := wanted[id]; !ok {
			l.recycle(r)
		}
	}
	for _, p := range visible {
		m := &l.win.Messages[p.index]
		r := l.live[m.ID]
		if r == nil {
			r = l.take(ownRow(m))
			l.live[m.ID] = r
			l.bind(r, p.index)
			l.relist = true
		} else if l.stale {
			l.bind(r, p.index)
		}
		r.y = l.look.grid.Round(p.y)
		r.box.Move(fyne.NewPos(0, r.y))
		top := r.y + r.at.Y + r.body.Text().Y
		r.Text.View(-top, l.Size().Height-top)
	}
	l.stale = false
	if !l.relist {
		return
	}
	l.relist = false
	l.rows = l.rows[:0]
	l.layer.Objects = l.layer.Objects[:0]
	for _, p := range visible {
		r := l.live[l.win.Messages[p.index].ID]
		l.rows = append(l.rows, r)
		l.layer.Objects = append(l.layer.Objects, r.box)
	}
	canvas.Refresh(l.layer)
}

// take returns a row of the kind from the pool, or a new one.
func (l *Log) take(own bool) *row {
	pool := &l.pools[kindOf(own)]
	if n := len(*pool); n > 0 {
		r := (*pool)[n-1]
		*pool = (*pool)[:n-1]
		return r
	}
	return newRow(own)
}

// recycle puts a row that went out of view into its pool.
func (l *Log) recycle(r *row) {
	delete(l.live, r.id)
	l.relist = true
	const most = 40
	if pool := &l.pools[kindOf(r.own)]; len(*pool) < most {
		*pool = append(*pool, r)
	}
}

func kindOf(own bool) int {
	if own {
		return 1
	}
	return 0
}

// afterPlace brings what depends on the place up to date.
func (l *Log) afterPlace(visible []placed) {
	l.atEnd = !l.win.Newer
	top, bottom := 0, 0
	if len(visible) > 0 {
		end := visible[len(visible)-1]
		top, bottom = visible[0].index, end.index
		foot := end.y + l.rowHeight(end.index)
		l.atEnd = l.atEnd && end.index == l.win.Len()-1 && foot <= l.Size().Height+1
	}
	if l.atEnd {
		l.fresh = 0
	}
	l.updateBar(visible)
	l.updatePill()
	l.updateNotice()
	l.updateTyping(visible)
	l.hideTip()
	// What follows may lead back here.
	told := l.announced
	if l.announced = l.atEnd && l.opened; l.announced && !told && l.OnEnd != nil {
		l.OnEnd()
	}
	if l.opened {
		l.readOn(top, bottom)
	}
}

// changed lays out anew after the messages themselves or their looks changed.
func (l *Log) changed() {
	l.stale = true
	l.place()
}

// scrollBy moves the messages down by dy, as the wheel does; up if negative.
func (l *Log) scrollBy(dy float32) {
	if l.win.Len() == 0 {
		return
	}
	l.anchor.y += dy
	l.place()
}

// toEnd puts the last message of the window at the bottom.
func (l *Log) toEnd() {
	if n := l.win.Len(); n > 0 {
		l.anchor = anchor{n - 1, l.Size().Height - footMargin - l.heightOf(&l.win.Messages[n-1])}
	}
}

// toStart puts the first message of the window at the top.
func (l *Log) toStart() {
	if l.win.Len() > 0 {
		l.anchor = anchor{0, endMargin + l.headOf(0).Height}
	}
}

// toMiddle puts the i-th message in the middle, or its beginning if it is long.
func (l *Log) toMiddle(i int) {
	h := l.heightOf(&l.win.Messages[i])
	l.anchor = anchor{i, max((l.Size().Height-h)/2, endMargin)}
}

// anchorPosition returns the position of the anchor's message.
func (l *Log) anchorPosition() chat.Position {
	if l.win.Len() == 0 {
		return chat.Position{}
	}
	return l.win.Messages[min(max(l.anchor.index, 0), l.win.Len()-1)].Position
}

// anchorAt makes the message at or after p the anchor, at height y.
func (l *Log) anchorAt(p chat.Position, y float32) {
	i, _ := l.win.Search(p)
	l.anchor = anchor{min(i, max(l.win.Len()-1, 0)), y}
}

// resized measures anew after the width changed, and keeps the end in view if
// it was.
func (l *Log) resized(old, size fyne.Size) {
	end := l.atEnd || !l.opened
	if old.Width != size.Width {
		l.forgetSizes()
	}
	if end {
		l.toEnd()
	}
	l.changed()
}

// forgetSizes drops every measure that depends on the width or the theme.
func (l *Log) forgetSizes() {
	l.epoch++
	clear(l.heights)
	l.heightSum = 0
}
