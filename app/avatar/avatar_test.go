package avatar

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"github.com/parlance-chat/parlance/app/theme"
)

func TestAvatar(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Light))
	a := New(40)
	w := test.NewTempWindow(t, a)
	w.Resize(fyne.NewSize(40, 40))
	r := test.WidgetRenderer(a).(*renderer)
	a.Set("id", "Anna Lindqvist")
	if r.text.Text != "AL" || a.MinSize() != fyne.NewSquareSize(40) {
		t.Errorf("shows %q in %v", r.text.Text, a.MinSize())
	}
	for _, c := range []struct {
		presence    Presence
		dot, hollow bool
	}{{None, false, false}, {Online, true, false}, {Offline, true, true}} {
		a.SetPresence(c.presence)
		if r.dot.Visible() != c.dot || r.ring.Visible() != c.dot || r.hollow.Visible() != c.hollow {
			t.Errorf("presence %d: dot %v, hollow %v", c.presence, r.dot.Visible(), r.hollow.Visible())
		}
	}
	grounds := map[any]bool{}
	for _, id := range []string{"a", "b", "c", "d", "e"} {
		a.Set(id, "Anna Lindqvist")
		grounds[r.disc.FillColor] = true
	}
	if len(grounds) < 2 {
		t.Error("five people of one name have one colour")
	}
	a.Set("another", "")
	if r.text.Text != "?" {
		t.Errorf("nobody is shown as %q", r.text.Text)
	}
}
