package model

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/parlance-chat/parlance/app/apptest"
	"github.com/parlance-chat/parlance/app/avatar"
	"github.com/parlance-chat/parlance/app/people"
	"github.com/parlance-chat/parlance/netcore/chat"
)

// modelOf is what a window knows after asking core.
func modelOf(t *testing.T, core *apptest.Core) *Model {
	t.Helper()
	s, err := Load(t.Context(), core)
	if err != nil {
		t.Fatal(err)
	}
	m := New()
	m.Replace(s)
	return m
}

func TestRowsSections(t *testing.T) {
	core := apptest.NewCore()
	core.AddTalk(core.AddPeer(2, "Ada", chat.Online, chat.Accepted), 2*time.Hour, "older")
	core.AddTalk(core.AddPeer(3, "Bob", chat.Offline, chat.Verified), time.Hour, "first", ">newer")
	core.AddTalk(core.AddPeer(4, "Cleo", chat.Online, chat.New), time.Minute, "hi, may I?")
	core.AddTalk(core.AddPeer(5, "Dan", chat.Online, chat.New), 3*time.Hour, ">I wrote first")
	core.AddTalk(core.AddPeer(6, "Ada", chat.Online, chat.Changed), 4*time.Hour, "new laptop")
	core.AddTalk(core.AddPeer(7, "Spam", chat.Online, chat.Blocked), time.Second, "buy")
	core.AddTalk(core.AddPeer(8, "zoe", chat.Online, chat.Accepted), 0) // opened once, nothing said
	core.AddPeer(9, "Eve", chat.Online, chat.New)
	core.AddPeer(10, "Gone", chat.Offline, chat.New)
	core.AddPeer(1, "Me", chat.Online, chat.Accepted) // oneself, heard on loopback
	m := modelOf(t, core)

	got := apptest.Lines(m.Rows(View{Now: core.Now}))
	want := []string{
		"[New people]", "Cleo: hi, may I?",
		"[Conversations]", "Bob: You: newer", "Ada: older", "Dan: You: I wrote first", "Ada: Not who it was? Look before you answer",
		"[People nearby]", "Eve: Say hello", "zoe: Say hello",
		"[Blocked]", "Spam: Blocked",
	}
	if !slices.Equal(got, want) {
		t.Errorf("rows are\n%q, want\n%q", got, want)
	}

	folded := apptest.Lines(m.Rows(View{Now: core.Now, Folded: map[string]bool{HeadBlocked: true, HeadConversations: true}}))
	if !slices.Contains(folded, "[Conversations …]") || slices.Contains(folded, "Spam: Blocked") || slices.Contains(folded, "Ada: older") {
		t.Errorf("folded rows are %q", folded)
	}
	open := apptest.Lines(m.Rows(View{Now: core.Now, Open: chat.DirectID(core.Me.ID, apptest.ID(10))}))
	if !slices.Contains(open, "Gone: Last seen today at 14:30") {
		t.Errorf("the open person who is away is missing: %q", open)
	}
}

func TestRowsSearch(t *testing.T) {
	core := apptest.NewCore()
	core.AddTalk(core.AddPeer(2, "Ada Lovelace", chat.Online, chat.Accepted), time.Hour, "the engine weaves patterns")
	core.AddTalk(core.AddPeer(3, "Bob", chat.Online, chat.Accepted), time.Hour, "hello")
	core.AddPeer(4, "Gone Ada", chat.Offline, chat.New)
	core.AddTalk(core.AddPeer(5, "Adam", chat.Online, chat.Blocked), time.Hour, "x")
	m := modelOf(t, core)
	tests := []struct {
		words string
		want  []string
	}{
		{"ada", []string{"[Conversations]", "Ada Lovelace: the engine weaves patterns", "[People]", "Gone Ada: Last seen today at 14:30", "[Blocked]", "Adam: Blocked"}},
		{" LOVE  ada ", []string{"Ada Lovelace: the engine weaves patterns"}},
		{apptest.ID(3).Short(), []string{"Bob: hello"}},
		{"nobody", nil},
	}
	for _, tt := range tests {
		// A search opens what is folded.
		got := apptest.Lines(m.Rows(View{Words: tt.words, Now: core.Now, Folded: map[string]bool{HeadBlocked: true}}))
		if !slices.Equal(got, tt.want) {
			t.Errorf("%q finds\n%q, want\n%q", tt.words, got, tt.want)
		}
	}

	found := core.Messages[chat.DirectID(core.Me.ID, apptest.ID(2))]
	got := apptest.Lines(m.Rows(View{Words: "weaves", Found: found, Now: core.Now}))
	if want := []string{"[Messages]", "Ada Lovelace: the engine weaves patterns"}; !slices.Equal(got, want) {
		t.Errorf("found messages are %q, want %q", got, want)
	}
}

