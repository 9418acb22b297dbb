package app

import (
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"

	"github.com/parlance-chat/parlance/app/apptest"
	"github.com/parlance-chat/parlance/app/sheets"
	"github.com/parlance-chat/parlance/netcore/chat"
)

func TestOpenAndTalk(t *testing.T) {
	core := apptest.NewCore()
	ada := core.AddPeer(2, "Ada", chat.Online, chat.Accepted)
	core.AddTalk(ada, time.Hour, "hello")
	h := show(t, core)
	id := h.openPeer(ada)
	h.talk.composer.Insert("hi Ada")
	h.sendTyped()
	h.asked("Send hi Ada")
	if text := h.talk.composer.Text(); text != "" {
		t.Errorf("the box still has %q", text)
	}
	h.until("the list shows what was sent", func() bool { return slices.Contains(h.lines(), "Ada: You: hi Ada") })
	h.until("the draft is empty again", func() bool {
		c, err := core.Conversation(t.Context(), id)
		return err == nil && c.Draft == "" && len(core.Asked("SetDraft")) > 0
	})
}

// sendTyped taps the button beside the box.
func (h *harness) sendTyped() {
	h.Helper()
	test.Tap(buttonIn(h.T, h.talk.composer, ""))
	h.queue.Run()
}

// canType says whether the box takes text.
func (h *harness) canType() bool {
	before := h.talk.composer.Text()
	h.talk.composer.Insert("x")
	took := h.talk.composer.Text() != before
	h.talk.composer.SetText(before)
	return took
}

func TestFailingSendKeepsText(t *testing.T) {
	core := apptest.NewCore()
	core.SendErr = apptest.ErrDiskFull
	ada := core.AddPeer(2, "Ada", chat.Online, chat.Accepted)
	core.AddTalk(ada, time.Hour, "hello")
	h := show(t, core)
	id := h.openPeer(ada)
	h.talk.composer.Insert("precious words")
	h.sendTyped()
	h.until("the text is back in the box", func() bool { return h.talk.composer.Text() == "precious words" })
	if text := textIn(h.talk.composer); !strings.Contains(text, "disk is full") {
		t.Errorf("no reason is given, only %q", text)
	}
	h.until("the text is the draft", func() bool {
		c, _ := core.Conversation(t.Context(), id)
		return c.Draft == "precious words"
	})
}

// The disk is full while the user has gone on to write to somebody else.
func TestFailingSendOfAnotherConversation(t *testing.T) {
	core := apptest.NewCore()
	core.SendErr, core.Held = apptest.ErrDiskFull, make(chan struct{})
	ada := core.AddPeer(2, "Ada", chat.Online, chat.Accepted)
	bob := core.AddPeer(3, "Bob", chat.Online, chat.Accepted)
	core.AddTalk(ada, time.Hour, "hello")
	core.AddTalk(bob, time.Hour, "hello")
	h := show(t, core)
	h.openPeer(ada)
	h.talk.composer.Insert("to Ada")
	h.sendTyped()
	h.talk.composer.Insert("more") // typed while it is under way
	h.openPeer(bob)
	h.talk.composer.Insert("to Bob")
	close(core.Held)
	h.until("the list shows the draft", func() bool { return slices.Contains(h.lines(), "Ada: Draft: to Ada\nmore") })
	if text := h.talk.composer.Text(); text != "to Bob" {
		t.Errorf("Bob's box has %q", text)
	}
	h.openPeer(ada)
	if text := h.talk.composer.Text(); text != "to Ada\nmore" {
		t.Errorf("Ada's box has %q", text)
	}
	if text := textIn(h.talk.composer); !strings.Contains(text, "disk is full") {
		t.Errorf("no reason is given, only %q", text)
	}
}

