package chatlog

import (
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"github.com/parlance-chat/parlance/app/chatlog/bubble"
	"github.com/parlance-chat/parlance/netcore/chat"
)

// group is a conversation with a message of each sort.
func group() *memory {
	s := talk("mine, edited", "hers", "mine", "a question to me", "taken back", "blocked", "mine, taken back", "", "")
	for i := range s.messages {
		s.messages[i].Kind = chat.Group
	}
	m := s.messages
	m[0].Edited, m[0].Tally = m[0].Sent, chat.Tally{Recipients: 6, Sent: 6, Delivered: 4}
	m[1].Reactions = append(reactions("👍", "👍", "👍"), reactions("no")...)
	m[1].Answers = &chat.Quote{ID: m[0].ID, From: m[0].From, Text: m[0].Text}
	m[1].Edited = m[1].Sent
	m[3].Mentioned = true
	m[4].Own, m[4].From = false, m[3].From
	m[4].Text, m[4].Retracted = "", true
	m[5].Text, m[5].Hidden = "", true
	m[6].Text, m[6].Retracted = "", true
	m[7].Change = &chat.Change{Kind: chat.Left}
	m[8].Change = &chat.Change{Kind: chat.Renamed, Name: "others"}
	return s
}

// offered is a log whose menus offer everything, and what was chosen.
func offered(t *testing.T) (*fixture, *[]string) {
	f := newFixture(t)
	f.Resize(fyne.NewSize(testWidth, 900))
	f.ChangeText = func(m chat.Message) string { return m.From.Name + " " + string(m.Change.Kind) }
	var did []string
	note := func(what string) func(chat.Message) {
		return func(m chat.Message) { did = append(did, what+" "+m.Text) }
	}
	f.OnReply, f.OnEdit, f.OnRetract = note("reply"), note("edit"), note("retract")
	f.OnReceipts, f.OnRevisions = note("receipts"), note("revisions")
	f.OnReact = func(m chat.Message, text string) { did = append(did, "react "+m.Text+" "+text) }
	f.OnAuthor = func(a chat.Author) { did = append(did, "about "+a.Name) }
	f.SetConversation(Conversation{Source: group(), Authors: true})
	return f, &did
}

func (f *fixture) labels(n int) string {
	var all []string
	for _, i := range f.menuOf(f.rows[n], nil).Items {
		if !i.IsSeparator {
			all = append(all, i.Label)
		}
	}
	return strings.Join(all, ", ")
}

func (f *fixture) click(n int, p fyne.Position) {
	r := f.rows[n]
	p = p.Add(r.at).AddXY(0, r.y)
	f.clock = f.clock.Add(time.Second)
	f.press(p, 0)
	f.Tapped(&fyne.PointEvent{Position: p})
}

// clickOn clicks the first point of a row that shows a part.
func (f *fixture) clickOn(n int, part bubble.Part, index int) {
	f.t.Helper()
	b := f.rows[n].body
	for y := float32(0); y < b.Height; y += 2 {
		for x := float32(-100); x < b.Bubble.Width+10; x += 2 {
			if p, i := b.At(fyne.NewPos(x, y)); p == part && i == index {
				f.click(n, fyne.NewPos(x+1, y+1))
				return
			}
		}
	}
	f.t.Fatalf("row %d has no part %d", n, part)
}

func TestWhatTheMenuOffers(t *testing.T) {
	f, did := offered(t)
	for i, want := range []string{
		"Reply, React…, Copy message, Select all, Edit, Take back…, Who got it, Earlier versions",
		"Reply, React…, Copy message, Select all, Show what it answers, Earlier versions, About Anna",
		"Reply, React…, Copy message, Select all, Edit, Take back…, Who got it",
		"Reply, React…, Copy message, Select all, About Anna",
		"Select all, About Anna",
		"Select all, About Anna",
		"Select all",
		"Select all, About Anna",
		"Select all",
	} {
		if got := f.labels(i); got != want {
			t.Errorf("%d: %s", i, got)
		}
	}
	f.SetReadOnly(true)
	if got := f.labels(0); got != "Copy message, Select all, Who got it, Earlier versions" {
		t.Errorf("read only: %s", got)
	}
	f.clickOn(1, bubble.Reaction, 0)
	f.SetReadOnly(false)
	if len(*did) != 0 {
		t.Errorf("a reaction to what can only be read: %q", *did)
	}
	for _, label := range []string{"Reply", "Edit", "Take back…", "Who got it", "Earlier versions"} {
		menu := f.menuOf(f.rows[0], nil)
		if label == "Take back…" { // it is edited while the menu is open
			m := f.win.Messages[0]
			m.Text = "anew"
			f.Update([]chat.Message{m})
		}
		for _, i := range menu.Items {
			if i.Label == label {
				i.Action()
			}
		}
	}
	if got := strings.Join(*did, "|"); got != "reply mine, edited|edit mine, edited|retract anew|receipts anew|revisions anew" {
		t.Errorf("chosen: %s", got)
	}
}

