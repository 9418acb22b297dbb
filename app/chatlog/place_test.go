package chatlog

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"pgregory.net/rapid"

	"github.com/parlance-chat/parlance/app/chatlog/pages"
	"github.com/parlance-chat/parlance/app/chatlog/window"
	"github.com/parlance-chat/parlance/netcore/chat"
)

func TestOpensAtTheEnd(t *testing.T) {
	for _, n := range []int{0, 1, 3, 79, 80, 81, 1000} {
		s := conversation(n)
		f := opened(t, s, Conversation{Authors: true})
		f.check(s)
		if !f.AtEnd() || f.ends != 1 {
			t.Errorf("%d messages: at the end: %v, told %d times", n, f.AtEnd(), f.ends)
		}
		if n == 0 {
			continue
		}
		last := f.rows[len(f.rows)-1]
		if bottom := last.y + last.height(); last.id != s.messages[n-1].ID || bottom < testHeight-footMargin-1 || bottom > testHeight-footMargin+1 {
			t.Errorf("%d messages: the last ends at %v", n, bottom)
		}
	}
}

func TestOpeningReadsLittle(t *testing.T) {
	s := conversation(10_000)
	f := opened(t, s, Conversation{})
	if f.win.Len() > firstPage+pages.Size || s.pages > 3 {
		t.Errorf("%d messages in %d pages were read to open", f.win.Len(), s.pages)
	}
	if f.wraps > 40 {
		t.Errorf("%d messages were wrapped to open", f.wraps)
	}
}

func TestScrollingShowsEveryMessageOnce(t *testing.T) {
	s := conversation(1300)
	f := opened(t, s, Conversation{Authors: true})
	seen := map[chat.MessageID]bool{}
	look := func() {
		f.check(s)
		for _, r := range f.rows {
			seen[r.id] = true
		}
	}
	look()
	for range 4000 {
		test.Scroll(f.canvas(), fyne.NewPos(100, 100), 0, 120)
		look()
		if s.index(f.rows[0].position) == 0 && f.rows[0].y >= 0 {
			break
		}
	}
	if len(seen) != len(s.messages) {
		t.Fatalf("%d of %d messages were seen on the way up", len(seen), len(s.messages))
	}
	if !f.win.Newer || f.AtEnd() {
		t.Error("nothing was let go on the way")
	}
	clear(seen)
	look()
	for range 4000 {
		test.Scroll(f.canvas(), fyne.NewPos(100, 100), 0, -120)
		look()
		if f.AtEnd() {
			break
		}
	}
	if len(seen) != len(s.messages) || !f.AtEnd() {
		t.Errorf("%d of %d messages were seen on the way down", len(seen), len(s.messages))
	}
}

func (f *fixture) canvas() fyne.Canvas { return fyne.CurrentApp().Driver().CanvasForObject(f.Log) }

// TestOlderPagesMoveNothing holds back the page of older messages while the
// reader looks at the very first one there is, whose head is then another.
func TestOlderPagesMoveNothing(t *testing.T) {
	s := conversation(2000)
	f := newFixture(t)
	f.SetConversation(Conversation{Source: s, Authors: true})
	f.hold = true
	for range 400 {
		f.scrollBy(200)
	}
	if len(f.held) != 1 {
		t.Fatalf("%d reads are under way", len(f.held))
	}
	before := map[chat.MessageID]float32{}
	for _, r := range f.rows {
		before[r.id], _ = f.bubbleY(r.id)
	}
	held := f.win.Len()
	f.release()
	if f.win.Len() <= held {
		t.Fatal("no older messages came")
	}
	f.check(s)
	for id, y := range before {
		if now, ok := f.bubbleY(id); !ok || now != y {
			t.Errorf("a message moved from %v to %v (in view: %v)", y, now, ok)
		}
	}
}