func TestRow(t *testing.T) {
	core := apptest.NewCore()
	ada := core.AddPeer(2, "Ada", chat.Offline, chat.Accepted)
	id := core.AddTalk(ada, 30*time.Hour, "see you")
	address := netip.MustParseAddrPort("10.0.0.9:5000")
	wire := chat.PlainID(address)
	core.Talks[wire] = chat.Conversation{ID: wire, Kind: chat.Plain, Title: "10.0.0.9:5000", Address: address, Unread: 3}
	m := modelOf(t, core)
	noDrafts := View{Now: core.Now}
	drafted := View{Now: core.Now, Drafts: func(c chat.ConversationID) string {
		if c == id {
			return "half a"
		}
		return ""
	}}
	whileOpen := drafted
	whileOpen.Open = id
	for _, tt := range []struct {
		name string
		row  people.Row
		want people.Row
	}{
		{"read", m.row(m.Conversations[id], noDrafts), people.Row{
			Key: id.String(), ID: ada.ID.String(), Presence: avatar.Offline, Title: "Ada", Time: "Yesterday", Preview: "see you"}},
		{"draft", m.row(m.Conversations[id], drafted), people.Row{
			Key: id.String(), ID: ada.ID.String(), Presence: avatar.Offline, Title: "Ada", Time: "Yesterday", Lead: "Draft:", Tone: people.Draft, Preview: "half a"}},
		{"draft of the open one", m.row(m.Conversations[id], whileOpen), people.Row{
			Key: id.String(), ID: ada.ID.String(), Presence: avatar.Offline, Title: "Ada", Time: "Yesterday", Preview: "see you"}},
		{"plain", m.row(m.Conversations[wire], noDrafts), people.Row{
			Key: wire.String(), ID: "10.0.0.9:5000", Picture: people.Wire, Title: "10.0.0.9:5000", Preview: "Plain UDP", Unread: 3}},
	} {
		if tt.row != tt.want {
			t.Errorf("%s: the row is\n%+v, want\n%+v", tt.name, tt.row, tt.want)
		}
	}
}

// A draft to somebody nothing was said to yet makes a conversation of them.
func TestRowsDraftOnly(t *testing.T) {
	core := apptest.NewCore()
	id := core.AddTalk(core.AddPeer(2, "Ada", chat.Offline, chat.New), 0)
	m := modelOf(t, core)
	if got := m.Rows(View{Now: core.Now}); len(got) != 0 {
		t.Errorf("without a draft there is %q", apptest.Lines(got))
	}
	drafts := func(chat.ConversationID) string { return "Dear A" }
	got := apptest.Lines(m.Rows(View{Now: core.Now, Drafts: drafts}))
	if want := []string{"Ada: Draft: Dear A"}; !slices.Equal(got, want) {
		t.Errorf("with a draft to %s there is %q, want %q", id, got, want)
	}
}