// TestUnsent: what waits for a room's server can be taken back, until it is sent.
func TestUnsent(t *testing.T) {
	f, did := offered(t)
	s := talk("waits", "sent")
	for i, state := range []chat.State{chat.Queued, chat.Sent} {
		s.messages[i].Kind, s.messages[i].Own, s.messages[i].State = chat.Room, true, state
	}
	f.SetConversation(Conversation{Source: s})
	for i, want := range []string{"Reply, React…, Copy message, Select all, Take back…", "Reply, React…, Copy message, Select all"} {
		if got := f.labels(i); got != want {
			t.Errorf("%d: %s", i, got)
		}
	}
	for _, i := range f.menuOf(f.rows[0], nil).Items {
		if i.Label == "Take back…" {
			i.Action()
		}
	}
	if got := strings.Join(*did, "|"); got != "retract waits" {
		t.Errorf("chosen: %s", got)
	}
}

// TestRefused: what a room's server will not take is sent again or taken back from its
// menu, which opens where it says so; what it has is out of reach.
func TestRefused(t *testing.T) {
	f, did := offered(t)
	f.OnResend = func(m chat.Message) { *did = append(*did, "again "+m.Text) }
	s := talk("taken", "refused")
	for i := range s.messages {
		s.messages[i].Kind, s.messages[i].Own = chat.Room, true
	}
	s.messages[1].State, s.messages[1].Refusal = chat.Refused, "No voice"
	f.SetConversation(Conversation{Source: s})
	for i, want := range []string{"Reply, React…, Copy message, Select all", "Copy message, Select all, Send again, Edit, Take back…"} {
		if got := f.labels(i); got != want {
			t.Errorf("%d: %s", i, got)
		}
	}
	f.clickOn(1, bubble.Tally, 0)
	if f.canvas().Overlays().Top() == nil {
		t.Fatal("no menu opens")
	}
	for _, i := range f.menuOf(f.rows[1], nil).Items {
		if i.Label == "Send again" || i.Label == "Edit" {
			i.Action()
		}
	}
	if got := strings.Join(*did, "|"); got != "again refused|edit refused" {
		t.Errorf("chosen: %s", got)
	}
	at, _ := f.rows[1].body.Place(bubble.Time, 0)
	e := &desktop.MouseEvent{}
	e.Position = at.Add(f.rows[1].at).AddXY(3, f.rows[1].y+3)
	f.MouseMoved(e)
	if got := strings.Join(f.tip.Lines(), "|"); !strings.Contains(got, "Not accepted: No voice.|It is on this device only") {
		t.Errorf("the tip: %s", got)
	}
	if m, ok := f.LastOwn(); !ok || m.Text != "refused" {
		t.Errorf("the last to be edited is %q", m.Text)
	}
	f.SetReadOnly(true) // such as a room that was left
	if got := f.labels(1); got != "Copy message, Select all, Take back…" {
		t.Errorf("read only: %s", got)
	}
	f.SetReadOnly(false)
	m := f.win.Messages[1]
	m.Text, m.Retracted = "", true
	f.Update([]chat.Message{m})
	if got := f.labels(1); got != "Select all" {
		t.Errorf("taken back: %s", got)
	}
	m.Text, m.Retracted, m.State = "sent again", false, chat.Sent
	refused := f.win.Messages[0]
	refused.State = chat.Refused
	f.Update([]chat.Message{m, refused})
	if m, ok := f.LastOwn(); ok {
		t.Errorf("what was refused before is edited: %q", m.Text)
	}
}

