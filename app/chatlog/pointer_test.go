package chatlog

import (
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"github.com/parlance-chat/parlance/app/chatlog/bubble"
	"github.com/parlance-chat/parlance/app/theme"
	"github.com/parlance-chat/parlance/netcore/chat"
)

// talk is a conversation with what the pointer can meet.
func talk(texts ...string) *memory {
	s := &memory{}
	for i, text := range texts {
		s.add(messageAt(i, i%2, text))
	}
	return s
}

// pointAt returns a point of the view over a byte of a message in view.
func (f *fixture) pointAt(n int, offset int) fyne.Position {
	f.t.Helper()
	r := f.rows[n]
	at := r.at.AddXY(bubble.PadX, bubble.PadY+r.y)
	for y := float32(2); y < r.body.Layout.Size().Height; y += 4 {
		for x := float32(0); x < r.body.Layout.Size().Width; x += 0.5 {
			if p := at.AddXY(x, y); r.body.Layout.IndexAt(r.textPos(p)) == offset && r.body.Layout.Over(r.textPos(p)) {
				return p
			}
		}
	}
	f.t.Fatalf("no point shows byte %d of message %d", offset, n)
	return fyne.Position{}
}

func (f *fixture) press(p fyne.Position, modifier fyne.KeyModifier) {
	e := &desktop.MouseEvent{Button: desktop.MouseButtonPrimary, Modifier: modifier}
	e.Position = p
	f.MouseDown(e)
	f.MouseUp(e)
}

func (f *fixture) drag(from, to fyne.Position) {
	f.clock = f.clock.Add(time.Second)
	f.press(from, 0)
	f.Dragged(&fyne.DragEvent{PointEvent: fyne.PointEvent{Position: to}})
	f.DragEnd()
}

func TestSelecting(t *testing.T) {
	s := talk("first message here", "second one\nwith two lines", "third")
	f := opened(t, s, Conversation{})
	for _, c := range []struct {
		name     string
		from, to fyne.Position
		want     string
	}{
		{"forwards", f.pointAt(0, 6), f.pointAt(0, 13), "message"},
		{"backwards", f.pointAt(0, 13), f.pointAt(0, 6), "message"},
		{"over a line break", f.pointAt(1, 7), f.pointAt(1, 15), "one\nwith"},
		{"nowhere", f.pointAt(0, 3), f.pointAt(0, 3), ""},
		{"to the left of the text", f.pointAt(0, 5), fyne.NewPos(0, f.pointAt(0, 5).Y), "first"},
		{"over two messages", f.pointAt(0, 6), f.pointAt(1, 6), "[2026-03-02 09:00] Me: message here\n[2026-03-02 09:00] Anna: second"},
		{"over three", f.pointAt(2, 3), f.pointAt(0, 14), "[2026-03-02 09:00] Me: here\n[2026-03-02 09:00] Anna: second one\nwith two lines\n[2026-03-02 09:00] Me: thi"},
	} {
		f.drag(c.from, c.to)
		if got := f.SelectedText(); got != c.want {
			t.Errorf("%s: %q, not %q", c.name, got, c.want)
		}
	}
	f.TypedShortcut(&fyne.ShortcutCopy{})
	if got := f.clipboard().Content(); !strings.HasSuffix(got, "Me: thi") {
		t.Errorf("the clipboard has %q", got)
	}
	f.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if f.SelectedText() != "" {
		t.Error("Escape does not end the selection")
	}
	f.TypedShortcut(&fyne.ShortcutCopy{})
	if f.clipboard().Content() == "" {
		t.Error("copying nothing emptied the clipboard")
	}
}

func TestClicks(t *testing.T) {
	s := talk("first message here\nand a line", "see https://example.org/x")
	f := opened(t, s, Conversation{})
	p := f.pointAt(0, 8)
	for i, want := range []string{"", "message", "first message here", ""} {
		f.press(p, 0)
		if got := f.SelectedText(); got != want {
			t.Errorf("click %d selects %q, not %q", i+1, got, want)
		}
		f.clock = f.clock.Add(clickPause / 2)
	}
	f.clock = f.clock.Add(time.Second)
	f.press(p, 0)
	f.press(f.pointAt(0, 18), fyne.KeyModifierShift)
	if got := f.SelectedText(); got != "" { // nothing was selected that could go on
		t.Errorf("Shift selects %q", got)
	}
	f.drag(f.pointAt(0, 0), f.pointAt(0, 5))
	f.press(f.pointAt(0, 13), fyne.KeyModifierShift)
	if got := f.SelectedText(); got != "first message" {
		t.Errorf("Shift extends to %q", got)
	}
}

