package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/parlance-chat/parlance/app/theme"
)

// Option is one of several things to do, each with an icon, a name and what it
// is good for. With nothing to do it is advice that looks the same.
type Option struct {
	widget.BaseWidget
	do      func()
	ground  *Panel
	hovered bool
}

// NewOption returns an option; do may be nil.
func NewOption(icon fyne.Resource, name, purpose string, do func()) *Option {
	title := NewProse(name)
	if do != nil {
		title.Colored(theme.ColorLink)
	}
	row := container.New(Row{Gap: 14, Grow: 1},
		widget.NewIcon(fynetheme.NewColoredResource(icon, fynetheme.ColorNamePlaceHolder)),
		container.New(Stack{Gaps: []float32{1}}, title, NewProse(purpose).Sized(theme.NameSize).Muted()))
	o := &Option{do: do, ground: NewPanel("", Inset{Top: 8, Right: 12, Bottom: 8, Left: 12}, row).Rounded(10)}
	o.ExtendBaseWidget(o)
	return o
}

// Tapped implements fyne.Tappable.
func (o *Option) Tapped(*fyne.PointEvent) {
	if o.do != nil {
		o.do()
	}
}

// Cursor implements desktop.Cursorable.
func (o *Option) Cursor() desktop.Cursor {
	if o.do == nil {
		return desktop.DefaultCursor
	}
	return desktop.PointerCursor
}

// MouseIn implements desktop.Hoverable.
func (o *Option) MouseIn(*desktop.MouseEvent) { o.hovered = true; o.mark() }

// MouseMoved implements desktop.Hoverable.
func (o *Option) MouseMoved(*desktop.MouseEvent) {}

// MouseOut implements desktop.Hoverable.
func (o *Option) MouseOut() { o.hovered = false; o.mark() }

func (o *Option) mark() {
	if o.do != nil && o.hovered {
		o.ground.SetFill(fynetheme.ColorNameHover)
	} else {
		o.ground.SetFill("")
	}
}

// Resize implements fyne.CanvasObject.
func (o *Option) Resize(size fyne.Size) {
	o.ground.Resize(size)
	o.BaseWidget.Resize(size)
}

// MinSize implements fyne.CanvasObject.
func (o *Option) MinSize() fyne.Size { return o.ground.MinSize() }

// CreateRenderer implements fyne.Widget.
func (o *Option) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(o.ground) }