func TestDraftSurvivesSwitchAndRestart(t *testing.T) {
	core := apptest.NewCore()
	ada := core.AddPeer(2, "Ada", chat.Online, chat.Accepted)
	bob := core.AddPeer(3, "Bob", chat.Online, chat.Accepted)
	core.AddTalk(ada, time.Hour, "hello")
	core.AddTalk(bob, time.Hour, "hello")
	h := show(t, core)
	h.openPeer(ada)
	h.talk.composer.Insert("Dear Ad")
	h.openPeer(bob)
	if text := h.talk.composer.Text(); text != "" {
		t.Errorf("Bob's box has %q", text)
	}
	h.until("the list shows the draft", func() bool { return slices.Contains(h.lines(), "Ada: Draft: Dear Ad") })
	h.openPeer(ada)
	h.talk.composer.Insert("a")
	h.shut() // before the draft has rested

	again := show(t, core)
	if again.shown != chat.DirectID(core.Me.ID, ada.ID) {
		t.Error("the conversation that was open is not open again")
	}
	if text := again.talk.composer.Text(); text != "Dear Ada" {
		t.Errorf("after a restart the box has %q", text)
	}
}

func TestUnreadAndSeen(t *testing.T) {
	core := apptest.NewCore()
	ada := core.AddPeer(2, "Ada", chat.Online, chat.Accepted)
	core.AddTalk(ada, time.Hour, "hello")
	h := show(t, core)
	core.Receive(ada, "news")
	h.until("the title counts", func() bool { return h.win.Title() == "(1) Parlance" })
	h.openPeer(ada)
	h.queue.Run()
	if len(core.Asked("MarkSeen")) != 0 {
		t.Error("seen though the window is in the background")
	}
	h.setFocused(true)
	h.asked("MarkSeen Ada")
	h.until("the title has no count", func() bool { return h.win.Title() == "Parlance" })
	core.Receive(ada, "more news")
	h.until("seen as it comes", func() bool { return len(core.Asked("MarkSeen")) > 1 })
}

func TestStrangers(t *testing.T) {
	core := apptest.NewCore()
	h := show(t, core)
	cleo := core.AddPeer(2, "Cleo", chat.Online, chat.New)
	core.Emit(chat.PeerChanged{Peer: cleo})
	core.Receive(cleo, "may I?")
	h.until("she is kept apart", func() bool {
		return slices.Equal(h.lines(), []string{"[New people]", "Cleo: may I?"})
	})
	h.openPeer(cleo)
	if !strings.Contains(h.talk.bar.Text(), "Cleo writes to you for the first time") {
		t.Errorf("the bar says %q", h.talk.bar.Text())
	}
	test.Tap(buttonIn(t, h.talk.bar, "Accept"))
	h.asked("SetTrust " + cleo.ID.Short() + " accepted")
	h.until("she is one of the conversations", func() bool { return slices.Equal(h.lines(), []string{"Cleo: may I?"}) })
	if h.talk.bar.Visible() {
		t.Errorf("the bar still says %q", h.talk.bar.Text())
	}
}

func TestWarnings(t *testing.T) {
	core := apptest.NewCore()
	changed := core.AddPeer(2, "Ada", chat.Online, chat.Changed)
	blocked := core.AddPeer(3, "Spam", chat.Online, chat.Blocked)
	away := core.AddPeer(4, "Bob", chat.Offline, chat.Accepted)
	for _, p := range []chat.Peer{changed, blocked, away} {
		core.AddTalk(p, time.Hour, "x")
	}
	h := show(t, core)

	h.openPeer(changed)
	if !strings.Contains(h.talk.bar.Text(), "another device with another key") {
		t.Errorf("for a changed key the bar says %q", h.talk.bar.Text())
	}
	if h.canType() {
		t.Error("one can write to a changed key")
	}
	test.Tap(buttonIn(t, h.talk.bar, "Compare IDs…"))
	if text := textIn(h.sheet()); !strings.Contains(text, strings.ReplaceAll(changed.ID.String()[:31], "-", " ")) {
		t.Errorf("the sheet has no device ID: %q", text)
	}
	test.Tap(buttonIn(t, h.sheet(), "They match: verify"))
	h.asked("SetTrust " + changed.ID.Short() + " verified")
	h.until("one can write again", func() bool { return !h.talk.bar.Visible() && h.canType() })

	h.openPeer(blocked)
	test.Tap(buttonIn(t, h.talk.bar, "Unblock"))
	h.asked("SetTrust " + blocked.ID.Short() + " accepted")

	h.openPeer(away)
	if want := "Bob is away. Messages wait here and are delivered when Bob is back."; h.talk.quiet.Text() != want || !h.talk.quietBox.Visible() {
		t.Errorf("for somebody away it says %q", h.talk.quiet.Text())
	}
	away.State = chat.Online
	core.Emit(chat.PeerChanged{Peer: away})
	h.until("nothing is said of somebody who is back", func() bool { return !h.talk.quietBox.Visible() })
}

