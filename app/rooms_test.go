package app

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"github.com/parlance-chat/parlance/app/apptest"
	"github.com/parlance-chat/parlance/netcore"
	"github.com/parlance-chat/parlance/netcore/chat"
)

const homeServer = "ircs://irc.example.org:6697"

// lunchRoom adds a room of which all is well.
func lunchRoom(core *apptest.Core) chat.ConversationID {
	return core.AddRoom(netcore.RoomStatus{
		Server: homeServer, Name: "#lunch", Channel: true, Connected: true, Joined: true, Encrypted: true, Vouched: true,
		Nick: "Me", Topic: "Soup day",
	}, apptest.InRoom("grace", "operator"), apptest.InRoom("hedy", "away"), chat.Member{Peer: chat.Peer{Name: "Me"}, Self: true})
}

// openRoom shows a room with a window that has learned of it.
func openRoom(t *testing.T, core *apptest.Core, id chat.ConversationID) *harness {
	t.Helper()
	h := show(t, core)
	h.openRow(id.String())
	if h.shown != id {
		t.Fatal("the room did not open")
	}
	h.until("its members are known", func() bool { return !h.model.HasMembers(h.model.Conversations[id]) || len(h.model.Members[id]) > 0 })
	return h
}

// enter types a line and sends it.
func (h *harness) enter(line string) {
	h.Helper()
	h.talk.composer.SetText("")
	h.talk.composer.Insert(line)
	h.sendTyped()
}

func TestJoinRoom(t *testing.T) {
	core := apptest.NewCore()
	core.JoinErr = errors.New("irc.example.org cannot be reached: nothing listens there")
	h := show(t, core)
	h.joinRoom()
	address, room := fieldsIn(h.sheet())[0], fieldsIn(h.sheet())[1]
	test.Tap(buttonIn(t, h.sheet(), "Join"))
	h.sheetSays("Type where the server is")
	address.SetText("http://irc.example.org/lunch")
	test.Tap(buttonIn(t, h.sheet(), "Join"))
	h.sheetSays("An address that begins with http:// leads to no chat server")
	if address.Text != "http://irc.example.org/lunch" || room.Text != "" {
		t.Errorf("the fields have %q and %q", address.Text, room.Text)
	}
	address.SetText("irc.example.org")
	room.SetText("#lunch")
	room.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	h.sheetSays("nothing listens there")
	if got := core.Asked("JoinRoom"); !slices.Equal(got, []string{"JoinRoom irc.example.org/#lunch "}) {
		t.Errorf("asked %q", got)
	}

	if len(fieldsIn(h.sheet())) != 2 {
		t.Error("what few need is shown before it is asked for")
	}
	core.Lock()
	core.JoinErr = fmt.Errorf("%w: #lunch cannot be joined: it has a password", chat.ErrRefused)
	core.Unlock()
	room.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	h.sheetSays("#lunch cannot be joined: it has a password.")
	h.sheetSays("Password of the room") // and there is where to put it

	core.Lock()
	core.JoinErr, core.Held = nil, make(chan struct{})
	core.Unlock()
	address.SetText("irc://irc.example.org/#soup") // a whole address takes the place of both
	test.Tap(buttonIn(t, h.sheet(), "Join"))
	h.sheetSays("Asking irc.example.org…")
	if address.Text != "irc.example.org" || room.Text != "#soup" {
		t.Errorf("the fields have %q and %q", address.Text, room.Text)
	}
	h.until("it is under way", func() bool { return len(core.Asked("JoinRoom irc://irc.example.org/#soup")) == 1 })
	test.Tap(buttonIn(t, h.sheet(), "Cancel")) // ends it: nothing else would
	if h.sheet() != nil {
		t.Error("the sheet stays")
	}

	h.joinRoom()
	core.Lock()
	core.Held = nil
	core.Unlock()
	fieldsIn(h.sheet())[0].SetText("irc://irc.example.org/#soup")
	test.Tap(buttonIn(t, h.sheet(), "Join"))
	h.until("the room is open", func() bool { return h.sheet() == nil && h.shown == chat.RoomID("irc://irc.example.org", "#soup") })
	if !strings.Contains(textIn(h.talk.header.object), "not encrypted") {
		t.Errorf("the header says %q", textIn(h.talk.header.object))
	}
	if rows := h.left.list.Rows(); len(rows) != 1 || !rows[0].Open || rows[0].Title != "#soup" {
		t.Errorf("the list has %+v", rows)
	}
}