func TestTappingPartsOfAMessage(t *testing.T) {
	f, did := offered(t)
	f.clickOn(0, bubble.Edited, 0)
	f.clickOn(0, bubble.Tally, 0)
	f.clickOn(2, bubble.Time, 0)
	f.clickOn(1, bubble.Time, 0)
	f.clickOn(1, bubble.Reaction, 0)
	f.clickOn(1, bubble.Reaction, 1)
	f.clickOn(7, bubble.Time, 0)
	want := "revisions mine, edited|receipts mine, edited|receipts mine|react hers |react hers no"
	if got := strings.Join(*did, "|"); got != want {
		t.Errorf("tapped: %s", got)
	}
	m := f.win.Messages[1]
	m.Reactions = m.Reactions[:1]
	f.Update([]chat.Message{m})
	*did = nil
	f.clickOn(1, bubble.Reaction, 0)
	if got := strings.Join(*did, "|"); got != "react hers 👍" {
		t.Errorf("tapped: %s", got)
	}
	f.clickOn(1, bubble.Quote, 0)
	if f.flashed != f.win.Messages[0].ID {
		t.Error("the quote leads nowhere")
	}
}

func TestTipsOfPartsOfAMessage(t *testing.T) {
	f, _ := offered(t)
	tip := func(n int, part bubble.Part, index int) string {
		at, _ := f.rows[n].body.Place(part, index)
		e := &desktop.MouseEvent{}
		e.Position = at.Add(f.rows[n].at).AddXY(3, f.rows[n].y+3)
		f.MouseMoved(e)
		if !f.tip.Visible() {
			return ""
		}
		return strings.Join(f.tip.Lines(), "|")
	}
	if got := tip(1, bubble.Reaction, 0); got != "You, Anna and Anna" {
		t.Errorf("the reaction: %q", got)
	}
	if got := tip(0, bubble.Time, 0); !strings.Contains(got, "On the disks of 4 of 6") || !strings.Contains(got, "Edited Monday") {
		t.Errorf("the time: %q", got)
	}
	if got := tip(7, bubble.Time, 0); !strings.Contains(got, "Sent Monday") {
		t.Errorf("the change: %q", got)
	}
}

func TestMessagesWithoutTheirText(t *testing.T) {
	f, _ := offered(t)
	for i, want := range map[int]string{4: "Message taken back", 5: "Message from somebody you blocked", 6: "You took this message back",
		7: "Anna left · 09:00", 8: "Me renamed · 09:00"} {
		r := f.rows[i]
		if got := r.Text.Layout().Doc().Text(); got != want {
			t.Errorf("%d: %q, not %q", i, got, want)
		}
		if line := i > 6; line && (r.Time.Visible() || r.top.Avatar != nil && r.top.Avatar.Visible() || r.head.Name ||
			abs(r.at.X+r.body.Bubble.Width/2-testWidth/2) > 1) {
			t.Errorf("%d: the line stands at %v", i, r.at)
		}
	}
	f.selectAll()
	for i, r := range f.rows {
		if selected := !r.Text.Selection().Empty(); selected != (i < 4) {
			t.Errorf("%d is shown as selected: %v", i, selected)
		}
	}
	if got := f.SelectedText(); strings.Count(got, "\n") != 3 || strings.Contains(got, "taken back\n") {
		t.Errorf("selected: %s", got)
	}
	f.SetHighlight("message")
	if n := len(test.WidgetRenderer(f.rows[4].Text).Objects()); n > 3 {
		t.Error("a word that nobody wrote is found")
	}
}

func TestLastOwn(t *testing.T) {
	f, _ := offered(t)
	if m, ok := f.LastOwn(); !ok || m.Text != "mine" {
		t.Errorf("the last own message is %q", m.Text)
	}
	f.SetReadOnly(true)
	if m, ok := f.LastOwn(); ok {
		t.Errorf("%q can be edited", m.Text)
	}
	f.SetConversation(Conversation{Source: &memory{}})
	if _, ok := f.LastOwn(); ok {
		t.Error("of nothing there is a last one")
	}
}

