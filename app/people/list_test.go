package people

import (
	"fmt"
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"github.com/parlance-chat/parlance/app/avatar"
	_ "github.com/parlance-chat/parlance/app/locale"
	"github.com/parlance-chat/parlance/app/theme"
)

// shown returns a list of n rows under a heading in a window, and what was
// picked in it.
func shown(t *testing.T, n int) (*List, *[]string) {
	t.Helper()
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Light))
	l := NewList()
	var picked []string
	l.OnSelected = func(key string) { picked = append(picked, key) }
	rows := []Row{{Key: "head", Heading: true, Title: "People", Count: n}}
	for i := range n {
		rows = append(rows, Row{Key: fmt.Sprint(i), ID: fmt.Sprint(i), Title: fmt.Sprintf("Person %d", i), Preview: "hello", Unread: i % 3})
	}
	w := test.NewTempWindow(t, l)
	w.SetPadded(false)
	w.Resize(fyne.NewSize(280, 400))
	l.SetRows(rows)
	return l, &picked
}

// inSight returns the keys of the rows that have objects, in their order.
func (l *List) inSight() []string {
	var views []*rowView
	for _, v := range l.area.views {
		if v.Visible() {
			views = append(views, v)
		}
	}
	slices.SortFunc(views, func(a, b *rowView) int { return int(a.Position().Y - b.Position().Y) })
	var keys []string
	for _, v := range views {
		keys = append(keys, v.row.Key)
	}
	return keys
}

func TestListShowsWhatIsInSight(t *testing.T) {
	l, _ := shown(t, 5000)
	if keys := l.inSight(); len(keys) != 7 || keys[0] != "head" || keys[6] != "5" {
		t.Errorf("at the top there are %q", keys)
	}
	l.scrollTo(headingHeight + 3000*rowHeight + 10)
	if keys := l.inSight(); len(keys) != 7 || keys[0] != "3000" || keys[6] != "3006" {
		t.Errorf("further down there are %q", keys)
	}
	if n := len(l.area.views); n > 8 {
		t.Errorf("%d views for 7 rows in sight", n)
	}
	l.SetRows(l.rows[:3]) // far fewer, while scrolled down
	if keys := l.inSight(); !slices.Equal(keys, []string{"head", "0", "1"}) {
		t.Errorf("of three rows there are %q", keys)
	}
}

func TestListKeepsSelectionByKey(t *testing.T) {
	l, picked := shown(t, 5)
	l.Select("3")
	rows := slices.Clone(l.rows)
	slices.Reverse(rows)
	l.SetRows(rows)
	if l.Selected() != "3" {
		t.Errorf("%q is selected", l.Selected())
	}
	for _, v := range l.area.views {
		if v.selected != (v.row.Key == "3") {
			t.Errorf("row %s is drawn as selected: %v", v.row.Key, v.selected)
		}
	}
	if len(*picked) != 0 {
		t.Errorf("picked %q without anybody doing so", *picked)
	}
}

func TestListKeys(t *testing.T) {
	l, picked := shown(t, 50)
	entered := 0
	l.OnEntered = func() { entered++ }
	l.FocusGained()
	for _, v := range l.area.views {
		if first := v.row.Key == "0"; v.focused != first {
			t.Errorf("nothing is selected, and the keyboard is at row %s: %v", v.row.Key, v.focused)
		}
	}
	for _, key := range []fyne.KeyName{
		fyne.KeyDown, fyne.KeyDown, fyne.KeyUp, fyne.KeyUp, fyne.KeyEnd, fyne.KeyDown, fyne.KeyPageUp, fyne.KeyHome, fyne.KeyPageDown, fyne.KeyReturn,
	} {
		l.TypedKey(&fyne.KeyEvent{Name: key})
	}
	if want := []string{"0", "1", "0", "49", "44", "0", "5"}; !slices.Equal(*picked, want) {
		t.Errorf("picked %q, want %q", *picked, want)
	}
	if entered != 1 {
		t.Errorf("Enter was told %d times", entered)
	}
	typed, menu, at := "", "", fyne.Position{}
	l.OnTyped = func(r rune) { typed += string(r) }
	l.OnMenu = func(key string, where fyne.Position) { menu, at = key, where }
	l.TypedRune('x')
	l.TypedRune(' ')
	l.TypedKey(&fyne.KeyEvent{Name: desktop.KeyMenu})
	l.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if typed != "x" || entered != 3 {
		t.Errorf("typed %q, and left the list %d times", typed, entered)
	}
	if menu != "5" || at.Y < rowHeight || at.Y > l.Size().Height {
		t.Errorf("the menu of %q at %v", menu, at)
	}
	if keys := l.inSight(); !slices.Contains(keys, "5") {
		t.Errorf("the selected row is out of sight: %q", keys)
	}
}

