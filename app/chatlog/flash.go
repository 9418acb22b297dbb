package chatlog

import (
	"image/color"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"github.com/parlance-chat/parlance/app/chatlog/parts"
	"github.com/parlance-chat/parlance/app/theme"
	"github.com/parlance-chat/parlance/netcore/chat"
)

const (
	flashTime = 2 * time.Second
	// flashHold is the share of it before the fading begins.
	flashHold = 0.6
)

// flash makes a message stand out for a while. An animation, not a timer, ends
// it: Fyne runs those on the UI goroutine.
func (l *Log) flash(id chat.MessageID) {
	l.unflash()
	l.flashed = id
	l.fade = fyne.NewAnimation(flashTime, func(done float32) {
		if l.flashed != id || l.closed {
			return
		}
		if done >= 1 {
			l.flashed = chat.MessageID{}
		}
		if r := l.live[id]; r != nil && done >= flashHold {
			r.flash.FillColor = flashColor((1 - done) / (1 - flashHold))
			parts.Show(done < 1, r.flash)
			canvas.Refresh(r.flash)
		}
	})
	l.fade.Curve = fyne.AnimationLinear
	l.animate(l.fade)
}

// unflash ends it at once.
func (l *Log) unflash() {
	if l.fade != nil {
		l.fade.Stop()
	}
	l.fade, l.flashed = nil, chat.MessageID{}
}

// flashColor returns the ground of a message that stands out so strongly, from
// 0 to 1.
func flashColor(strength float32) color.Color {
	c := color.NRGBAModel.Convert(theme.Color(theme.ColorFlash)).(color.NRGBA)
	c.A = uint8(float32(c.A) * min(max(strength, 0), 1))
	return c
}