func TestKeysChooseAndOpen(t *testing.T) {
	f, did := offered(t)
	key := func(names ...fyne.KeyName) {
		for _, n := range names {
			f.canvas().Focused().TypedKey(&fyne.KeyEvent{Name: n})
		}
	}
	f.canvas().Focus(f.Log)
	key(fyne.KeyUp)
	if f.chosen != f.rows[8].id || f.rows[8].Ground.StrokeWidth != 2 {
		t.Error("the last message is not chosen, or not shown to be")
	}
	key(fyne.KeyUp, fyne.KeyUp, fyne.KeyUp, fyne.KeyUp, fyne.KeyUp, fyne.KeyUp, fyne.KeyUp, fyne.KeyUp)
	if f.chosen != f.rows[0].id || f.rows[8].Ground.StrokeWidth == 2 {
		t.Error("the first message is not chosen")
	}
	key(fyne.KeyReturn)
	if _, ok := f.canvas().Focused().(*widget.PopUpMenu); !ok {
		t.Fatalf("the menu has no focus, but %T", f.canvas().Focused())
	}
	key(fyne.KeyDown, fyne.KeyReturn)
	if strings.Join(*did, "|") != "reply mine, edited" || f.canvas().Focused() != f.Log {
		t.Errorf("chosen: %q; focus: %T", *did, f.canvas().Focused())
	}
	*did = nil
	key(desktop.KeyMenu, fyne.KeyDown, fyne.KeyDown, fyne.KeyReturn) // React…
	key(fyne.KeyRight, fyne.KeyReturn)
	if strings.Join(*did, "|") != "react mine, edited ❤️" {
		t.Errorf("chosen: %q", *did)
	}
	*did = nil
	key(fyne.KeyDown, fyne.KeyF10, fyne.KeyDown, fyne.KeyDown, fyne.KeyReturn)
	key(fyne.KeyReturn) // one's own reaction of now is chosen first
	if strings.Join(*did, "|") != "react hers " {
		t.Errorf("chosen: %q", *did)
	}
	key(fyne.KeyEscape)
	if f.chosen != (chat.MessageID{}) {
		t.Error("Escape ends no choice")
	}
	key(fyne.KeyUp)
	f.press(fyne.NewPos(300, 3), 0)
	if f.chosen != (chat.MessageID{}) {
		t.Error("a click ends no choice")
	}
}

// TestKeysReachEveryMessage goes up through a conversation and down again, with
// messages in it that are higher than the view.
func TestKeysReachEveryMessage(t *testing.T) {
	s := conversation(300)
	s.messages[150].Text = strings.Repeat("line\n", 50)
	f := opened(t, s, Conversation{Authors: true})
	f.canvas().Focus(f.Log)
	for _, c := range []struct {
		key   fyne.KeyName
		first int
		last  int
		step  int
	}{{fyne.KeyUp, 299, 0, -1}, {fyne.KeyDown, 0, 299, 1}} {
		at := c.first
		for range 2000 {
			before := f.live[f.chosen]
			var top, bottom float32
			if before != nil {
				top, bottom = before.y+before.at.Y, before.y+before.height()
			}
			f.TypedKey(&fyne.KeyEvent{Name: c.key})
			r := f.live[f.chosen]
			if r == nil {
				t.Fatalf("what is chosen near %d is out of view", at)
			}
			if i := s.index(r.position); i != at && i != at+c.step {
				t.Fatalf("after %d comes %d", at, i)
			} else if i != at {
				if c.step < 0 && top < 0 || c.step > 0 && bottom > testHeight {
					t.Fatalf("not all of %d was shown: %v to %v", at, top, bottom)
				}
				at = i
				if top, bottom := r.y+r.at.Y, r.y+r.height(); (top < 0 || bottom > testHeight) && r.height() < testHeight-60 {
					t.Fatalf("%d reaches from %v to %v", i, top, bottom)
				}
			}
			if at == c.last {
				break
			}
		}
		f.check(s)
		if at != c.last {
			t.Errorf("%s leads to %d", c.key, at)
		}
	}
	f.canvas().Unfocus()
	chosen, y := f.chosen, f.rows[0].y
	f.TypedKey(&fyne.KeyEvent{Name: fyne.KeyUp}) // passed on by the composer
	if f.chosen != chosen || f.rows[0].y == y {
		t.Error("without the focus Up does not scroll")
	}
}