func TestExcerpt(t *testing.T) {
	for _, tt := range []struct{ text, words, want string }{
		{"short and found", "found", "short and found"},
		{"a long way before the word that was searched for", "searched", "…that was searched for"},
		{"nothing\nof  it", "else", "nothing of it"},
		{"", "x", ""},
	} {
		if got := excerpt(tt.text, tt.words); got != tt.want {
			t.Errorf("excerpt(%q, %q) = %q, want %q", tt.text, tt.words, got, tt.want)
		}
	}
}

func TestManyRows(t *testing.T) {
	core := apptest.NewCore()
	for i := range 200 {
		p := core.AddPeer(byte(i+2), "Somebody", chat.Online, chat.Accepted)
		core.AddTalk(p, time.Duration(i)*time.Minute, "x")
	}
	rows := modelOf(t, core).Rows(View{Now: core.Now})
	if len(rows) != 200 {
		t.Fatalf("%d rows for 200 conversations", len(rows))
	}
	for i, r := range rows {
		if want := chat.DirectID(core.Me.ID, apptest.ID(byte(i+2))).String(); r.Key != want {
			t.Fatalf("row %d is not the %dth latest", i, i)
		}
	}
}

func TestRowsGroups(t *testing.T) {
	core := apptest.NewCore()
	ada := core.AddPeer(2, "Ada", chat.Online, chat.Accepted)
	core.AddPeer(3, "Bob", chat.Online, chat.New)
	core.AddTalk(ada, time.Minute, "latest of all")
	lunch := core.AddGroup("Lunch", time.Hour, []chat.Peer{ada}, "soup?")
	quiet := core.AddGroup("Quiet", 2*time.Hour, []chat.Peer{ada}, ">mine")
	asks := core.AddGroup("Pyramid", 3*time.Hour, []chat.Peer{ada})
	over := core.AddGroup("Over", time.Second, []chat.Peer{ada}, "bye")
	core.AddLobby(5*time.Hour, "good morning")
	set := func(id chat.ConversationID, change func(*chat.Conversation)) {
		c := core.Talks[id]
		change(&c)
		core.Talks[id] = c
	}
	set(lunch, func(c *chat.Conversation) { c.Unread, c.Mentioned = 2, true })
	set(quiet, func(c *chat.Conversation) { c.Unread, c.Muted = 5, true })
	set(asks, func(c *chat.Conversation) { c.Request = true })
	set(over, func(c *chat.Conversation) { c.Closed, c.Unread = "You left.", 7 })
	set(chat.LobbyID, func(c *chat.Conversation) { c.Unread = 9 })
	m := modelOf(t, core)
	rows := m.Rows(View{Now: core.Now})
	want := []string{
		"[New people]", "Pyramid: 2 members",
		"[Conversations]", "Everyone nearby: Ada: good morning", "Ada: latest of all", "Lunch: Ada: soup?", "Quiet: You: mine",
		"[People nearby]", "Bob: Say hello",
		"[Left and closed]", "Over: Ada: bye",
	}
	if got := apptest.Lines(rows); !slices.Equal(got, want) {
		t.Errorf("rows are\n%q, want\n%q", got, want)
	}
	if r := rows[3]; r.Picture != people.Everyone || r.Aside != "2 here" || r.Unread != 9 || !r.Hushed || r.Muted {
		t.Errorf("the lobby's row is %+v", r)
	}
	if r := rows[5]; r.Picture != people.Group || r.ID != lunch.String() || !r.Mentioned || r.Unread != 2 || r.Hushed {
		t.Errorf("the row of a group with a mention is %+v", r)
	}
	if r := rows[6]; !r.Muted || !r.Hushed || r.Unread != 5 {
		t.Errorf("the muted row is %+v", r)
	}
	if r := rows[10]; !r.Faint || r.Unread != 0 {
		t.Errorf("the row of what is over is %+v", r)
	}
	// Muted ones and the lobby do not call for attention, unless they name the user.
	if n := m.Unread(); n != 2+7 {
		t.Errorf("%d are unread", n)
	}
	set(quiet, func(c *chat.Conversation) { c.Mentioned = true })
	if n := modelOf(t, core).Unread(); n != 2+7+1 {
		t.Errorf("with a mention in a muted one, %d are unread", n)
	}
}