// TestArrivalsMoveNothing adds messages everywhere while the reader is in the
// middle.
func TestArrivalsMoveNothing(t *testing.T) {
	s := &memory{}
	for i := range 300 {
		s.add(messageAt(i*10, i%4, fmt.Sprintf("Message %d", i)))
	}
	f := opened(t, s, Conversation{Authors: true})
	f.scrollBy(3000)
	top := f.anchorPosition()
	id := f.win.Messages[f.anchor.index].ID
	y, _ := f.bubbleY(id)
	add := func(m chat.Message) {
		t.Helper()
		s.add(m)
		f.Append([]chat.Message{m})
		f.check(s)
		if now, _ := f.bubbleY(id); now != y {
			t.Fatalf("the anchor moved from %v to %v", y, now)
		}
	}
	at := s.index(top) * 10
	add(messageAt(at-5, 1, "just above"))
	add(messageAt(at-55, 2, "further above\nwith\nlines"))
	add(messageAt(3, 2, "near the beginning"))
	add(messageAt(5000, 1, "at the end"))
	add(messageAt(5001, 3, "after that"))
	if f.fresh != 2 || !f.pill.Visible() || f.pill.Text() != "2 new messages" {
		t.Errorf("%d new messages, the pill says %q", f.fresh, f.pill.Text())
	}
	s.add(messageAt(at+5, 1, "just below"))
	f.Append([]chat.Message{messageAt(at+5, 1, "just below")})
	if now, _ := f.bubbleY(id); now != y {
		t.Errorf("the anchor moved from %v to %v", y, now)
	}
	test.Tap(f.pill)
	if !f.AtEnd() || f.pill.Visible() || f.fresh != 0 {
		t.Error("the pill does not lead to the end")
	}
	f.check(s)
}

func TestFollowsAtTheEnd(t *testing.T) {
	s := conversation(50)
	f := opened(t, s, Conversation{})
	ends := f.ends
	for i := range 30 {
		m := messageAt(100+i, 1, "New one\nwith two lines")
		s.add(m)
		f.Append([]chat.Message{m})
		f.check(s)
		if !f.AtEnd() || f.pill.Visible() {
			t.Fatalf("message %d was not followed", i)
		}
	}
	if f.ends != ends+30 {
		t.Errorf("told %d times of 30 messages", f.ends-ends)
	}
}

func TestOwnMessagesLeadToTheEnd(t *testing.T) {
	s := conversation(3000)
	for _, up := range []float32{3000, 60_000} { // the end is held, and is not
		f := opened(t, s, Conversation{})
		for range int(up / 500) {
			f.scrollBy(500)
		}
		m := messageAt(len(s.messages)+10, 0, "My own")
		s.add(m)
		f.Append([]chat.Message{m})
		f.check(s)
		if !f.AtEnd() || f.fresh != 0 {
			t.Errorf("%v up: one's own message is not in view", up)
		}
	}
}

func TestDoublesAreLeftAlone(t *testing.T) {
	s := conversation(20)
	f := opened(t, s, Conversation{})
	f.Append(s.messages)
	f.check(s)
	if f.win.Len() != 20 || f.fresh != 0 {
		t.Errorf("%d messages, %d new", f.win.Len(), f.fresh)
	}
}

func TestFollowingLetsGoOfTheOldest(t *testing.T) {
	s := conversation(10)
	f := opened(t, s, Conversation{})
	for i := range 4 * window.Max {
		m := messageAt(100+i, i%4, "One of many")
		s.add(m)
		f.Append([]chat.Message{m})
	}
	f.check(s)
	if !f.AtEnd() || f.win.Total() != len(s.messages) {
		t.Errorf("at the end: %v; %d of %d messages are counted", f.AtEnd(), f.win.Total(), len(s.messages))
	}
}

func TestResizeKeepsThePlace(t *testing.T) {
	s := conversation(500)
	f := opened(t, s, Conversation{Authors: true})
	for _, size := range []fyne.Size{{Width: 300, Height: 500}, {Width: 900, Height: 300}, {Width: 600, Height: 500}} {
		f.Resize(size)
		f.check(s)
		if !f.AtEnd() {
			t.Errorf("%v: the end went out of view", size)
		}
	}
	f.scrollBy(4000)
	id := f.win.Messages[f.anchor.index].ID
	y, _ := f.bubbleY(id)
	for _, width := range []float32{300, 900, 431, 600} {
		f.Resize(fyne.NewSize(width, 500))
		f.check(s)
		if now, _ := f.bubbleY(id); now != y {
			t.Errorf("width %v: the anchor moved from %v to %v", width, y, now)
		}
	}
}

func TestNothingIsWrappedTwice(t *testing.T) {
	s := conversation(300)
	f := opened(t, s, Conversation{})
	f.scrollBy(500)
	f.scrollBy(-500)
	before := f.wraps
	for range 20 {
		f.scrollBy(25)
	}
	for range 20 {
		f.scrollBy(-25)
	}
	f.Resize(fyne.NewSize(testWidth, testHeight-40))
	f.UpdateState([]chat.MessageID{s.messages[299].ID}, chat.Read)
	f.SetHighlight("word")
	f.Refresh()
	if f.wraps != before {
		t.Errorf("%d messages were wrapped again at the same width", f.wraps-before)
	}
}