func TestFirstRun(t *testing.T) {
	core := apptest.NewCore()
	core.Me.Named = false
	core.AddCard("eth0", "10.0.0.5/24")
	h := show(t, core)
	if h.win.Content() != h.firstRun.Object {
		t.Fatal("no card asks for a name")
	}
	text := textIn(h.win.Content())
	for _, want := range []string{"eth0 (10.0.0.5)", "Nobody else seen yet"} {
		if !strings.Contains(text, want) {
			t.Errorf("the card does not say %q: %q", want, text)
		}
	}
	if h.firstRun.Name.Text != sheets.GuessName() {
		t.Errorf("the name guessed is %q", h.firstRun.Name.Text)
	}
	core.Emit(chat.PeerChanged{Peer: core.AddPeer(2, "Ada", chat.Online, chat.New)}, chat.InterfacesChanged{})
	h.until("the card says who is here and that the network went", func() bool {
		text := textIn(h.win.Content())
		return strings.Contains(text, "Already here: Ada") && strings.Contains(text, "No network right now")
	})

	h.firstRun.Name.SetText(" \t ")
	if !h.firstRun.Begin.Disabled() {
		t.Error("an empty name will do")
	}
	core.NameErr = apptest.ErrDiskFull
	h.firstRun.Name.SetText(" Grace  Hopper ")
	test.Tap(h.firstRun.Begin)
	h.until("the reason is shown", func() bool { return strings.Contains(textIn(h.win.Content()), "disk is full") })
	core.NameErr = nil
	h.firstRun.Name.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	h.until("the window opens", func() bool { return h.firstRun == nil && h.win.Content() == h.main })
	if core.Self().Name != "Grace Hopper" || h.left.name.Text() != "Grace Hopper" {
		t.Errorf("the name is %q, shown as %q", core.Self().Name, h.left.name.Text())
	}
}

func TestEmptyState(t *testing.T) {
	core := apptest.NewCore()
	h := show(t, core)
	says := func(want ...string) {
		t.Helper()
		text := textIn(h.stage)
		for _, w := range want {
			if !strings.Contains(text, w) {
				t.Errorf("the pane does not say %q: %q", w, text)
			}
		}
	}
	says("No network", "Connect to an address…", "Can't see someone?")
	core.AddCard("wlan0", "192.168.1.7/24")
	core.Emit(chat.InterfacesChanged{Interfaces: core.Interfaces()})
	h.until("a card is there", func() bool { return strings.Contains(textIn(h.stage), "wlan0 (192.168.1.7)") })
	says("Nobody else here yet", "Check the other computer")
	core.Emit(chat.PeerChanged{Peer: core.AddPeer(2, "Ada", chat.Online, chat.New)})
	h.until("somebody is there", func() bool { return strings.Contains(textIn(h.stage), "Parlance sees Ada") })
	if strings.Contains(textIn(h.stage), "Check the other computer") {
		t.Error("it still says what to try")
	}
	if got := h.lines(); !slices.Equal(got, []string{"[People nearby]", "Ada: Say hello"}) {
		t.Errorf("the list is %q", got)
	}
}

// Somebody nearby is a row away from a conversation.
func TestOpenNearby(t *testing.T) {
	core := apptest.NewCore()
	ada := core.AddPeer(2, "Ada", chat.Online, chat.New)
	h := show(t, core)
	h.openPeer(ada)
	h.asked("Direct")
	if len(h.lines()) != 2 {
		t.Errorf("opening made a conversation of it: %q", h.lines())
	}
	h.talk.composer.Insert("hello")
	h.sendTyped()
	h.until("it is a conversation now", func() bool { return slices.Equal(h.lines(), []string{"Ada: You: hello"}) })
}

func TestLaggedLoadsAfresh(t *testing.T) {
	core := apptest.NewCore()
	ada := core.AddPeer(2, "Ada", chat.Online, chat.Accepted)
	h := show(t, core)
	core.Lock()
	core.AddTalk(ada, time.Minute, "missed")
	core.Unlock()
	core.Emit(chat.Lagged{})
	h.until("what was missed is shown", func() bool { return slices.Contains(h.lines(), "Ada: missed") })
}