func TestJoinKinds(t *testing.T) {
	h := show(t, apptest.NewCore())
	h.rooms.Join("tcp+addressed://10.0.0.7:12345")
	test.Tap(buttonIn(t, h.sheet(), "Join"))
	h.asked("JoinRoom tcp+addressed://10.0.0.7:12345 ")
}

func TestAboutRoom(t *testing.T) {
	core := apptest.NewCore()
	core.Answers = map[string]string{"/whois hedy": "Hedy Lamarr (hedy@example.org)"}
	id := lunchRoom(core)
	h := openRoom(t, core, id)
	if got := textIn(h.talk.header.object); !strings.Contains(got, "3 members · Soup day") || strings.Contains(got, "not encrypted") {
		t.Errorf("the header says %q", got)
	}
	core.ChangeRoom(id, func(st *netcore.RoomStatus) { st.Nick = "Me_" }) // the other one was taken
	h.until("the box says who one is", func() bool { return strings.Contains(textIn(h.talk.composer), "Message #lunch as Me_") })
	h.showMore()
	for _, want := range []string{"grace operator", "hedy away", "Me (you)", homeServer + "/#lunch", "An authority", "3 members"} {
		h.sheetSays(want)
	}
	topic := fieldsIn(h.sheet())[0]
	if topic.Text != "Soup day" || !buttonIn(t, h.sheet(), "Change").Disabled() {
		t.Errorf("the topic is %q", topic.Text)
	}
	topic.SetText("Salad day")
	test.Tap(buttonIn(t, h.sheet(), "Change"))
	h.asked("RoomCommand /topic Salad day")
	core.ChangeRoom(id, func(st *netcore.RoomStatus) { st.Topic = "Salad day" })
	h.until("the header has it", func() bool { return strings.Contains(textIn(h.talk.header.object), "Salad day") })

	h.tapPerson("hedy")
	h.sheetSays("Hedy Lamarr (hedy@example.org)")
	test.Tap(buttonIn(t, h.sheet(), "Write to them"))
	h.until("the conversation opens", func() bool { return h.sheet() == nil && h.shown == chat.RoomID(homeServer, "hedy") })

	h.openRow(id.String())
	h.rooms.ConfirmLeave(h.model.Conversations[id], nil)
	test.Tap(buttonIn(t, h.sheet(), "Leave"))
	h.asked("Leave")
}