func TestSelectionStaysWhenRowsAreUsedAgain(t *testing.T) {
	s := conversation(400)
	f := opened(t, s, Conversation{})
	f.drag(f.pointAt(1, 0), f.pointAt(1, 7))
	selected, id := f.SelectedText(), f.rows[1].id
	for range 40 {
		f.scrollBy(100)
		for _, r := range f.rows {
			if (r.id == id) == r.Text.Selection().Empty() {
				t.Fatalf("a row shows the selection of another message")
			}
		}
	}
	if f.SelectedText() != selected {
		t.Errorf("%q became %q", selected, f.SelectedText())
	}
	f.ScrollToEnd()
	if f.live[id].Text.Selection().Empty() {
		t.Error("the selection is not shown any more")
	}
}

func TestDraggingOutOfTheViewScrolls(t *testing.T) {
	s := conversation(400)
	f := opened(t, s, Conversation{})
	f.press(f.pointAt(2, 3), 0)
	for range 30 {
		f.Dragged(&fyne.DragEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(100, -30)}})
	}
	if f.AtEnd() || strings.Count(f.SelectedText(), "] ") < 10 {
		t.Errorf("selected %d messages", strings.Count(f.SelectedText(), "] "))
	}
}

func TestSelectAllCopiesWhatIsNotHeld(t *testing.T) {
	s := conversation(2345)
	f := opened(t, s, Conversation{})
	f.TypedShortcut(&fyne.ShortcutSelectAll{})
	for _, r := range f.rows {
		if r.Text.Selection().Empty() {
			t.Error("a row is not selected")
		}
	}
	f.TypedShortcut(&fyne.ShortcutCopy{})
	lines := strings.Split(f.clipboard().Content(), "\n")
	if len(lines) != 2345 || !strings.Contains(lines[0], "Me: Message 0.") || !strings.Contains(lines[2344], "Message 2344.") {
		t.Errorf("%d lines were copied, from %q", len(lines), lines[0])
	}
	s.err = errDisk
	f.TypedShortcut(&fyne.ShortcutCopy{})
	if len(f.errs) != 1 || !errors.Is(f.errs[0], errDisk) {
		t.Errorf("errors: %v", f.errs)
	}
}

func TestCopyIsBounded(t *testing.T) {
	s := &memory{}
	for i := range 600 {
		s.add(messageAt(i, 1, strings.Repeat("x", 60<<10)))
	}
	f := opened(t, s, Conversation{})
	f.selectAll()
	f.copySelection()
	if n := len(f.clipboard().Content()); n < maxCopy || n > 2*maxCopy || len(f.errs) != 1 || !errors.Is(f.errs[0], errCopyLong) {
		t.Errorf("%d bytes were copied, errors: %v", n, f.errs)
	}
}

func TestLinks(t *testing.T) {
	s := talk("", "see https://example.org/x now", "mailto:anna@example.org")
	f := opened(t, s, Conversation{})
	var opens []string
	f.openURL = func(u *url.URL) error {
		opens = append(opens, u.String())
		return nil
	}
	link := f.pointAt(1, 10)
	f.Tapped(&fyne.PointEvent{Position: f.pointAt(1, 1)})
	f.Tapped(&fyne.PointEvent{Position: link})
	f.Tapped(&fyne.PointEvent{Position: f.pointAt(2, 3)})
	if strings.Join(opens, " ") != "https://example.org/x mailto:anna@example.org" {
		t.Errorf("opened %q", opens)
	}
	opens = nil
	f.drag(link, f.pointAt(1, 20))
	f.Tapped(&fyne.PointEvent{Position: link})
	f.clock = f.clock.Add(time.Second)
	f.press(link, 0)
	f.press(link, 0)
	f.Tapped(&fyne.PointEvent{Position: link})
	if len(opens) != 0 {
		t.Error("selecting opens a link")
	}
	move := func(p fyne.Position) desktop.Cursor {
		e := &desktop.MouseEvent{}
		e.Position = p
		f.MouseMoved(e)
		return f.Cursor()
	}
	for _, c := range []struct {
		p    fyne.Position
		want desktop.Cursor
	}{{link, desktop.PointerCursor}, {f.pointAt(1, 1), desktop.TextCursor}, {fyne.NewPos(2, 2), desktop.DefaultCursor}} {
		if got := move(c.p); got != c.want {
			t.Errorf("over %v the pointer is %v, not %v", c.p, got, c.want)
		}
	}
	f.openURL = func(*url.URL) error { return errDisk }
	f.clock = f.clock.Add(time.Second)
	f.press(link, 0)
	f.Tapped(&fyne.PointEvent{Position: link})
	if len(f.errs) != 1 {
		t.Error("a link that does not open is not reported")
	}
}

