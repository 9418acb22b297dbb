package palette

import (
	"os"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"github.com/parlance-chat/parlance/app/theme"
	"github.com/parlance-chat/parlance/netcore/chat"
)

func TestMain(m *testing.M) {
	os.Setenv("LANG", "en_US.UTF-8")
	os.Exit(m.Run())
}

// open shows a palette and returns its canvas and what is picked.
func open(t *testing.T, mine string) (fyne.Canvas, *[]string) {
	t.Helper()
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Light))
	w := test.NewTempWindow(t, widget.NewLabel("behind"))
	w.Resize(fyne.NewSize(600, 400))
	var picked []string
	Show(w.Canvas(), fyne.NewPos(550, 380), mine, func(text string) { picked = append(picked, text) })
	return w.Canvas(), &picked
}

func key(c fyne.Canvas, names ...fyne.KeyName) {
	for _, n := range names {
		c.Focused().TypedKey(&fyne.KeyEvent{Name: n})
	}
}

func TestByKeyboard(t *testing.T) {
	for _, c := range []struct {
		mine string
		keys []fyne.KeyName
		want string
	}{
		{"", []fyne.KeyName{fyne.KeyReturn}, Usual[0]},
		{"", []fyne.KeyName{fyne.KeyRight, fyne.KeyRight, fyne.KeyLeft, fyne.KeySpace}, Usual[1]},
		{Usual[3], []fyne.KeyName{fyne.KeyReturn}, Usual[3]},
		{"another", []fyne.KeyName{fyne.KeyEnd, fyne.KeyLeft, fyne.KeyEnter}, Usual[len(Usual)-1]},
		{"", []fyne.KeyName{fyne.KeyLeft, fyne.KeyEnd, fyne.KeyHome, fyne.KeyReturn}, Usual[0]},
		{"", []fyne.KeyName{fyne.KeyEscape}, ""},
	} {
		canvas, picked := open(t, c.mine)
		key(canvas, c.keys...)
		if got := strings.Join(*picked, "|"); got != c.want || canvas.Overlays().Top() != nil {
			t.Errorf("%v picks %q; still open: %v", c.keys, got, canvas.Overlays().Top() != nil)
		}
	}
}

func TestByPointer(t *testing.T) {
	canvas, picked := open(t, "")
	s := canvas.Focused().(*strip)
	at := fyne.CurrentApp().Driver().AbsolutePositionForObject(s)
	if size := s.Size(); at.X < 0 || at.X+size.Width > 600 || at.Y+size.Height > 400 {
		t.Errorf("the palette stands at %v with %v", at, size)
	}
	p := fyne.NewPos(4.5*cell, cell/2)
	e := &desktop.MouseEvent{}
	e.Position = p
	s.MouseIn(e)
	if s.over != 4 || s.hover.Hidden {
		t.Errorf("%d is under the pointer", s.over)
	}
	s.MouseOut()
	if !s.hover.Hidden {
		t.Error("still under the pointer")
	}
	s.Tapped(&fyne.PointEvent{Position: p})
	if strings.Join(*picked, "|") != Usual[4] {
		t.Errorf("picked %q", *picked)
	}
}

func TestAnyOther(t *testing.T) {
	canvas, picked := open(t, "")
	key(canvas, fyne.KeyEnd, fyne.KeyReturn)
	b, ok := canvas.Focused().(*box)
	if !ok {
		t.Fatalf("%T has the focus", canvas.Focused())
	}
	key(canvas, fyne.KeyReturn)
	test.Type(b, " 👩‍👩‍👧 ")
	key(canvas, fyne.KeyReturn)
	if strings.Join(*picked, "|") != "👩‍👩‍👧" || canvas.Overlays().Top() != nil {
		t.Errorf("picked %q", *picked)
	}

	canvas, picked = open(t, "")
	s := canvas.Focused().(*strip)
	at, size := s.place(len(Usual))
	s.Tapped(&fyne.PointEvent{Position: at.AddXY(size.Width/2, 5)})
	b = canvas.Focused().(*box)
	b.SetText(strings.Repeat("👩‍👩‍👧", 9)) // 18 bytes each
	if len(b.Text) > chat.MaxReaction || b.Text != strings.Repeat("👩‍👩‍👧", 3) {
		t.Errorf("%d bytes are taken", len(b.Text))
	}
	key(canvas, fyne.KeyEscape)
	if len(*picked) != 0 || canvas.Overlays().Top() != nil {
		t.Errorf("picked %q", *picked)
	}
}