// TestRoomStates: what is the matter with a room is said, and what to do about it.
func TestRoomStates(t *testing.T) {
	core := apptest.NewCore()
	id := lunchRoom(core)
	h := openRoom(t, core, id)
	becomes := func(what string, change func(*netcore.RoomStatus)) {
		t.Helper()
		core.ChangeRoom(id, change)
		h.until(what, func() bool { return strings.Contains(h.talk.header.subtitle.Text(), what) })
	}
	becomes("Not connected · next try at 15:31:00", func(st *netcore.RoomStatus) {
		st.Connected, st.Joined, st.Why, st.RetryAt = false, false, "nothing listens there; see that the server runs", core.Now.Add(time.Minute)
	})
	if got := h.talk.quiet.Text(); got != "The server is away: nothing listens there. Messages wait here until it is back." {
		t.Errorf("beneath the messages: %q", got)
	}
	if row := h.left.list.Rows()[0]; !h.canType() || row.Aside != "not connected" {
		t.Errorf("nothing can be written, or the list says %+v", row)
	}
	h.talk.header.link.Tapped(nil) // "Try now"
	h.asked("RetryServer")
	becomes("3 members", func(*netcore.RoomStatus) {})

	becomes("You were removed by grace: no soup", func(st *netcore.RoomStatus) { st.Joined, st.Why = false, "you were removed by grace: no soup" })
	if h.canType() || !strings.Contains(textIn(h.talk.composer), "You were removed by grace: no soup.") {
		t.Errorf("the box says %q", textIn(h.talk.composer))
	}
	core.Emit(chat.Notice{Text: "You are not in #lunch.", Conversation: id})
	becomes("You were removed by grace: no salad", func(st *netcore.RoomStatus) { st.Why = "you were removed by grace: no salad" })
	if h.sheet() != nil {
		t.Errorf("a sheet repeats what the room says: %s", textIn(h.sheet()))
	}
	test.Tap(buttonIn(t, h.talk.composer, "Join again"))
	h.asked("JoinRoom " + homeServer + "/#lunch")

	becomes("Blocked", func(st *netcore.RoomStatus) {
		st.Connected, st.Blocked, st.Fingerprint, st.Trusted = false, true, "BB:BB", "AA:AA"
	})
	if !strings.Contains(h.talk.bar.Text(), "another certificate") {
		t.Errorf("the bar says %q", h.talk.bar.Text())
	}
	test.Tap(buttonIn(t, h.talk.bar, "Look at it…"))
	h.sheetSays("AA AA")
	h.sheetSays("BB BB")
	test.Tap(buttonIn(t, h.sheet(), "Not now"))
	if len(core.Asked("TrustServer")) != 0 {
		t.Error("trusted without being asked to")
	}
	core.Emit(chat.Notice{Text: "blocked", Fingerprint: "BB:BB"})
	h.sheetSays("Another certificate")
	test.Tap(buttonIn(t, h.sheet(), "Accept the new one"))
	h.asked("TrustServer BB:BB")
	becomes("3 members", func(*netcore.RoomStatus) {})

	core.Emit(chat.Notice{Text: "a new one", Fingerprint: "BB:BB"})
	h.sheetSays("compare this fingerprint")
	h.sheetSays("BB BB")
}

// TestLeftRoom: a room that was left is joined again with what is known of it.
func TestLeftRoom(t *testing.T) {
	core := apptest.NewCore()
	id := lunchRoom(core)
	h := openRoom(t, core, id)
	h.focusComposer()
	core.Change(id, func(c *chat.Conversation) { c.Closed = "You left this room. Join it again to write to it." })
	h.until("nothing can be written", func() bool { return !h.canType() })
	if got := h.win.Canvas().Focused(); got != fyne.Focusable(h.talk.log) {
		t.Errorf("the keyboard is with %T", got)
	}
	h.focusSearch()
	h.left.search.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if got := h.win.Canvas().Focused(); got != fyne.Focusable(h.talk.log) {
		t.Errorf("after the search the keyboard is with %T", got)
	}
	test.Tap(buttonIn(t, h.talk.composer, "Join again"))
	test.Tap(buttonIn(t, h.sheet(), "Join"))
	h.asked("JoinRoom " + homeServer + "/#lunch ")
}

func TestSlashCommands(t *testing.T) {
	core := apptest.NewCore()
	core.Answers = map[string]string{"/topic": "Soup day", "/whois grace": "Grace Hopper\nsigned in as grace"}
	id := lunchRoom(core)
	h := openRoom(t, core, id)
	h.enter("/topic")
	h.until("the topic stands under the box", func() bool { return strings.Contains(textIn(h.talk.composer), "Soup day") })
	test.Type(h.win.Canvas().Focused(), "x")
	if strings.Contains(textIn(h.talk.composer), "Soup day") {
		t.Error("it still stands there when the next is typed")
	}
	h.talk.composer.SetText("")
	h.enter("/whois grace")
	h.sheetSays("signed in as grace")
	h.sheets.Dismiss()
	h.enter("/help")
	h.sheetSays("/kick nick [why]")
	h.sheetSays("begin with two")
	h.sheets.Dismiss()
	h.enter("//etc/passwd is no secret")
	h.asked("Send /etc/passwd is no secret")
	if len(core.Asked("Send //")) != 0 {
		t.Error("both slashes were sent")
	}
	h.enter("/msg grace")
	h.asked("RoomCommand /msg grace")

	core.Lock()
	core.CommandErr = errors.New("unknown command /nonsense; /help lists them")
	core.Unlock()
	h.openRow(id.String())
	h.enter("/nonsense 1")
	h.until("the line is back", func() bool { return h.talk.composer.Text() == "/nonsense 1" })
	if text := textIn(h.talk.composer); !strings.Contains(text, "/help lists them") {
		t.Errorf("the reason given is %q", text)
	}

	ada := core.AddPeer(2, "Ada", chat.Online, chat.Accepted)
	core.AddTalk(ada, time.Hour, "hello")
	h.reload()
	h.until("Ada is there", func() bool { return len(h.model.Peers) == 1 })
	h.openPeer(ada)
	h.enter("/tmp is full")
	h.asked("Send /tmp is full")
}