func TestMenu(t *testing.T) {
	s := talk("all of it, not only a word", "see https://example.org/x now")
	f := opened(t, s, Conversation{})
	labels := func(p fyne.Position) string {
		menu := f.menuAt(p)
		if menu == nil {
			return ""
		}
		var all []string
		for _, i := range menu.Items {
			if !i.IsSeparator {
				all = append(all, i.Label)
			}
		}
		return strings.Join(all, ", ")
	}
	choose := func(p fyne.Position, label string) {
		t.Helper()
		for _, i := range f.menuAt(p).Items {
			if i.Label == label {
				i.Action()
				return
			}
		}
		t.Fatalf("no %q in the menu", label)
	}
	if got := labels(f.pointAt(0, 3)); got != "Copy message, Select all" {
		t.Errorf("menu: %s", got)
	}
	if got := labels(f.pointAt(1, 10)); got != "Open link, Copy link, Copy message, Select all" {
		t.Errorf("menu of a link: %s", got)
	}
	f.drag(f.pointAt(0, 0), f.pointAt(0, 3))
	if got := labels(f.pointAt(0, 1)); got != "Copy, Copy message, Select all" {
		t.Errorf("menu of a selection: %s", got)
	}
	for label, want := range map[string]string{"Copy": "all", "Copy message": "all of it, not only a word"} {
		choose(f.pointAt(0, 1), label)
		if got := f.clipboard().Content(); got != want {
			t.Errorf("%s puts %q on the clipboard", label, got)
		}
	}
	choose(f.pointAt(1, 10), "Copy link")
	if got := f.clipboard().Content(); got != "https://example.org/x" {
		t.Errorf("the link was copied as %q", got)
	}
	choose(f.pointAt(0, 1), "Select all")
	if !strings.Contains(f.SelectedText(), "\n") {
		t.Error("not all is selected")
	}
	f.TappedSecondary(&fyne.PointEvent{Position: f.pointAt(0, 3), AbsolutePosition: f.pointAt(0, 3)})
	if f.canvas().Overlays().Top() == nil {
		t.Error("no menu comes up")
	}
	if labels(fyne.NewPos(5, 5)) != "" {
		t.Error("a menu where there is no message")
	}
}