func TestListTaps(t *testing.T) {
	l, picked := shown(t, 5)
	var folded, menus []string
	l.OnFold = func(key string) { folded = append(folded, key) }
	l.OnMenu = func(key string, _ fyne.Position) { menus = append(menus, key) }
	for _, v := range l.area.views {
		test.Tap(v)
		test.TapSecondary(v)
	}
	if !slices.Equal(folded, []string{"head"}) {
		t.Errorf("folded %q", folded)
	}
	if want := []string{"0", "1", "2", "3", "4"}; !slices.Equal(*picked, want) || !slices.Equal(menus, want) {
		t.Errorf("picked %q, menus of %q", *picked, menus)
	}
}

// A row drawn for one kind and then for another leaves nothing of the first.
func TestRowRecycled(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Dark))
	v := newRowView(func(Row) {}, func(Row, fyne.Position) {})
	w := test.NewTempWindow(t, v)
	w.Resize(fyne.NewSize(280, rowHeight))
	r := test.WidgetRenderer(v).(*rowRenderer)
	v.set(Row{Key: "a", Title: "Ann", ID: "a", Presence: avatar.Online, Lead: "Draft:", Tone: Draft, Preview: "x", Unread: 2000, Time: "12:00"}, true, true)
	if !r.avatar.Visible() || !r.badge.Visible() || r.count.Text != "999+" || r.wire.Visible() || r.arrow.Visible() || !r.title.TextStyle.Bold {
		t.Error("a person with unread messages is not drawn as one")
	}
	v.set(Row{Key: "u", Title: "10.0.0.1:5", Picture: Wire}, false, false)
	if r.avatar.Visible() || !r.wire.Visible() || r.badge.Visible() || r.count.Visible() || r.lead.Visible() || r.title.TextStyle.Bold {
		t.Error("an address is not drawn as one")
	}
	v.set(Row{Key: "g", Title: "Team", Picture: Group, Aside: "3", Muted: true, Hushed: true, Unread: 2, Mentioned: true}, false, false)
	if r.avatar.Visible() || r.wire.Visible() || !r.crowd.Visible() || !r.muted.Visible() || !r.aside.Visible() ||
		r.title.TextStyle.Bold || !r.called.Visible() || r.badge.FillColor == r.callee.FillColor {
		t.Error("a muted group with a mention is not drawn as one")
	}
	v.set(Row{Key: "h", Heading: true, Title: "People", Count: 3}, false, false)
	if r.avatar.Visible() || r.wire.Visible() || r.crowd.Visible() || r.called.Visible() || r.preview.Visible() || !r.arrow.Visible() || r.time.Text != "3" {
		t.Error("a heading is not drawn as one")
	}
}

// The name of a row is cut last: the time gives way before it.
func TestTimeGivesWay(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Light))
	v := newRowView(func(Row) {}, func(Row, fyne.Position) {})
	w := test.NewTempWindow(t, v)
	w.SetPadded(false)
	r := test.WidgetRenderer(v).(*rowRenderer)
	for _, tt := range []struct {
		width float32
		aside string
		time  bool
	}{{250, "15 here", false}, {340, "15 here", true}, {250, "", true}} {
		w.Resize(fyne.NewSize(tt.width, rowHeight))
		v.set(Row{Key: "l", Title: "Everyone nearby", Picture: Everyone, Aside: tt.aside, Time: "12:27"}, false, false)
		if r.time.Visible() != tt.time || r.title.Text != "Everyone nearby" {
			t.Errorf("at %v %q, and the time is shown: %v", tt.width, r.title.Text, r.time.Visible())
		}
	}
}