func TestNotices(t *testing.T) {
	core := apptest.NewCore()
	core.Told = []chat.Notice{{Text: "The database was damaged and is kept as parlance.db.damaged."}}
	h := show(t, core)
	if h.sheet() == nil || !strings.Contains(textIn(h.sheet()), "parlance.db.damaged") {
		t.Fatal("nothing is said of the damaged database")
	}
	core.Emit(chat.Notice{Text: "Second thing."}, chat.PeerChanged{Peer: core.AddPeer(2, "Ada", chat.Online, chat.New)})
	h.until("the second came and waits", func() bool { return len(h.lines()) > 0 })
	test.Tap(buttonIn(t, h.sheet(), "OK"))
	if h.sheet() == nil || !strings.Contains(textIn(h.sheet()), "Second thing.") {
		t.Error("the second notice did not come")
	}
}

func TestSearch(t *testing.T) {
	core := apptest.NewCore()
	ada := core.AddPeer(2, "Ada", chat.Online, chat.Accepted)
	core.AddTalk(ada, time.Hour, "the moth is taped in", "other")
	core.AddTalk(core.AddPeer(3, "Bob", chat.Online, chat.Accepted), time.Hour, "hello")
	h := show(t, core)
	h.focusSearch()
	for _, r := range "moth" {
		h.left.search.TypedRune(r)
	}
	h.until("the message is found", func() bool { return slices.Equal(h.lines(), []string{"[Messages]", "Ada: the moth is taped in"}) })
	h.left.search.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if h.shown != chat.DirectID(core.Me.ID, ada.ID) {
		t.Error("Enter did not open what was found")
	}
	h.left.search.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if h.left.search.Text != "" || len(h.lines()) != 2 {
		t.Errorf("after Escape the list is %q", h.lines())
	}
}

func TestSteps(t *testing.T) {
	core := apptest.NewCore()
	var ids []chat.ConversationID
	for i, trust := range []chat.Trust{chat.New, chat.Accepted, chat.Accepted} {
		ids = append(ids, core.AddTalk(core.AddPeer(byte(i+2), "P", chat.Online, trust), time.Duration(i+1)*time.Hour, "x"))
	}
	h := show(t, core)
	for _, want := range []int{0, 1, 2, 2} { // headings are skipped, the end holds
		h.step(1)
		if h.shown != ids[want] {
			t.Errorf("a step down shows another than number %d", want)
		}
	}
	h.step(-1)
	if h.shown != ids[1] {
		t.Error("a step up shows another than number 1")
	}
}

// The state of a message may come in the same frame as the message.
func TestStateInOneFrame(t *testing.T) {
	core := apptest.NewCore()
	ada := core.AddPeer(2, "Ada", chat.Online, chat.Accepted)
	core.AddTalk(ada, time.Hour, "hello")
	h := show(t, core)
	id := h.openPeer(ada)
	core.Lock()
	m := core.AddMessage(id, chat.Author{}, "own", true, core.Now)
	core.Unlock()
	m.State = chat.Queued
	ticks := func() (double int) {
		walk(h.talk.log, func(o fyne.CanvasObject) {
			if i, ok := o.(*canvas.Image); ok && i.Resource != nil && strings.Count(string(i.Resource.Content()), "<path") == 2 {
				double++
			}
		})
		return double
	}
	before := ticks()
	h.apply([]chat.Event{
		chat.MessagesAdded{Messages: []chat.Message{m}},
		chat.StateChanged{Conversation: id, Messages: []chat.MessageID{m.ID}, State: chat.Delivered},
	})
	if ticks() != before+1 {
		t.Errorf("%d messages are shown as delivered, want %d", ticks(), before+1)
	}
}

