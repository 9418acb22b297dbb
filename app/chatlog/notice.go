package chatlog

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

// notice is what the pane says when messages cannot be read.
type notice struct {
	widget.BaseWidget
	label *widget.Label
	retry *widget.Button
	box   *fyne.Container
}

func newNotice(retry func()) *notice {
	n := &notice{label: widget.NewLabel(""), retry: widget.NewButton("Try again", retry)}
	n.label.Alignment = fyne.TextAlignCenter
	n.label.Wrapping = fyne.TextWrapWord
	n.box = &fyne.Container{Objects: []fyne.CanvasObject{n.label, n.retry}}
	n.ExtendBaseWidget(n)
	n.Hide()
	return n
}

// say shows the notice in the middle of a pane.
func (n *notice) say(text string, pane fyne.Size) {
	n.label.SetText(text)
	width := min(pane.Width-2*sideMargin, 460)
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

// MinSize implements fyne.CanvasObject.
func (n *notice) MinSize() fyne.Size { return fyne.NewSize(1, 1) }

// CreateRenderer implements fyne.Widget.
func (n *notice) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(n.box) }

// updateNotice shows why there are no messages: they cannot be read, or there
// are none.
func (l *Log) updateNotice() {
	if l.problem != nil {
		l.notice.say("The messages could not be read: "+l.problem.Error(), l.Size())
	} else {
		l.notice.Hide()
	}
	if l.conv.Empty == nil {
		return
	}
	empty := l.opened && l.problem == nil && l.win.len() == 0
	show(empty, l.conv.Empty)
	if empty {
		size := l.conv.Empty.MinSize()
		size.Width = max(size.Width, min(l.Size().Width-2*sideMargin, 420))
		l.conv.Empty.Resize(size)
		size.Height = l.conv.Empty.MinSize().Height
		l.conv.Empty.Resize(size)
		l.conv.Empty.Move(fyne.NewPos((l.Size().Width-size.Width)/2, (l.Size().Height-size.Height)/2))
	}
}
