package parts

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"github.com/parlance-chat/parlance/app/kit"
)

// margin is the least room left and right of a notice.
const margin float32 = 16

// Notice is what the pane says when messages cannot be read.
type Notice struct {
	widget.BaseWidget
	label *widget.Label
	retry *kit.Button
	box   *fyne.Container
}

// NewNotice returns a hidden notice whose button calls retry.
func NewNotice(retry func()) *Notice {
	n := &Notice{label: widget.NewLabel(""), retry: kit.NewButton("Try again", false, retry)}
	n.label.Alignment = fyne.TextAlignCenter
	n.label.Wrapping = fyne.TextWrapWord
	n.box = &fyne.Container{Objects: []fyne.CanvasObject{n.label, n.retry}}
	n.ExtendBaseWidget(n)
	n.Hide()
	return n
}

// Say shows the notice in the middle of a pane.
func (n *Notice) Say(text string, pane fyne.Size) {
	n.label.SetText(text)
	width := min(pane.Width-2*margin, 460)
	n.label.Resize(fyne.NewSize(width, 10))
	height := n.label.MinSize().Height
	n.label.Resize(fyne.NewSize(width, height))
	button := n.retry.MinSize()
	n.retry.Resize(button)
	n.retry.Move(fyne.NewPos((width-button.Width)/2, height+6))
	size := fyne.NewSize(width, height+6+button.Height)
	n.Resize(size)
	n.box.Resize(size)
	n.Move(fyne.NewPos((pane.Width-width)/2, (pane.Height-size.Height)/2))
	n.Show()
}

// Text returns what the notice says.
func (n *Notice) Text() string { return n.label.Text }

// Retry returns the button.
func (n *Notice) Retry() *kit.Button { return n.retry }

// MinSize implements fyne.CanvasObject.
func (n *Notice) MinSize() fyne.Size { return fyne.NewSize(1, 1) }

// CreateRenderer implements fyne.Widget.
func (n *Notice) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(n.box) }