func TestTips(t *testing.T) {
	s := &memory{}
	states := []chat.State{chat.Queued, chat.Sent, chat.Delivered, chat.Read}
	for i, state := range states {
		m := messageAt(i, 0, "mine")
		m.State = state
		s.add(m)
	}
	late := messageAt(10, 1, "late")
	late.Received = late.Sent.Add(3 * time.Minute)
	s.add(late)
	early := messageAt(400, 2, "early")
	early.Received = early.Sent.Add(-3 * time.Minute)
	s.add(early)
	strange := messageAt(1000, 3, "https://xn--example.org https://pаypal.example")
	s.add(strange)
	f := opened(t, s, Conversation{Authors: true})
	tip := func(p fyne.Position) string {
		e := &desktop.MouseEvent{}
		e.Position = p
		f.MouseIn(e)
		if !f.tip.Visible() {
			return ""
		}
		return strings.Join(f.tip.Lines(), "\n")
	}
	overTime := func(n int) fyne.Position { return f.rows[n].Time.Position().AddXY(4, f.rows[n].y+4) }
	for i, want := range []string{"Queued: on this device's disk", "Sent: handed to the network", "Delivered: on everybody's disk", "Read: everybody"} {
		mark := f.rows[i].Mark.Position().AddXY(5, f.rows[i].y+5)
		if got := tip(mark); !strings.Contains(got, want) || !strings.Contains(got, "Monday, 2 March 2026, 09:00:0") {
			t.Errorf("the mark of %s explains %q", states[i], got)
		}
	}
	f.conv.Authors = false
	if got := tip(f.rows[2].Mark.Position().AddXY(5, f.rows[2].y+5)); !strings.Contains(got, "Delivered: on the other side's disk") {
		t.Errorf("in a conversation of two: %q", got)
	}
	f.conv.Authors = true
	if got := tip(overTime(4)); !strings.Contains(got, "by the author's clock") || !strings.Contains(got, "under way that long") {
		t.Errorf("the time of a late message explains %q", got)
	}
	if got := tip(overTime(5)); !strings.Contains(got, "clock is ahead") {
		t.Errorf("the time of an early message explains %q", got)
	}
	if got := tip(f.rows[4].top.Avatar.Position().AddXY(5, f.rows[4].y+5)); got != "Anna · "+devices[1].Short() {
		t.Errorf("the avatar explains %q", got)
	}
	if got := tip(f.pointAt(6, 40)); !strings.HasPrefix(got, "Opens xn--") {
		t.Errorf("a host of foreign letters explains %q", got)
	}
	if got := tip(f.pointAt(6, 5)); got != "" {
		t.Errorf("a plain host explains %q", got)
	}
	tip(overTime(4))
	f.MouseOut()
	if f.tip.Visible() {
		t.Error("the tip stays when the pointer is gone")
	}
	tip(overTime(4))
	f.scrollBy(30)
	if f.tip.Visible() {
		t.Error("the tip stays when its message is gone")
	}
}

func TestFolding(t *testing.T) {
	long := strings.Repeat("many words ", 1000) + "the end"
	s := talk("before", long, "after")
	f := opened(t, s, Conversation{})
	r := f.live[s.messages[1].ID]
	if r == nil || !r.body.Folded || !r.More.Visible() {
		t.Fatal("a long message is not folded")
	}
	folded := r.height()
	f.scrollBy(-r.y + 100) // to see its end
	f.JumpTo(s.messages[2].Position)
	r = f.live[s.messages[1].ID]
	f.clock = f.clock.Add(time.Second)
	more := r.More.Position().AddXY(3, r.y+3)
	f.press(more, 0)
	f.Tapped(&fyne.PointEvent{Position: more})
	r = f.live[s.messages[1].ID]
	if r.height() <= folded || !strings.HasSuffix(r.Text.Layout().Doc().Text(), "the end") {
		t.Fatal("Show more does not show more")
	}
	f.check(s)
	f.toggleFold(&f.win.Messages[1])
	if r := f.live[s.messages[1].ID]; r == nil || r.height() != folded {
		t.Error("Show less does not show less")
	}
	f.check(s)
}

func TestAuthorsCanBeTapped(t *testing.T) {
	s := talk("mine", "hers")
	f := opened(t, s, Conversation{Authors: true})
	var who []string
	f.OnAuthor = func(a chat.Author) { who = append(who, a.Name) }
	r := f.rows[1]
	f.Tapped(&fyne.PointEvent{Position: r.top.Avatar.Position().AddXY(5, r.y+5)})
	f.Tapped(&fyne.PointEvent{Position: r.top.Name.Position().AddXY(2, r.y+2)})
	f.Tapped(&fyne.PointEvent{Position: f.pointAt(1, 2)})
	if strings.Join(who, " ") != "Anna Anna" {
		t.Errorf("tapped %q", who)
	}
}

func TestMarksFollowTheState(t *testing.T) {
	s := talk("mine")
	f := opened(t, s, Conversation{})
	names := map[string]bool{}
	for _, state := range []chat.State{chat.Queued, chat.Sent, chat.Delivered, chat.Read} {
		f.UpdateState([]chat.MessageID{s.messages[0].ID}, state)
		names[f.rows[0].Mark.Resource.Name()] = true
	}
	if len(names) != 4 {
		t.Errorf("four states have %d marks", len(names))
	}
}