func TestFewMessagesStandAtTheBottom(t *testing.T) {
	s := conversation(2)
	f := opened(t, s, Conversation{})
	for _, dy := range []float32{300, -300, 10_000} {
		f.scrollBy(dy)
		f.check(s)
		if !f.AtEnd() || len(f.rows) != 2 {
			t.Errorf("after %v: %d rows, at the end: %v", dy, len(f.rows), f.AtEnd())
		}
	}
	if f.bar.Visible() {
		t.Error("a scrollbar for two messages")
	}
}

func TestHomeAndEnd(t *testing.T) {
	s := conversation(5000)
	f := opened(t, s, Conversation{Authors: true})
	f.TypedKey(&fyne.KeyEvent{Name: fyne.KeyHome})
	f.check(s)
	if f.rows[0].id != s.messages[0].ID || f.win.Older || f.bar.At() != 0 || !f.rows[0].head.Day {
		t.Errorf("Home shows message %d", s.index(f.rows[0].position))
	}
	f.TypedKey(&fyne.KeyEvent{Name: fyne.KeyPageDown})
	f.check(s)
	f.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEnd})
	f.check(s)
	if !f.AtEnd() || f.bar.At() != 1 {
		t.Error("End does not show the end")
	}
	shown := f.inView()
	f.TypedKey(&fyne.KeyEvent{Name: fyne.KeyPageUp})
	if f.AtEnd() || f.inView()[0] == shown[0] {
		t.Error("Page Up does not scroll")
	}
	f.TypedKey(&fyne.KeyEvent{Name: fyne.KeyPageDown})
	if !f.AtEnd() {
		t.Error("Page Down does not scroll back")
	}
	f.TypedKey(&fyne.KeyEvent{Name: fyne.KeyUp})
	if f.bubbleYOf(0) == 0 {
		t.Error("Up does not scroll")
	}
}

func (f *fixture) bubbleYOf(i int) float32 { return f.rows[i].y + f.rows[i].at.Y }

// TestPlaceIsKept: a conversation opens where it was left, unless something is unread.
func TestPlaceIsKept(t *testing.T) {
	for _, scroll := range []float32{300, 60_000} { // within what is read on opening, and far above
		s := conversation(3000)
		f := opened(t, s, Conversation{})
		for range 100 {
			f.scrollBy(scroll / 100)
		}
		seen, y := f.inView(), f.rows[0].y
		place := f.Place()
		f.SetConversation(Conversation{Source: conversation(10)})
		if f.Place() != (Place{}) {
			t.Error("at the end it stands elsewhere")
		}
		f.SetConversation(Conversation{Source: s, Place: place})
		f.check(s)
		if got := f.inView(); !slices.Equal(got, seen) || f.rows[0].y != y || f.AtEnd() {
			t.Errorf("%v up it opens with %q, not %q", scroll, got, seen)
		}
		if above := s.index(f.win.First()); f.win.Above < above*9/10 || f.win.Above > above*11/10 {
			t.Errorf("%v up the scrollbar takes %d messages above for %d", scroll, above, f.win.Above)
		}
		m := messageAt(1_000_000, 1, "new")
		s.add(m)
		f.Append([]chat.Message{m})
		f.check(s)
		if f.fresh != 1 || f.AtEnd() {
			t.Errorf("%v up a message that comes leads away, or is not counted", scroll)
		}
		f.SetConversation(Conversation{Source: s, Place: place, Unread: 1})
		if !f.AtEnd() {
			t.Errorf("%v up it does not open at the unread", scroll)
		}
	}
}

func TestJumpTo(t *testing.T) {
	s := conversation(5000)
	f := opened(t, s, Conversation{Authors: true})
	for _, n := range []int{4990, 2500, 2505, 0, 4999, 1} {
		f.JumpTo(s.messages[n].Position)
		f.check(s)
		y, ok := f.bubbleY(s.messages[n].ID)
		if !ok || y < 0 || y > testHeight {
			t.Errorf("message %d is not in view: %v", n, y)
		}
		if r := f.live[s.messages[n].ID]; r == nil || !r.flash.Visible() {
			t.Errorf("message %d does not stand out", n)
		}
		for _, r := range f.rows {
			if r.id != s.messages[n].ID && r.flash.Visible() {
				t.Errorf("message %d stands out as well", s.index(r.position))
			}
		}
	}
}