func TestNotifications(t *testing.T) {
	core := apptest.NewCore()
	ada := core.AddPeer(2, "Ada", chat.Online, chat.Accepted)
	stranger := core.AddPeer(3, "Cleo", chat.Online, chat.New)
	for _, p := range []chat.Peer{ada, stranger} {
		core.AddTalk(p, time.Hour, "hello")
	}
	direct := chat.DirectID(core.Me.ID, ada.ID)
	group := core.AddGroup("Lunch", time.Hour, []chat.Peer{ada})
	core.AddLobby(time.Hour)
	h := show(t, core)
	shows := func(messages ...chat.Message) string {
		h.told.all = nil
		h.apply([]chat.Event{chat.MessagesAdded{Messages: messages}})
		var out []string
		for _, n := range h.told.all {
			out = append(out, n.Title+": "+n.Body)
		}
		return strings.Join(out, "; ")
	}
	from := func(p chat.Peer, text string, own bool) chat.Message {
		core.Lock()
		defer core.Unlock()
		return core.AddMessage(chat.DirectID(core.Me.ID, p.ID), chat.Author{Device: p.ID, Name: p.Name}, text, own, core.Now)
	}
	for _, tt := range []struct {
		name     string
		messages []chat.Message
		focused  bool
		on       bool
		want     string
	}{
		{"one", []chat.Message{from(ada, "hi", false)}, false, true, "Ada: hi"},
		{"several at once", []chat.Message{from(ada, "a", false), from(ada, "own", true), from(ada, "b", false)}, false, true, "Ada: 2 new messages: b"},
		{"own", []chat.Message{from(ada, "hi", true)}, false, true, ""},
		{"a stranger's", []chat.Message{from(stranger, "hi", false)}, false, true, ""},
		{"in front of one's eyes", []chat.Message{from(ada, "hi", false)}, true, true, ""},
		{"switched off", []chat.Message{from(ada, "hi", false)}, false, false, ""},
	} {
		h.focused, h.notifying = tt.focused, tt.on
		if got := shows(tt.messages...); got != tt.want {
			t.Errorf("%s: the desktop shows %q, want %q", tt.name, got, tt.want)
		}
	}
	h.focused, h.notifying = false, true
	for _, tt := range []struct {
		name   string
		muted  bool
		id     chat.ConversationID
		change func(*chat.Message)
		want   string
	}{
		{"a group's", false, group, nil, "Lunch: Ada: soup"},
		{"a muted group's", true, group, nil, ""},
		{"a mention in a muted group", true, group, func(m *chat.Message) { m.Mentioned = true }, "Lunch: Ada: soup"},
		{"a muted person's", true, direct, nil, ""},
		{"the lobby's", false, chat.LobbyID, nil, ""},
		{"a mention in the lobby", false, chat.LobbyID, func(m *chat.Message) { m.Mentioned = true }, "Everyone nearby: Ada: soup"},
		{"a change of a group", false, group, func(m *chat.Message) { m.Change = &chat.Change{Kind: chat.Left} }, ""},
		{"of somebody blocked", false, group, func(m *chat.Message) { m.Hidden = true }, ""},
		{"taken back before it came", false, group, func(m *chat.Message) { m.Retracted = true }, ""},
	} {
		c := h.model.Conversations[tt.id]
		c.Muted = tt.muted
		h.model.Conversations[tt.id] = c
		core.Lock()
		m := core.AddMessage(tt.id, chat.Author{Device: ada.ID, Name: ada.Name}, "soup", false, core.Now)
		core.Unlock()
		if tt.change != nil {
			tt.change(&m)
		}
		if got := shows(m); got != tt.want {
			t.Errorf("%s: the desktop shows %q, want %q", tt.name, got, tt.want)
		}
		h.told.all = nil
		h.apply([]chat.Event{chat.MessagesChanged{Messages: []chat.Message{m}}})
		if len(h.told.all) != 0 {
			t.Errorf("%s: what changed is shown again", tt.name)
		}
	}
	request := h.model.Conversations[group]
	request.Request, request.Muted = true, false
	h.model.Conversations[group] = request
	core.Lock()
	m := core.AddMessage(group, chat.Author{Device: stranger.ID, Name: stranger.Name}, "buy", false, core.Now)
	core.Unlock()
	if got := shows(m); got != "" {
		t.Errorf("of a group that waits for an answer the desktop shows %q", got)
	}
	c := h.model.Conversations[direct]
	c.Muted = false
	h.model.Conversations[direct] = c
	shows(from(ada, "click me", false))
	h.told.all[0].OnOpen()
	if h.shown != chat.DirectID(core.Me.ID, ada.ID) {
		t.Error("a click does not open the conversation")
	}
}
