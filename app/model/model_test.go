package model

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/parlance-chat/parlance/app/apptest"
	_ "github.com/parlance-chat/parlance/app/locale"
	"github.com/parlance-chat/parlance/netcore/chat"
)

func TestModelApply(t *testing.T) {
	core := apptest.NewCore()
	ada := core.AddPeer(2, "Ada", chat.Online, chat.Accepted)
	id := core.AddTalk(ada, time.Hour, "one", ">two")
	m := modelOf(t, core)
	last := func() chat.Message { return *m.Conversations[id].Last }
	two := last()

	m.Apply(chat.StateChanged{Conversation: id, Messages: []chat.MessageID{two.ID}, State: chat.Read}, core.Now)
	if last().State != chat.Read {
		t.Errorf("the state of the last message is %s", last().State)
	}

	older := core.Messages[id][0]
	m.Apply(chat.MessagesAdded{Messages: []chat.Message{older}}, core.Now)
	if last().ID != two.ID {
		t.Error("an older message that came late became the last one")
	}
	three := core.AddMessage(id, chat.Author{Device: ada.ID}, "three", false, core.Now)
	if stale := m.Apply(chat.MessagesAdded{Messages: []chat.Message{three}}, core.Now); !slices.Equal(stale, []chat.ConversationID{id}) {
		t.Errorf("to be asked for afresh: %v", stale)
	}
	if last().ID != three.ID {
		t.Error("a new message did not become the last one")
	}
	own := core.AddMessage(id, chat.Author{}, "own", true, core.Now.Add(-2*time.Hour))
	if stale := m.Apply(chat.MessagesAdded{Messages: []chat.Message{own}}, core.Now); stale != nil {
		t.Errorf("for an own message: %v", stale)
	}

	// A conversation said to have changed before the message was known.
	m.Apply(chat.ConversationChanged{Conversation: chat.Conversation{ID: id, Kind: chat.Direct, Title: "Ada", Peer: ada.ID, Unread: 4}}, core.Now)
	if c := m.Conversations[id]; c.Unread != 4 || c.Last == nil || c.Last.ID != three.ID {
		t.Errorf("the conversation is now %+v", c)
	}

	stranger := chat.Message{Conversation: chat.DirectID(core.Me.ID, apptest.ID(9))}
	if stale := m.Apply(chat.MessagesAdded{Messages: []chat.Message{stranger, stranger}}, core.Now); !slices.Equal(stale, []chat.ConversationID{stranger.Conversation}) {
		t.Errorf("of a stranger: %v", stale)
	}

	ada.State = chat.Offline
	m.Apply(chat.PeerChanged{Peer: ada}, core.Now)
	if len(m.Online()) != 0 {
		t.Error("Ada is still online")
	}
	m.Apply(chat.InterfacesChanged{Interfaces: []chat.Interface{{Name: "eth0", Addresses: []netip.Prefix{netip.MustParsePrefix("10.0.0.1/24")}}}}, core.Now)
	if len(m.Cards()) != 1 {
		t.Error("no card after one came up")
	}
	m.Apply(chat.Lagged{}, core.Now)
}

func TestUnread(t *testing.T) {
	core := apptest.NewCore()
	for i, trust := range []chat.Trust{chat.Accepted, chat.New, chat.Blocked} {
		id := core.AddTalk(core.AddPeer(byte(i+2), "P", chat.Online, trust), time.Hour, "x")
		c := core.Talks[id]
		c.Unread = 1 << i
		core.Talks[id] = c
	}
	if n := modelOf(t, core).Unread(); n != 3 {
		t.Errorf("%d unread, want 3: those of blocked people do not count", n)
	}
}

func TestCards(t *testing.T) {
	prefixes := func(list ...string) (out []netip.Prefix) {
		for _, p := range list {
			out = append(out, netip.MustParsePrefix(p))
		}
		return out
	}
	m := New()
	m.Interfaces = []chat.Interface{
		{Name: "wlan0", Addresses: prefixes("fe80::1/64", "2001:db8::7/64", "192.168.1.7/24")},
		{Name: "lo", Loopback: true, Addresses: prefixes("127.0.0.1/8")},
		{Name: "eth1", Addresses: prefixes("fe80::2/64")},
		{Name: "down0"},
		{Name: "eth0", Addresses: prefixes("10.0.0.5/8")},
	}
	got := CardNames(m.Cards())
	want := []string{"eth0 (10.0.0.5)", "eth1 (fe80::2)", "wlan0 (192.168.1.7)"}
	if !slices.Equal(got, want) {
		t.Errorf("cards are %q, want %q", got, want)
	}
	if line := m.NetworkLine(); line != "eth0, eth1 and wlan0" {
		t.Errorf("the line is %q", line)
	}
	own := m.OwnAddresses()
	if want := []netip.Addr{netip.MustParseAddr("10.0.0.5"), netip.MustParseAddr("fe80::2"), netip.MustParseAddr("192.168.1.7")}; !slices.Equal(own, want) {
		t.Errorf("own addresses are %v, want %v", own, want)
	}
	m.Interfaces = m.Interfaces[1:2]
	if line := m.NetworkLine(); line != "No network" {
		t.Errorf("with loopback only the line is %q", line)
	}
}