// TestServerTab: what a server says stands by itself, and only commands go there.
func TestServerTab(t *testing.T) {
	core := apptest.NewCore()
	id := core.AddRoom(netcore.RoomStatus{Server: homeServer, Connected: true, Joined: true, Encrypted: true, Nick: "Me"})
	core.AddMessage(id, chat.Author{Address: "irc.example.org", Name: "irc.example.org"}, "No such nick (ghost)", false, core.Now)
	h := openRoom(t, core, id)
	if got := textIn(h.talk.header.object); !strings.Contains(got, "irc.example.org") || !strings.Contains(got, "you are Me") {
		t.Errorf("the header says %q", got)
	}
	if !strings.Contains(h.talk.quiet.Text(), "Only commands") {
		t.Errorf("beneath: %q", h.talk.quiet.Text())
	}
	if h.model.Unread() != 0 {
		t.Error("a server's notices count as unread")
	}
}

// TestRefused: a message that a server does not take is seen as such, and is sent
// again as it is, or as it was meant, or taken back.
func TestRefused(t *testing.T) {
	core := apptest.NewCore()
	id := lunchRoom(core)
	var refused []chat.Message
	for _, text := range []string{"/soup", "typo", "never mind"} {
		refused = append(refused, core.AddMessage(id, chat.Author{}, text, true, core.Now))
	}
	h := openRoom(t, core, id)
	for i, m := range refused {
		core.ChangeMessage(id, m.ID, func(m *chat.Message) { m.State, m.Refusal = chat.Refused, "No voice" })
		refused[i].State = chat.Refused
	}
	h.until("the list says so", func() bool { return h.lines()[0] == "#lunch: Not accepted: never mind" })

	h.talk.log.OnResend(refused[0])
	h.asked("Retract")
	h.talk.log.OnEdit(refused[1])
	core.Lock()
	core.SendErr = apptest.ErrDiskFull
	core.Unlock()
	h.talk.composer.Insert(" mended")
	h.sendTyped()
	h.until("it says why not", func() bool { return strings.Contains(textIn(h.talk.composer), "disk is full") })
	core.Lock()
	core.SendErr = nil
	core.Unlock()
	h.sendTyped()
	h.until("both were sent, each in place of the other", func() bool { return len(core.Asked("Retract")) == 2 })
	if got := core.Asked("Send "); !slices.Equal(got, []string{"Send /soup", "Send typo mended", "Send typo mended"}) {
		t.Errorf("sent %q", got)
	}
	h.talk.log.OnRetract(refused[2])
	h.sheetSays("on this device only")
	test.Tap(buttonIn(t, h.sheet(), "Take back"))
	h.until("it is taken back", func() bool { return len(core.Asked("Retract")) == 3 })
}

// TestSlowServer: a server that does not answer holds up nothing else.
func TestSlowServer(t *testing.T) {
	core := apptest.NewCore()
	id := lunchRoom(core)
	h := openRoom(t, core, id)
	held := make(chan struct{})
	core.Lock()
	core.Held = held
	core.Unlock()
	h.enter("/whois grace")
	h.asked("RoomCommand /whois grace")
	core.ChangeRoom(id, func(st *netcore.RoomStatus) { st.Joined, st.Why = false, "you were removed by grace" })
	h.until("it can be joined again", func() bool { return !h.canType() })
	test.Tap(buttonIn(t, h.talk.composer, "Join again"))
	h.asked("JoinRoom")
	core.ChangeRoom(id, func(st *netcore.RoomStatus) { st.Joined, st.Why = true, "" })
	h.until("it can be written to", h.canType)
	h.enter("/me waits")
	h.asked("RoomCommand /me waits")
	close(held)
	core.Lock()
	core.Held = nil
	core.Unlock()
}
