package parts

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"github.com/parlance-chat/parlance/app/theme"
	"github.com/parlance-chat/parlance/netcore/chat"
)

func newApp(t *testing.T) {
	t.Helper()
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Light))
}

func press(y float32, button desktop.MouseButton) *desktop.MouseEvent {
	e := &desktop.MouseEvent{Button: button}
	e.Position = fyne.NewPos(5, y)
	return e
}

func drag(y float32) *fyne.DragEvent {
	return &fyne.DragEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(5, y)}}
}

func TestBar(t *testing.T) {
	newApp(t)
	b := NewBar()
	pages, released := 0, 0
	var sought []float32
	b.Page = func(direction int) { pages += direction }
	b.Seek = func(share float32) { sought = append(sought, share) }
	b.Released = func() { released++ }
	b.Resize(fyne.NewSize(BarWidth, 400))

	b.Set(1, 0)
	if b.Visible() {
		t.Error("a bar though all is in view")
	}
	for _, c := range []struct{ share, at float32 }{{0.5, 0}, {0.5, 1}, {0.0001, 0.5}, {0.2, 0.3}} {
		b.Set(c.share, c.at)
		top, bottom := b.Thumb()
		if !b.Visible() || top < 0 || bottom > 400 || bottom-top < thumbLeast-0.01 {
			t.Errorf("%v at %v: the thumb reaches from %v to %v", c.share, c.at, top, bottom)
		}
	}
	top, bottom := b.Thumb()
	b.MouseDown(press(top-5, desktop.MouseButtonPrimary))
	b.MouseUp(nil)
	b.MouseDown(press(bottom+5, desktop.MouseButtonPrimary))
	b.MouseDown(press(bottom+6, desktop.MouseButtonPrimary))
	b.MouseDown(press(bottom+6, desktop.MouseButtonSecondary))
	if pages != -1 || len(sought) != 0 || released != 0 {
		t.Errorf("%d pages up, sought %v", pages, sought)
	}
	b.Dragged(drag(0)) // was not taken hold of
	b.MouseDown(press(top+5, desktop.MouseButtonPrimary))
	b.Dragged(drag(top + 5))
	b.Set(0.2, 0.9) // what the pane says while the thumb is held
	if b.At() < 0.29 || b.At() > 0.31 {
		t.Errorf("the thumb left the pointer for %v", b.At())
	}
	b.Dragged(drag(-100))
	b.Dragged(drag(5000))
	b.DragEnd()
	b.MouseUp(nil)
	if len(sought) != 3 || sought[0] < 0.29 || sought[0] > 0.31 || sought[1] != 0 || sought[2] != 1 || released != 1 {
		t.Errorf("sought %v, released %d times", sought, released)
	}
	b.MouseIn(nil)
	wide := b.thumb.Size().Width
	b.MouseOut()
	if b.thumb.Size().Width >= wide {
		t.Error("the thumb does not grow under the pointer")
	}
}

func TestPill(t *testing.T) {
	newApp(t)
	tapped := 0
	p := NewPill(func() { tapped++ })
	if p.Visible() {
		t.Error("a pill at once")
	}
	p.Say("")
	round := p.Size()
	p.Say("3 new messages")
	if !p.Visible() || round.Width != round.Height || p.Size().Width <= round.Width || p.Text() != "3 new messages" {
		t.Errorf("%v became %v", round, p.Size())
	}
	test.Tap(p)
	if tapped != 1 {
		t.Error("tapping does nothing")
	}
}

func TestTip(t *testing.T) {
	newApp(t)
	tip := NewTip()
	pane := fyne.NewSize(400, 300)
	for _, at := range []fyne.Position{{X: 0, Y: 0}, {X: 200, Y: 150}, {X: 390, Y: 290}, {X: 390, Y: 2}} {
		tip.Explain([]string{"Delivered: on the other side's disk", "and more"}, at, fyne.NewSize(10, 10), pane)
		p, s := tip.Position(), tip.Size()
		if !tip.Visible() || p.X < 0 || p.Y < 0 || p.X+s.Width > pane.Width || p.Y+s.Height > pane.Height {
			t.Errorf("explaining %v, it stands at %v with %v", at, p, s)
		}
		if p.Y < at.Y+10 && p.Y+s.Height > at.Y {
			t.Errorf("explaining %v, it hides it", at)
		}
	}
	if strings.Join(tip.Lines(), "|") != "Delivered: on the other side's disk|and more" {
		t.Errorf("says %q", tip.Lines())
	}
}

func TestNotice(t *testing.T) {
	newApp(t)
	tried := 0
	n := NewNotice(func() { tried++ })
	n.Say("The messages could not be read: "+strings.Repeat("because ", 30), fyne.NewSize(300, 400))
	if !n.Visible() || n.Position().X < 0 || n.Size().Width > 300 || n.Size().Height < 60 {
		t.Errorf("stands at %v with %v", n.Position(), n.Size())
	}
	test.Tap(n.Retry())
	if tried != 1 || !strings.HasPrefix(n.Text(), "The messages") {
		t.Error("nothing is tried again")
	}
}

func TestDrawings(t *testing.T) {
	newApp(t)
	d := make(Drawings)
	meta, read := theme.Color(theme.ColorMeta), theme.Color(theme.ColorRead)
	names := map[string]bool{}
	for _, s := range []chat.State{chat.Queued, chat.Sent, chat.Delivered, chat.Refused} {
		names[d.Get(Mark(s), meta).Name()] = true
	}
	names[d.Get(Mark(chat.Read), read).Name()] = true
	if len(names) != 5 {
		t.Errorf("five states have %d pictures", len(names))
	}
	if d.Get(Mark(chat.Sent), meta) != d.Get(Mark(chat.Sent), meta) || len(d) != 5 {
		t.Error("a picture is made twice")
	}
}
