package chatlog

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/parlance-chat/parlance/app/theme"
)

const (
	barWidth    float32 = 14 // what the pointer can hit
	thumbNarrow float32 = 5
	thumbWide   float32 = 8
	thumbLeast  float32 = 28
	thumbEdge   float32 = 3 // from the edges of the pane
)

// scrollbar stands for all messages there are, of which only some are held: its
// thumb is as long as the view is of their number times the average height.
type scrollbar struct {
	widget.BaseWidget
	log   *Log
	thumb *canvas.Rectangle
	track *canvas.Rectangle

	share float32 // how much of the conversation is in view, 0 to 1
	at    float32 // where the view stands, 0 to 1
	over  bool
	held  bool
	grip  float32 // where the thumb was taken hold of
}

func newScrollbar(l *Log) *scrollbar {
	b := &scrollbar{log: l, thumb: canvas.NewRectangle(color.Transparent), track: canvas.NewRectangle(color.Transparent)}
	b.ExtendBaseWidget(b)
	b.Hide()
	return b
}

// set shows how much is in view and where.
func (b *scrollbar) set(share, at float32) {
	b.share = share
	if !b.held {
		b.at = at
	}
	if visible := share < 1; visible != b.Visible() {
		if visible {
			b.Show()
		} else {
			b.Hide()
		}
	}
	b.arrange()
}

func (b *scrollbar) thumbHeight() float32 {
	return max((b.Size().Height-2*thumbEdge)*b.share, thumbLeast)
}

// travel returns how far the thumb can move.
func (b *scrollbar) travel() float32 {
	return max(b.Size().Height-2*thumbEdge-b.thumbHeight(), 1)
}

func (b *scrollbar) thumbTop() float32 { return thumbEdge + b.travel()*b.at }

func (b *scrollbar) arrange() {
	width := thumbNarrow
	b.track.Hidden = true
	if b.over || b.held {
		width = thumbWide
		b.track.Hidden = false
	}
	b.thumb.CornerRadius = width / 2
	b.track.CornerRadius = width / 2
	b.thumb.FillColor = theme.Color(fynetheme.ColorNameScrollBar)
	b.track.FillColor = theme.Color(fynetheme.ColorNameScrollBarBackground)
	b.thumb.Resize(fyne.NewSize(width, b.thumbHeight()))
	b.thumb.Move(fyne.NewPos(barWidth-width-thumbEdge, b.thumbTop()))
	b.track.Resize(fyne.NewSize(width, b.Size().Height-2*thumbEdge))
	b.track.Move(fyne.NewPos(barWidth-width-thumbEdge, thumbEdge))
	canvas.Refresh(b)
}

// MouseDown takes hold of the thumb, or scrolls by a page.
func (b *scrollbar) MouseDown(e *desktop.MouseEvent) {
	if e.Button != desktop.MouseButtonPrimary {
		return
	}
	top := b.thumbTop()
	switch y := e.Position.Y; {
	case y < top:
		b.log.scrollBy(b.log.page())
	case y > top+b.thumbHeight():
		b.log.scrollBy(-b.log.page())
	default:
		b.held, b.grip = true, y-top
		b.arrange()
	}
}

// MouseUp lets go of the thumb.
func (b *scrollbar) MouseUp(*desktop.MouseEvent) { b.release() }

// Dragged moves the view along with the thumb.
func (b *scrollbar) Dragged(e *fyne.DragEvent) {
	if !b.held {
		return
	}
	b.at = min(max((e.Position.Y-b.grip-thumbEdge)/b.travel(), 0), 1)
	b.log.seek(b.at)
	b.arrange()
}

// DragEnd implements fyne.Draggable.
func (b *scrollbar) DragEnd() { b.release() }

func (b *scrollbar) release() {
	if b.held {
		b.held = false
		b.log.place()
	}
}

// MouseIn implements desktop.Hoverable.
func (b *scrollbar) MouseIn(*desktop.MouseEvent) {
	b.over = true
	b.arrange()
}

// MouseMoved implements desktop.Hoverable.
func (b *scrollbar) MouseMoved(*desktop.MouseEvent) {}

// MouseOut implements desktop.Hoverable.
func (b *scrollbar) MouseOut() {
	b.over = false
	b.arrange()
}

// Cursor implements desktop.Cursorable: not the log's.
func (b *scrollbar) Cursor() desktop.Cursor { return desktop.DefaultCursor }

// Resize implements fyne.CanvasObject.
func (b *scrollbar) Resize(size fyne.Size) {
	b.BaseWidget.Resize(size)
	b.arrange()
}

// MinSize implements fyne.CanvasObject.
func (b *scrollbar) MinSize() fyne.Size { return fyne.NewSize(barWidth, thumbLeast) }

// Refresh implements fyne.CanvasObject.
func (b *scrollbar) Refresh() { b.arrange() }

// CreateRenderer implements fyne.Widget.
func (b *scrollbar) CreateRenderer() fyne.WidgetRenderer {
	return &plainRenderer{b, []fyne.CanvasObject{b.track, b.thumb}}
}

// plainRenderer lists objects that their widget arranges by itself.
type plainRenderer struct {
	of      fyne.Widget
	objects []fyne.CanvasObject
}

func (r *plainRenderer) Layout(fyne.Size)             {}
func (r *plainRenderer) MinSize() fyne.Size           { return r.of.MinSize() }
func (r *plainRenderer) Refresh()                     { r.of.Refresh() }
func (r *plainRenderer) Objects() []fyne.CanvasObject { return r.objects }
func (r *plainRenderer) Destroy()                     {}

// updateBar shows the place in the conversation.
func (l *Log) updateBar(visible []placed) {
	height := l.Size().Height
	if len(visible) == 0 {
		l.bar.set(1, 0)
		return
	}
	w := &l.win
	if !w.older && !w.newer && visible[0].index == 0 && len(visible) == w.len() {
		total := float32(2 * endMargin)
		for i := range visible {
			total += l.rowHeight(i)
		}
		if total <= height+1 {
			l.bar.set(1, 0)
			return
		}
	}
	average := l.averageHeight()
	total := max(float32(w.total())*average, height*1.05)
	offset := (float32(w.above)+float32(visible[0].index))*average - visible[0].y
	at := min(max(offset/max(total-height, 1), 0), 1)
	switch {
	case l.atEnd:
		at = 1
	case !w.older && visible[0].index == 0 && visible[0].y >= 0:
		at = 0
	default:
		at = min(max(at, 0.001), 0.999)
	}
	l.bar.set(height/total, at)
}

// seek brings the view to a share of the conversation, 0 to 1: at once if it is
// held, else after a read around where that message should stand in time.
func (l *Log) seek(share float32) {
	w := &l.win
	switch {
	case w.len() == 0:
		return
	case share <= 0:
		l.ScrollToStart()
		return
	case share >= 1:
		l.ScrollToEnd()
		return
	}
	average := l.averageHeight()
	rows := share * max(float32(w.total())-l.Size().Height/average, 0)
	index := int(rows)
	y := -(rows - float32(index)) * average
	if i := index - w.above; i >= 0 && i < w.len() {
		l.anchor = anchor{i, y}
		l.place()
		return
	}
	l.load(read{want: wantAround, at: l.guess(index), limit: firstPage, place: placeSeek, y: y, index: index})
}
