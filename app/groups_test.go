package app

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"github.com/parlance-chat/parlance/app/apptest"
	"github.com/parlance-chat/parlance/app/kit"
	"github.com/parlance-chat/parlance/netcore/chat"
)

func TestNewGroup(t *testing.T) {
	core := apptest.NewCore()
	ada := core.AddPeer(2, "Ada", chat.Online, chat.Accepted)
	core.AddPeer(3, "Bob", chat.Offline, chat.New)
	core.AddPeer(4, "Spam", chat.Online, chat.Blocked)
	h := show(t, core)
	h.sheets.NewGroup()
	if text := textIn(h.sheet()); strings.Contains(text, "Spam") || strings.Index(text, "Ada") > strings.Index(text, "Bob") {
		t.Errorf("to choose from there is %q", text)
	}
	make := func() { test.Tap(buttonIn(t, h.sheet(), "Make group")) }
	make()
	h.sheetSays("A group needs a name")
	name, filter := fieldsIn(h.sheet())[0], fieldsIn(h.sheet())[1]
	name.SetText("Lunch")
	make()
	h.sheetSays("Choose at least one person")
	filter.SetText("bo")
	if text := textIn(h.sheet()); strings.Contains(text, "Ada") {
		t.Errorf("the filter leaves Ada: %q", text)
	}
	filter.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn}) // the only one who is left
	h.sheetSays("Chosen: Bob.")
	filter.SetText("a") // in the name of one, and the ID of the other
	filter.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if len(core.Asked("CreateGroup")) > 0 || h.win.Canvas().Focused() != h.line("Ada") {
		t.Errorf("of several, Enter goes to %v", h.win.Canvas().Focused())
	}
	filter.SetText("nobody at all")
	filter.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if len(core.Asked("CreateGroup")) > 0 {
		t.Error("Enter makes a group without the one who was looked for")
	}
	h.sheetSays("Nobody of that name is known here.")
	filter.SetText("")
	h.tapPerson("Ada")
	h.sheetSays("Chosen: Bob and Ada.")
	bob := h.line("Bob")
	h.win.Canvas().Focus(bob)
	bob.TypedRune(' ')
	h.sheetSays("Chosen: Ada.")
	if h.win.Canvas().Focused() != h.line("Bob") {
		t.Errorf("after choosing by keys the focus is on %v", h.win.Canvas().Focused())
	}
	core.Lock()
	core.GroupErr = apptest.ErrDiskFull
	core.Unlock()
	make()
	h.sheetSays("The disk is full")
	core.Lock()
	core.GroupErr = nil
	core.Unlock()
	make()
	h.until("the group opens", func() bool { return h.sheet() == nil && h.talk != nil && h.talk.header.title.Text() == "Lunch" })
	if calls := core.Asked("CreateGroup Lunch " + ada.ID.Short()); len(calls) != 2 {
		t.Errorf("the core was asked %q", core.Asked("CreateGroup"))
	}
	if got := h.lines(); !slices.Contains(got, "Lunch: 2 members") {
		t.Errorf("the list is %q", got)
	}
}

