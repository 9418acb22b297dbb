package composer

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"github.com/parlance-chat/parlance/app/kit"
)

// shut stands in place of the box when nothing can be written.
type shut struct {
	text   *widget.Label
	action *kit.Button
	do     func()
}

func newShut() *shut {
	s := &shut{text: widget.NewLabel("")}
	s.text.Wrapping = fyne.TextWrapWord
	s.action = kit.NewButton("", false, func() {
		if s.do != nil {
			s.do()
		}
	})
	s.action.Hide()
	return s
}

// say shows a sentence, with a button if label is not empty; an empty sentence
// opens the box.
func (s *shut) say(why, label string, do func()) {
	s.do = do
	s.text.SetText(why)
	s.action.SetText(label)
	s.action.Hidden = label == ""
}

func (s *shut) open() bool { return s.text.Text != "" }

// height returns how much room it takes at the width it has.
func (s *shut) height() float32 {
	h := s.text.MinSize().Height
	if !s.action.Hidden {
		h = max(h, s.action.MinSize().Height)
	}
	return h + 2*marginY
}

// arrange puts the sentence at the left and the button at the right.
func (s *shut) arrange(size fyne.Size) {
	room := size.Width - 2*marginX
	if !s.action.Hidden {
		least := s.action.MinSize()
		s.action.Resize(least)
		s.action.Move(fyne.NewPos(marginX+room-least.Width, (size.Height-least.Height)/2))
		room -= least.Width + gap
	}
	s.text.Alignment = fyne.TextAlignLeading
	if s.action.Hidden {
		s.text.Alignment = fyne.TextAlignCenter
	}
	s.text.Resize(fyne.NewSize(room, s.text.MinSize().Height))
	height := s.text.MinSize().Height
	s.text.Resize(fyne.NewSize(room, height))
	s.text.Move(fyne.NewPos(marginX, (size.Height-height)/2))
}