func TestStandingOutFades(t *testing.T) {
	s := conversation(100)
	f := opened(t, s, Conversation{})
	f.JumpTo(s.messages[50].Position)
	f.JumpTo(s.messages[60].Position)
	older, newer := f.fades[0], f.fades[1]
	rect := f.live[s.messages[60].ID].flash
	full := rect.FillColor
	older.Tick(1)
	newer.Tick(0.3)
	if !rect.Visible() || rect.FillColor != full {
		t.Error("a message does not stand out for long")
	}
	newer.Tick(0.9)
	if !rect.Visible() || rect.FillColor == full {
		t.Error("it does not fade")
	}
	newer.Tick(1)
	f.changed()
	if rect.Visible() {
		t.Error("it stands out for good")
	}
}

func TestJumpToSomethingGone(t *testing.T) {
	s := conversation(1000)
	f := opened(t, s, Conversation{})
	gone := s.messages[400].Position
	s.messages = append(s.messages[:400:400], s.messages[401:]...)
	f.JumpTo(gone)
	f.check(s)
	if _, ok := f.live[s.messages[400].ID]; !ok {
		t.Error("its neighbour is not in view")
	}
}

func TestScrollbarReachesEverywhere(t *testing.T) {
	s := conversation(20_000)
	f := opened(t, s, Conversation{})
	for _, share := range []float32{0.5, 0.25, 0.9, 0.02, 0.999, 0.1} {
		f.seek(share)
		f.check(s)
		got := float32(s.index(f.rows[len(f.rows)/2].position)) / float32(len(s.messages))
		if got < share-0.02 || got > share+0.02 {
			t.Errorf("dragged to %v, shows %v", share, got)
		}
		if f.bar.At() < share-0.02 || f.bar.At() > share+0.02 {
			t.Errorf("dragged to %v, the bar stands at %v", share, f.bar.At())
		}
	}
	f.seek(0)
	f.check(s)
	if s.index(f.rows[0].position) != 0 {
		t.Error("the bar does not reach the beginning")
	}
	f.seek(1)
	f.check(s)
	if !f.AtEnd() {
		t.Error("the bar does not reach the end")
	}
	if s.most > pages.Size {
		t.Errorf("a page of %d was asked for", s.most)
	}
}