func TestHighlight(t *testing.T) {
	s := talk("find the needle here", "nothing")
	f := opened(t, s, Conversation{})
	marked := func() int { return len(test.WidgetRenderer(f.rows[0].Text).Objects()) }
	before := marked()
	f.SetHighlight("NEEDLE")
	if marked() != before+1 {
		t.Error("the word is not marked")
	}
	f.SetHighlight("")
	if marked() != before {
		t.Error("the mark stays")
	}
}

func TestKeysArePassedOn(t *testing.T) {
	f := opened(t, talk("hello"), Conversation{})
	var typed []rune
	var keys, shortcuts int
	f.OnTyped = func(r rune) { typed = append(typed, r) }
	f.OnKey = func(*fyne.KeyEvent) { keys++ }
	f.OnShortcut = func(fyne.Shortcut) { shortcuts++ }
	f.TypedRune('x')
	f.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	f.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	f.TypedShortcut(&fyne.ShortcutPaste{})
	if string(typed) != "x" || keys != 2 || shortcuts != 1 {
		t.Errorf("passed on: %q, %d keys, %d shortcuts", typed, keys, shortcuts)
	}
	f.canvas().Focus(f.Log)
	if !f.ring.Visible() {
		t.Error("the focus by keyboard is not shown")
	}
	f.canvas().Unfocus()
	f.press(fyne.NewPos(50, 50), 0)
	if f.canvas().Focused() != f.Log || f.ring.Visible() {
		t.Error("a click takes no focus, or shows it")
	}
}

func TestScrollbar(t *testing.T) {
	s := conversation(1000)
	f := opened(t, s, Conversation{})
	press := func(y float32) {
		e := &desktop.MouseEvent{Button: desktop.MouseButtonPrimary}
		e.Position = fyne.NewPos(5, y)
		f.bar.MouseDown(e)
	}
	dragTo := func(y float32) {
		f.bar.Dragged(&fyne.DragEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(5, y)}})
	}
	press(10) // above the thumb
	f.bar.MouseUp(nil)
	if f.AtEnd() {
		t.Error("a click above the thumb does not scroll")
	}
	f.check(s)
	dragTo(0) // was not taken hold of
	if s.index(f.rows[0].position) == 0 {
		t.Error("the bar scrolls without being held")
	}
	top, _ := f.bar.Thumb()
	press(top + 5)
	dragTo(-100)
	f.check(s)
	if s.index(f.rows[0].position) != 0 {
		t.Error("dragging the thumb to the top shows no beginning")
	}
	dragTo(testHeight + 100)
	f.bar.DragEnd()
	f.check(s)
	if !f.AtEnd() {
		t.Error("dragging the thumb to the bottom shows no end")
	}
}

// TestAnotherScreen moves the window to a screen of another scale: text has to
// stand on the pixels of that one.
func TestAnotherScreen(t *testing.T) {
	s := conversation(60)
	f := opened(t, s, Conversation{Authors: true})
	wraps := f.wraps
	f.canvas().(test.WindowlessCanvas).SetScale(1.5)
	f.scrollBy(7)
	f.check(s)
	if f.wraps == wraps {
		t.Error("nothing was measured for the other screen")
	}
	onGrid := func(what string, v float32) {
		if pixels := v * 1.5; pixels-float32(int(pixels+0.5)) > 0.01 || pixels-float32(int(pixels+0.5)) < -0.01 {
			t.Errorf("%s stands at %v, between two pixels", what, v)
		}
	}
	for _, r := range f.rows[1:] {
		onGrid("a row", r.y)
		onGrid("a text", r.Text.Position().Y)
		onGrid("a time", r.Time.Position().X)
		for _, o := range test.WidgetRenderer(r.Text).Objects() {
			onGrid("a line", o.Position().Y)
		}
	}
}

func TestThemeChange(t *testing.T) {
	f := opened(t, conversation(20), Conversation{Authors: true})
	ground := f.rows[0].Ground.FillColor
	wraps := f.wraps
	fyne.CurrentApp().Settings().SetTheme(theme.New(theme.Dark))
	f.Refresh()
	if f.rows[0].Ground.FillColor == ground {
		t.Error("bubbles keep the colour of the theme before")
	}
	if f.wraps != wraps {
		t.Error("other colours made messages be wrapped anew")
	}
}
