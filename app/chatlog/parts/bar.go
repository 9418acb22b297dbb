package parts

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/parlance-chat/parlance/app/theme"
)

// BarWidth is how much of the pane's edge the pointer can hit.
const BarWidth float32 = 14

const (
	thumbNarrow float32 = 5
	thumbWide   float32 = 8
	thumbLeast  float32 = 28
	thumbEdge   float32 = 3 // from the edges of the pane
)

// Bar is a scrollbar that stands for all messages there are, of which only some are held: its
// thumb is as long as the view is of their number times the average height.
type Bar struct {
	widget.BaseWidget

	// Page scrolls by a screen: up for 1, down for -1.
	Page func(direction int)
	// Seek brings a share of the conversation, 0 to 1, into view.
	Seek func(share float32)
	// Released is called when the thumb was let go.
	Released func()

	thumb *canvas.Rectangle
	track *canvas.Rectangle

	share float32 // how much of the conversation is in view, 0 to 1
	at    float32 // where the view stands, 0 to 1
	over  bool
	held  bool
	grip  float32 // where the thumb was taken hold of
}

// NewBar returns a hidden scrollbar.
func NewBar() *Bar {
	b := &Bar{thumb: canvas.NewRectangle(color.Transparent), track: canvas.NewRectangle(color.Transparent)}
	b.ExtendBaseWidget(b)
	b.Hide()
	return b
}

// Set shows how much is in view and where.
func (b *Bar) Set(share, at float32) {
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

// At returns where the thumb stands, 0 to 1.
func (b *Bar) At() float32 { return b.at }

// Thumb returns where the thumb begins and ends, from the bar's top.
func (b *Bar) Thumb() (top, bottom float32) {
	return b.thumbTop(), b.thumbTop() + b.thumbHeight()
}

func (b *Bar) thumbHeight() float32 {
	return max((b.Size().Height-2*thumbEdge)*b.share, thumbLeast)
}

// travel returns how far the thumb can move.
func (b *Bar) travel() float32 {
	return max(b.Size().Height-2*thumbEdge-b.thumbHeight(), 1)
}

func (b *Bar) thumbTop() float32 { return thumbEdge + b.travel()*b.at }

func (b *Bar) arrange() {
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
	b.thumb.Move(fyne.NewPos(BarWidth-width-thumbEdge, b.thumbTop()))
	b.track.Resize(fyne.NewSize(width, b.Size().Height-2*thumbEdge))
	b.track.Move(fyne.NewPos(BarWidth-width-thumbEdge, thumbEdge))
	canvas.Refresh(b)
}

// MouseDown takes hold of the thumb, or scrolls by a page.
func (b *Bar) MouseDown(e *desktop.MouseEvent) {
	if e.Button != desktop.MouseButtonPrimary {
		return
	}
	top := b.thumbTop()
	switch y := e.Position.Y; {
	case y < top:
		b.Page(1)
	case y > top+b.thumbHeight():
		b.Page(-1)
	default:
		b.held, b.grip = true, y-top
		b.arrange()
	}
}

// MouseUp lets go of the thumb.
func (b *Bar) MouseUp(*desktop.MouseEvent) { b.release() }

// Dragged moves the view along with the thumb.
func (b *Bar) Dragged(e *fyne.DragEvent) {
	if !b.held {
		return
	}
	b.at = min(max((e.Position.Y-b.grip-thumbEdge)/b.travel(), 0), 1)
	b.Seek(b.at)
	b.arrange()
}

// DragEnd implements fyne.Draggable.
func (b *Bar) DragEnd() { b.release() }

func (b *Bar) release() {
	if b.held {
		b.held = false
		b.Released()
	}
}

// MouseIn implements desktop.Hoverable.
func (b *Bar) MouseIn(*desktop.MouseEvent) {
	b.over = true
	b.arrange()
}

// MouseMoved implements desktop.Hoverable.
func (b *Bar) MouseMoved(*desktop.MouseEvent) {}

// MouseOut implements desktop.Hoverable.
func (b *Bar) MouseOut() {
	b.over = false
	b.arrange()
}

// Cursor implements desktop.Cursorable: not that of the text under it.
func (b *Bar) Cursor() desktop.Cursor { return desktop.DefaultCursor }

// Resize implements fyne.CanvasObject.
func (b *Bar) Resize(size fyne.Size) {
	b.BaseWidget.Resize(size)
	b.arrange()
}

// MinSize implements fyne.CanvasObject.
func (b *Bar) MinSize() fyne.Size { return fyne.NewSize(BarWidth, thumbLeast) }

// Refresh implements fyne.CanvasObject.
func (b *Bar) Refresh() { b.arrange() }

// CreateRenderer implements fyne.Widget.
func (b *Bar) CreateRenderer() fyne.WidgetRenderer {
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
