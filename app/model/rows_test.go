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
			Key: wire.String(), ID: "10.0.0.9:5000", Wire: true, Title: "10.0.0.9:5000", Preview: "Plain UDP", Unread: 3}},
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