func TestGroupSheet(t *testing.T) {
	core := apptest.NewCore()
	ada := core.AddPeer(2, "Ada", chat.Online, chat.Verified)
	bob := core.AddPeer(3, "Bob", chat.Offline, chat.New)
	core.AddPeer(4, "Cleo", chat.Online, chat.Accepted)
	id := core.AddGroup("Lunch", time.Hour, []chat.Peer{ada, bob}, "soup?")
	h := show(t, core)
	h.open(id)
	h.until("the header counts", func() bool { return h.talk.header.subtitle.Text() == "3 members · Ada is here" })
	test.Tap(h.talk.header.link)
	for _, want := range []string{"3 members", "Me (you)", "Ada", "· verified", "Bob", "not known to you yet"} {
		h.sheetSays(want)
	}

	h.check("Mute: tell me only when somebody calls me with “@”").SetChecked(true)
	h.asked("SetMuted true")
	name, rename := fieldsIn(h.sheet())[0], buttonIn(t, h.sheet(), "Rename")
	if !rename.Disabled() {
		t.Error("one can rename the group to what it is called")
	}
	name.SetText("Dinner")
	test.Tap(rename)
	h.asked("RenameGroup Dinner")
	h.until("the header has the name", func() bool { return h.talk.header.title.Text() == "Dinner" })

	core.Lock()
	core.GroupErr = errors.New("a group has at most 1000 members")
	core.Unlock()
	test.Tap(buttonIn(t, h.sheet(), "Add people…"))
	if text := textIn(h.sheet()); strings.Contains(text, "Ada") || !strings.Contains(text, "Cleo") {
		t.Errorf("to be added there are %q", text)
	}
	test.Tap(buttonIn(t, h.sheet(), "Add"))
	h.sheetSays("Choose at least one person")
	h.tapPerson("Cleo")
	test.Tap(buttonIn(t, h.sheet(), "Add"))
	h.sheetSays("A group has at most 1000 members.")
	core.Lock()
	core.GroupErr = nil
	core.Unlock()
	test.Tap(buttonIn(t, h.sheet(), "Add"))
	h.sheetSays("3 members") // back at the group

	core.Lock()
	core.GroupErr = errors.New("refused: Bob was in the group before you")
	core.Groups[id][1].Removable = false // Ada was there before
	core.Unlock()
	core.Emit(chat.PeerChanged{Peer: bob})
	h.until("Ada cannot be removed", func() bool { return buttonOf(h, "Ada") == nil && buttonOf(h, "Bob") != nil })
	remove := func() {
		t.Helper()
		h.until("Bob can be removed", func() bool { return buttonOf(h, "Bob") != nil })
		test.Tap(buttonOf(h, "Bob"))
	}
	remove()
	h.sheetSays("Remove Bob?")
	test.Tap(buttonIn(t, h.sheet(), "Cancel"))
	remove()
	test.Tap(buttonIn(t, h.sheet(), "Remove"))
	h.asked("RemoveMembers " + bob.ID.Short())
	h.sheetSays("Bob was in the group before you.")
	core.Lock()
	core.GroupErr = nil
	core.Unlock()

	test.Tap(buttonIn(t, h.sheet(), "Leave group…"))
	h.sheetSays("Leave “Dinner”?")
	test.Tap(buttonIn(t, h.sheet(), "Leave"))
	h.asked("Leave")
	h.until("nothing can be written any more", func() bool { return !h.canType() })
	if got := h.lines(); !slices.Equal(got, []string{"[People nearby]", "Ada: Say hello", "Cleo: Say hello", "[Left and closed …]"}) {
		t.Errorf("the list is %q", got)
	}
}

// buttonOf returns the button in the line of somebody, or nil.
func buttonOf(h *harness, name string) *kit.Button {
	var found *kit.Button
	walk(h.sheet(), func(o fyne.CanvasObject) {
		if o, ok := o.(*kit.Tap); ok && strings.HasPrefix(textIn(o), name[:1]+" "+name+" ") {
			walk(o, func(o fyne.CanvasObject) {
				if b, ok := o.(*kit.Button); ok {
					found = b
				}
			})
		}
	})
	return found
}

// A member's line leads to the conversation with them.
func TestGroupSheetLeadsToPeople(t *testing.T) {
	core := apptest.NewCore()
	ada := core.AddPeer(2, "Ada", chat.Online, chat.New)
	id := core.AddGroup("Lunch", time.Hour, []chat.Peer{ada})
	h := show(t, core)
	h.open(id)
	h.sheets.Group(id)
	h.until("Ada is listed", func() bool { return strings.Contains(textIn(h.sheet()), "Ada") })
	h.tapPerson("Ada")
	if h.sheet() != nil || h.shown != chat.DirectID(core.Me.ID, ada.ID) {
		t.Error("a tap on a member does not open the conversation with them")
	}
}

func TestLobby(t *testing.T) {
	core := apptest.NewCore()
	ada := core.AddPeer(2, "Ada", chat.Online, chat.New)
	core.AddTalk(core.AddPeer(3, "Bob", chat.Offline, chat.Accepted), time.Minute, "newer than all")
	core.AddLobby(time.Hour, "good morning")
	h := show(t, core)
	if got := h.lines(); got[0] != "[Conversations]" || got[1] != "Everyone nearby: Ada: good morning" || got[2] != "Bob: newer than all" {
		t.Errorf("the list is %q", got)
	}
	if row := h.left.list.Rows()[1]; row.Aside != "1 here" {
		t.Errorf("beside its name stands %q", row.Aside)
	}
	h.open(chat.LobbyID)
	if got := h.talk.header.subtitle.Text(); got != "One person is here · messages are kept for seven days" {
		t.Errorf("the header says %q", got)
	}
	test.Tap(h.talk.header.link)
	h.sheetSays("not known to you yet")
	core.Lock()
	core.Groups[chat.LobbyID] = core.Groups[chat.LobbyID][:1]
	core.Unlock()
	ada.State = chat.Offline
	core.Emit(chat.PeerChanged{Peer: ada})
	h.sheetSays("Nobody else is here right now")
	test.Tap(buttonIn(t, h.sheet(), "Leave…"))
	test.Tap(buttonIn(t, h.sheet(), "Leave"))
	h.until("it is quiet", func() bool { return !h.canType() && !slices.Contains(h.lines(), "Everyone nearby: Ada: good morning") })
	test.Tap(buttonIn(t, h.talk.composer, "Join"))
	h.asked("Join")
	h.until("it is back", func() bool { return h.canType() })
}