func TestPresenceText(t *testing.T) {
	core := apptest.NewCore()
	core.AddCard("eth0", "10.0.0.1/24")
	m := modelOf(t, core)
	here := core.AddPeer(2, "Ada", chat.Online, chat.Accepted)
	far := here
	far.Addresses = []netip.AddrPort{netip.MustParseAddrPort("172.16.0.9:47475")}
	away, never := here, here
	away.State, never.State = chat.Offline, chat.Offline
	away.LastSeen, never.LastSeen = core.Now.Add(-26*time.Hour), time.Time{}
	for _, tt := range []struct {
		peer chat.Peer
		want string
	}{
		{here, "online · on this network"},
		{far, "online · on another network"},
		{away, "offline, last seen yesterday at 13:30"},
		{never, "offline"},
	} {
		if got := m.PresenceText(tt.peer, core.Now); got != tt.want {
			t.Errorf("presence is %q, want %q", got, tt.want)
		}
	}
}

func TestTyping(t *testing.T) {
	core := apptest.NewCore()
	ada := core.AddPeer(2, "Ada Lovelace", chat.Online, chat.Accepted)
	spam := core.AddPeer(3, "Spam", chat.Online, chat.Blocked)
	m := modelOf(t, core)
	id := chat.LobbyID
	at := func(seconds int) time.Time { return core.Now.Add(time.Duration(seconds) * time.Second) }
	types := func(p chat.Peer, active bool, now time.Time) {
		m.Apply(chat.Typing{Conversation: id, From: chat.Author{Device: p.ID, Name: "An old name"}, Active: active}, now)
	}
	says := func(now time.Time, until time.Time, want ...string) {
		t.Helper()
		if got, next := m.Typing(id, now); !slices.Equal(got, want) || !next.Equal(until) {
			t.Errorf("%q type until %v, want %q until %v", got, next, want, until)
		}
	}
	types(spam, true, at(0))
	says(at(0), time.Time{})
	types(chat.Peer{ID: core.Me.ID}, true, at(0)) // from another window of one's own
	types(ada, true, at(0))
	types(chat.Peer{ID: apptest.ID(9)}, true, at(2))
	says(at(3), at(6), "Ada Lovelace", "An old name")
	types(ada, true, at(4)) // goes on
	says(at(7), at(8), "An old name", "Ada Lovelace")
	says(at(9), at(10), "Ada Lovelace")
	m.Apply(chat.MessagesAdded{Messages: []chat.Message{{Conversation: id, From: chat.Author{Device: ada.ID}}}}, at(9))
	says(at(9), time.Time{})
}

func TestChangesOfTheLast(t *testing.T) {
	core := apptest.NewCore()
	ada := core.AddPeer(2, "Ada", chat.Online, chat.Accepted)
	id := core.AddGroup("Lunch", time.Hour, []chat.Peer{ada}, "one", ">two")
	m := modelOf(t, core)
	last := *m.Conversations[id].Last
	m.Apply(chat.StateChanged{Conversation: id, Messages: []chat.MessageID{last.ID}, State: chat.Read}, core.Now)
	if got := m.Conversations[id].Last.State; got != chat.Delivered {
		t.Errorf("after one of several read it, the state is %s", got)
	}
	edited := last
	edited.Text = "two and a half"
	if stale := m.Apply(chat.MessagesChanged{Messages: []chat.Message{edited}}, core.Now); stale != nil || m.Conversations[id].Last.Text != edited.Text {
		t.Errorf("after an edit the last is %q, to be asked for %v", m.Conversations[id].Last.Text, stale)
	}
	c := m.Conversations[id]
	c.Unread = 1
	m.Conversations[id] = c
	taken := core.Messages[id][0]
	taken.Retracted = true
	if stale := m.Apply(chat.MessagesChanged{Messages: []chat.Message{taken}}, core.Now); !slices.Equal(stale, []chat.ConversationID{id}) {
		t.Errorf("an unread one was taken back, to be asked for: %v", stale)
	}
	after := last.Position
	after[23]++
	if stale := m.Apply(chat.MessagesGone{Conversation: id, Before: after}, core.Now); m.Conversations[id].Last != nil || !slices.Equal(stale, []chat.ConversationID{id}) {
		t.Errorf("of what is gone there is %v, to be asked for %v", m.Conversations[id].Last, stale)
	}
}