// TestManyOtherThings does what comes in any order, and finds the view sound
// after each step.
func TestManyOtherThings(t *testing.T) {
	f := newFixture(t)
	rapid.Check(t, func(rt *rapid.T) {
		f.t = failer{t, rt}
		s := conversation(rapid.SampledFrom([]int{0, 1, 5, 100, 2500}).Draw(rt, "messages"))
		next := len(s.messages) * 10
		for i := range s.messages { // leave room between them
			s.messages[i] = messageAt(i*10, i/3%4, s.messages[i].Text)
		}
		f.Resize(fyne.NewSize(testWidth, testHeight))
		f.SetConversation(Conversation{Source: s, Authors: true, Unread: rapid.IntRange(0, 120).Draw(rt, "unread")})
		f.check(s)
		add := func(m chat.Message) {
			if k := s.index(m.Position); k < len(s.messages) && s.messages[k].Position == m.Position {
				return
			}
			s.add(m)
			f.Append([]chat.Message{m})
		}
		rt.Repeat(map[string]func(*rapid.T){
			"scroll": func(rt *rapid.T) { f.scrollBy(rapid.Float32Range(-3000, 3000).Draw(rt, "dy")) },
			"latest": func(rt *rapid.T) {
				next += 10
				add(messageAt(next, rapid.IntRange(1, 3).Draw(rt, "author"), strings.Repeat("new ", next%60)))
			},
			"own": func(rt *rapid.T) {
				next += 10
				add(messageAt(next, 0, "own"))
			},
			"late": func(rt *rapid.T) {
				add(messageAt(rapid.IntRange(0, next+1).Draw(rt, "at"), 2, "late\nlines"))
			},
			"change": func(rt *rapid.T) {
				if n := len(s.messages); n > 0 {
					f.Update([]chat.Message{s.change(rapid.IntRange(0, n-1).Draw(rt, "which"), func(m *chat.Message) {
						m.Text = strings.Repeat("changed ", rapid.IntRange(1, 60).Draw(rt, "words"))
						m.Reactions = reactions([]string{"a", "b", "c"}[:rapid.IntRange(0, 3).Draw(rt, "reactions")]...)
						m.Retracted = rapid.Bool().Draw(rt, "retracted")
					})})
				}
			},
			"gone": func(rt *rapid.T) {
				if n := len(s.messages); n > 0 {
					i := rapid.IntRange(0, min(n-1, 300)).Draw(rt, "first kept")
					p := s.messages[i].Position
					s.messages = s.messages[i:]
					f.Gone(p)
				}
			},
			"type": func(rt *rapid.T) { f.SetTyping([]string{"Anna", "Björn"}[:rapid.IntRange(0, 2).Draw(rt, "names")]) },
			"keys": func(rt *rapid.T) {
				f.canvas().Focus(f.Log)
				f.TypedKey(&fyne.KeyEvent{Name: rapid.SampledFrom([]fyne.KeyName{fyne.KeyUp, fyne.KeyDown}).Draw(rt, "key")})
			},
			"resize": func(rt *rapid.T) {
				f.Resize(fyne.NewSize(rapid.Float32Range(220, 900).Draw(rt, "w"), rapid.Float32Range(120, 900).Draw(rt, "h")))
			},
			"seek": func(rt *rapid.T) { f.seek(rapid.Float32Range(0, 1).Draw(rt, "share")) },
			"jump": func(rt *rapid.T) {
				if n := len(s.messages); n > 0 {
					f.JumpTo(s.messages[rapid.IntRange(0, n-1).Draw(rt, "to")].Position)
				}
			},
			"unread": func(rt *rapid.T) {
				f.SetUnreadFrom(messageAt(rapid.IntRange(0, next+1).Draw(rt, "from"), 1, "").Position)
			},
			"end":     func(*rapid.T) { f.ScrollToEnd() },
			"start":   func(*rapid.T) { f.ScrollToStart() },
			"reload":  func(*rapid.T) { f.Reload() },
			"refresh": func(*rapid.T) { f.Refresh() },
			"":        func(*rapid.T) { f.check(s) },
		})
	})
}

// failer reports what check finds to rapid, which then looks for the shortest
// way there.
type failer struct {
	testing.TB
	rt *rapid.T
}

func (f failer) Helper()                      {}
func (f failer) Fatal(args ...any)            { f.rt.Fatal(args...) }
func (f failer) Fatalf(s string, args ...any) { f.rt.Fatalf(s, args...) }

func TestDaysAndGroups(t *testing.T) {
	s := &memory{}
	day := int(24 * time.Hour / time.Second)
	for _, m := range []chat.Message{
		messageAt(-400*day, 1, "long ago"),
		messageAt(-3*day, 1, "some days ago"),
		messageAt(-day, 1, "yesterday"),
		messageAt(0, 1, "today"),
		messageAt(60, 1, "a minute later"),
		messageAt(60+301, 1, "after a pause"),
		messageAt(60+302, 2, "somebody else"),
		messageAt(60+303, 0, "me"),
	} {
		s.add(m)
	}
	f := newFixture(t)
	f.Resize(fyne.NewSize(testWidth, 2000))
	f.SetConversation(Conversation{Source: s, Authors: true})
	f.check(s)
	var got []string
	for _, r := range f.rows {
		line := ""
		if r.head.Day {
			line += "[" + r.top.Day.Text + "] "
		}
		if r.head.Name {
			line += r.top.Name.Text + ": "
		}
		if r.head.Group {
			line += "* "
		}
		got = append(got, line+r.Text.Layout().Doc().Text())
	}
	want := []string{
		"[Sunday, 26 January 2025] Anna: * long ago",
		"[Friday, 27 February] Anna: * some days ago",
		"[Yesterday] Anna: * yesterday",
		"[Today] Anna: * today",
		"a minute later",
		"Anna: * after a pause",
		"Björn: * somebody else",
		"* me",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("shown:\n%s\nnot:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	f.clock = start.AddDate(0, 0, 1)
	f.changed()
	if f.rows[3].top.Day.Text != "Yesterday" {
		t.Errorf("a day later it is still %q", f.rows[3].top.Day.Text)
	}
}

func TestDirectConversationsNameNobody(t *testing.T) {
	f := opened(t, conversation(20), Conversation{})
	for _, r := range f.rows {
		if r.head.Name || r.top.Avatar != nil && r.top.Avatar.Visible() {
			t.Error("a name in a conversation of two")
		}
	}
}