func TestPreview(t *testing.T) {
	core := apptest.NewCore()
	ada := chat.Author{Device: apptest.ID(2), Name: "Ada"}
	bob := chat.Author{Device: apptest.ID(3), Name: "Bob"}
	me := chat.Author{Device: core.Me.ID, Name: "Me"}
	m := modelOf(t, core)
	direct, group := chat.Conversation{Kind: chat.Direct}, chat.Conversation{Kind: chat.Group}
	change := func(by chat.Author, kind chat.ChangeKind, name string, who ...chat.Author) chat.Message {
		return chat.Message{From: by, Own: by == me, Change: &chat.Change{Kind: kind, Who: who, Name: name}}
	}
	for _, tt := range []struct {
		c          chat.Conversation
		msg        chat.Message
		lead, text string
	}{
		{direct, chat.Message{From: ada, Text: "hi"}, "", "hi"},
		{direct, chat.Message{From: me, Own: true, Text: "hi"}, "You:", "hi"},
		{group, chat.Message{From: ada, Text: "hi"}, "Ada:", "hi"},
		{group, chat.Message{From: ada, Retracted: true}, "", "Ada took a message back"},
		{direct, chat.Message{From: me, Own: true, Retracted: true}, "", "You took a message back"},
		{group, chat.Message{From: ada, Hidden: true}, "", "Message from somebody you blocked"},
		{direct, chat.Message{From: me, Own: true, Text: "hi", Reactions: []chat.Reaction{{From: ada, Text: "👍"}}}, "Ada:", "👍 to “hi”"},
		{direct, chat.Message{From: me, Own: true, Text: "hi", Reactions: []chat.Reaction{{From: me, Own: true, Text: "👍"}}}, "You:", "hi"},
		{group, change(ada, chat.Founded, "Lunch", bob, me), "", "Ada made the group “Lunch” with Bob and you"},
		{group, change(me, chat.Founded, "Lunch", me), "", "You made the group “Lunch”"},
		{group, change(bob, chat.Added, "", me), "", "Bob added you"},
		{group, change(me, chat.Added, "", ada, bob), "", "You added Ada and Bob"},
		{group, change(ada, chat.Removed, "", bob), "", "Ada removed Bob"},
		{group, change(ada, chat.Left, ""), "", "Ada left the group"},
		{group, change(me, chat.Renamed, "Dinner"), "", "You named the group “Dinner”"},
		{group, change(ada, "painted", ""), "", "Ada changed the group"},
	} {
		if lead, text := m.preview(tt.c, tt.msg); lead != tt.lead || text != tt.text {
			t.Errorf("the preview is %q %q, want %q %q", lead, text, tt.lead, tt.text)
		}
	}
}

// Of somebody one talked with as another identity there is the old conversation,
// if anything was said in it, and the person.
func TestRowsOfAnotherIdentity(t *testing.T) {
	core := apptest.NewCore()
	for i, trust := range []chat.Trust{chat.Accepted, chat.Blocked, chat.Blocked} {
		p := core.AddPeer(byte(i+2), []string{"Ada", "Spam", "Scam"}[i], chat.Online, trust)
		id := chat.DirectID(apptest.ID(99), p.ID)
		core.Talks[id] = chat.Conversation{ID: id, Kind: chat.Direct, Title: p.Name, Peer: p.ID, Closed: "Of another identity."}
		if i < 2 {
			core.AddMessage(id, chat.Author{Device: p.ID, Name: p.Name}, "old", false, core.Now)
		}
	}
	got := apptest.Lines(modelOf(t, core).Rows(View{Now: core.Now}))
	want := []string{"[People nearby]", "Ada: Say hello", "[Left and closed]", "Ada: old", "Spam: Blocked", "[Blocked]", "Scam: Blocked", "Spam: Blocked"}
	if !slices.Equal(got, want) {
		t.Errorf("rows are\n%q, want\n%q", got, want)
	}
}