// A stranger put this device into a group.
func TestRequest(t *testing.T) {
	for _, answer := range []string{"Join", "Leave", "Block"} {
		t.Run(answer, func(t *testing.T) {
			core := apptest.NewCore()
			carol := core.AddPeer(2, "Carol", chat.Online, chat.New)
			id := core.AddGroup("Pyramid", time.Hour, []chat.Peer{carol}, "buy this", "really")
			added := core.Messages[id][0]
			added.Change = &chat.Change{Kind: chat.Added, Who: []chat.Author{{Device: core.Me.ID, Name: "Me"}}}
			core.Messages[id][0] = added
			c := core.Talks[id]
			c.Request = true
			core.Talks[id] = c
			h := show(t, core)
			if got := h.lines(); !slices.Equal(got[:2], []string{"[New people]", "Pyramid: Carol: really"}) {
				t.Errorf("the list is %q", got)
			}
			h.open(id)
			if h.canType() {
				t.Error("one can write before one joined")
			}
			h.until("it is said who did it", func() bool {
				return h.talk.bar.Text() == "Carol, whom you do not know, put you into this group."
			})
			test.Tap(buttonIn(t, h.talk.bar, answer))
			switch answer {
			case "Join":
				h.asked("Join")
				h.until("one can write", func() bool { return h.canType() && !h.talk.bar.Visible() })
			case "Block":
				h.asked("SetTrust " + carol.ID.Short() + " blocked")
				fallthrough
			case "Leave":
				h.asked("Leave")
				h.until("nothing is asked any more", func() bool { return !h.talk.bar.Visible() && !h.canType() })
			}
		})
	}
}

// Several who are here are counted in plain words.
func TestGroupHeader(t *testing.T) {
	core := apptest.NewCore()
	ada := core.AddPeer(2, "Ada", chat.Online, chat.Accepted)
	bob := core.AddPeer(3, "Bob B.", chat.Online, chat.Accepted)
	id := core.AddGroup("Lunch", time.Hour, []chat.Peer{ada, bob}, "soup?")
	h := show(t, core)
	h.open(id)
	says := func(want string) {
		t.Helper()
		h.until("the header says "+want, func() bool { return h.talk.header.subtitle.Text() == want })
	}
	says("3 members · Ada and Bob B. are here")
	for _, p := range []*chat.Peer{&ada, &bob} {
		p.State = chat.Offline
		core.Emit(chat.PeerChanged{Peer: *p})
	}
	says("3 members · nobody else is here")
	if want := "Nobody of the group is here."; !strings.HasPrefix(h.talk.quiet.Text(), want) {
		t.Errorf("above the box stands %q", h.talk.quiet.Text())
	}
	core.Change(id, func(c *chat.Conversation) { c.Muted = true })
	says("3 members · nobody else is here · muted")
	core.Change(id, func(c *chat.Conversation) { c.Closed = "Ada removed you." })
	says("No longer open")
	if !strings.Contains(textIn(h.talk.composer), "Ada removed you.") {
		t.Errorf("in place of the box stands %q", textIn(h.talk.composer))
	}
}

func TestTalkMenus(t *testing.T) {
	core := apptest.NewCore()
	ada := core.AddPeer(2, "Ada", chat.Online, chat.Accepted)
	direct := core.AddTalk(ada, time.Hour, "x")
	group := core.AddGroup("Lunch", time.Hour, []chat.Peer{ada})
	core.AddLobby(time.Hour)
	h := show(t, core)
	labels := func(id chat.ConversationID) []string {
		var out []string
		for _, i := range h.menuOf(h.model.Conversations[id]) {
			out = append(out, i.Label)
		}
		return out
	}
	for _, tt := range []struct {
		id   chat.ConversationID
		want []string
	}{
		{direct, []string{"Compare device IDs…", "Mute", "Block", "Copy device ID"}},
		{group, []string{"Members…", "Mute", "Leave group…"}},
		{chat.LobbyID, []string{"Who is here…", "Mute", "Leave…"}},
	} {
		if got := labels(tt.id); !slices.Equal(got, tt.want) {
			t.Errorf("the menu is %q, want %q", got, tt.want)
		}
	}
	h.menuOf(h.model.Conversations[direct])[1].Action()
	h.asked("SetMuted true")
	h.until("it can be undone", func() bool { return slices.Contains(labels(direct), "Unmute") })
	core.Change(chat.LobbyID, func(c *chat.Conversation) { c.Closed = "You left." })
	h.until("one can join again", func() bool { return slices.Contains(labels(chat.LobbyID), "Join") })
	core.Change(group, func(c *chat.Conversation) { c.Closed = "You were removed." })
	h.until("nothing is left to do", func() bool { return len(labels(group)) == 0 })
}
