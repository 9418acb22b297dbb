package chatlog

import (
	"fyne.io/fyne/v2"

	"github.com/parlance-chat/parlance/netcore/chat"
)

// choose moves the keyboard's choice to the message above (-1) or below (1); of
// a message that is higher than the view, it shows the rest first.
func (l *Log) choose(step int) {
	r := l.live[l.chosen]
	if r == nil {
		l.chooseInView(step)
		return
	}
	top, bottom, height := r.y+r.at.Y, r.y+r.height(), l.Size().Height
	i, _ := l.win.Find(l.chosen)
	next := i + step
	switch {
	case step < 0 && top < 0:
		l.scrollBy(min(lineStep, endMargin-top))
		return
	case step > 0 && bottom > height:
		l.scrollBy(-min(lineStep, bottom-height+endMargin))
		return
	case next < 0 || next >= l.win.Len():
		l.scrollBy(float32(-step) * lineStep)
		return
	}
	l.chosen = l.win.Messages[next].ID
	l.stale = true
	// As far as shows all of it, but not past its beginning or, going up, its end.
	if step < 0 {
		above := r.y - l.heightOf(&l.win.Messages[next])
		l.scrollBy(max(min(endMargin-above, height-footMargin-r.y), 0))
	} else {
		from := bottom + l.headOf(next).Height
		l.scrollBy(-max(min(bottom+l.rowHeight(next)+footMargin-height, from-endMargin), 0))
	}
}

// chooseInView chooses the lowest message that is in view as a whole, or the
// highest for a step down.
func (l *Log) chooseInView(step int) {
	var found *row
	for _, r := range l.rows {
		whole := r.y+r.at.Y >= 0 && r.y+r.height() <= l.Size().Height
		if found == nil || whole && (step < 0 || found.y+found.at.Y < 0) {
			found = r
		}
	}
	if found != nil {
		l.chosen = found.id
		l.changed()
	}
}

// unchoose takes the keyboard's choice away.
func (l *Log) unchoose() {
	if l.chosen != (chat.MessageID{}) {
		l.chosen = chat.MessageID{}
		l.changed()
	}
}

// openChosen opens the menu of the message that the keyboard chose, and says
// whether there is one.
func (l *Log) openChosen() bool {
	r := l.live[l.chosen]
	if r == nil || !l.focused {
		return false
	}
	at := r.at.AddXY(min(24, r.body.Bubble.Width/2), r.y)
	at.Y = min(max(at.Y+r.body.Bubble.Height+2, 0), l.Size().Height) // beside it, if there is room
	l.openMenu(l.menuOf(r, nil), fyne.CurrentApp().Driver().AbsolutePositionForObject(l).Add(at))
	return true
}
