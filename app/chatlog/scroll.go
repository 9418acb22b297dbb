package chatlog

import (
	"fyne.io/fyne/v2"

	"github.com/parlance-chat/parlance/app/chatlog/pages"
	"github.com/parlance-chat/parlance/app/chatlog/parts"
	"github.com/parlance-chat/parlance/app/chatlog/words"
)

// updateBar shows the place in the conversation.
func (l *Log) updateBar(visible []placed) {
	height := l.Size().Height
	if len(visible) == 0 {
		l.bar.Set(1, 0)
		return
	}
	w := &l.win
	if !w.Older && !w.Newer && visible[0].index == 0 && len(visible) == w.Len() {
		total := endMargin + footMargin
		for i := range visible {
			total += l.rowHeight(i)
		}
		if total <= height+1 {
			l.bar.Set(1, 0)
			return
		}
	}
	average := l.averageHeight()
	total := max(float32(w.Total())*average, height*1.05)
	offset := (float32(w.Above)+float32(visible[0].index))*average - visible[0].y
	at := min(max(offset/max(total-height, 1), 0), 1)
	switch {
	case l.atEnd:
		at = 1
	case !w.Older && visible[0].index == 0 && visible[0].y >= 0:
		at = 0
	default:
		at = min(max(at, 0.001), 0.999)
	}
	l.bar.Set(height/total, at)
}

// seek brings the view to a share of the conversation, 0 to 1: at once if it is
// held, else after a read around where that message should stand in time.
func (l *Log) seek(share float32) {
	w := &l.win
	switch {
	case w.Len() == 0:
		return
	case share <= 0:
		l.ScrollToStart()
		return
	case share >= 1:
		l.ScrollToEnd()
		return
	}
	average := l.averageHeight()
	rows := share * max(float32(w.Total())-l.Size().Height/average, 0)
	index := int(rows)
	y := -(rows - float32(index)) * average
	if i := index - w.Above; i >= 0 && i < w.Len() {
		l.anchor = anchor{i, y}
		l.place()
		return
	}
	l.load(read{want: pages.Around, at: l.guess(index), limit: firstPage, place: placeSeek, y: y, index: index})
}

// updatePill shows the pill while the end is out of view: with a number if
// messages came, else once the view is a good way up.
func (l *Log) updatePill() {
	size := l.Size()
	switch {
	case !l.opened || l.atEnd || l.win.Len() == 0:
		l.pill.Hide()
		return
	case l.fresh > 0:
		l.pill.Say(words.Fresh(l.fresh))
	case l.win.Newer || l.farFromEnd(size.Height):
		l.pill.Say("")
	default:
		l.pill.Hide()
		return
	}
	at := fyne.NewPos((size.Width-l.pill.Size().Width)/2, size.Height-parts.PillHeight-endMargin)
	if l.fresh == 0 {
		at.X = size.Width - parts.PillHeight - parts.BarWidth - 8
	}
	l.pill.Move(l.look.grid.Pos(at.X, at.Y))
}

// farFromEnd says whether more than distance lies below the view.
func (l *Log) farFromEnd(distance float32) bool {
	if len(l.rows) == 0 {
		return false
	}
	last := l.rows[len(l.rows)-1]
	i, ok := l.win.Find(last.id)
	if !ok {
		return false
	}
	left := last.y + last.height() - l.Size().Height
	for i++; i < l.win.Len() && left < distance; i++ {
		left += l.rowHeight(i)
	}
	return left >= distance
}

// updateNotice shows why there are no messages: they cannot be read, or there
// are none.
func (l *Log) updateNotice() {
	if l.problem != nil {
		l.notice.Say("The messages could not be read: "+l.problem.Error(), l.Size())
	} else {
		l.notice.Hide()
	}
	if l.conv.Empty == nil {
		return
	}
	empty := l.opened && l.problem == nil && l.win.Len() == 0
	parts.Show(empty, l.conv.Empty)
	if empty {
		size := l.conv.Empty.MinSize()
		size.Width = max(size.Width, min(l.Size().Width-2*sideMargin, 420))
		l.conv.Empty.Resize(size)
		size.Height = l.conv.Empty.MinSize().Height
		l.conv.Empty.Resize(size)
		l.conv.Empty.Move(fyne.NewPos((l.Size().Width-size.Width)/2, (l.Size().Height-size.Height)/2))
	}
}

// showTip explains target, a rectangle of the view.
func (l *Log) showTip(lines []string, target fyne.Position, size fyne.Size) {
	l.tip.Explain(lines, target, size, l.Size())
}

func (l *Log) hideTip() {
	if l.tip.Visible() {
		l.tip.Hide()
	}
}
