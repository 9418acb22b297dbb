package model

import (
	"slices"
	"testing"
	"time"

	"github.com/parlance-chat/parlance/app/apptest"
	"github.com/parlance-chat/parlance/app/people"
	"github.com/parlance-chat/parlance/netcore"
	"github.com/parlance-chat/parlance/netcore/chat"
)

// onServer is a model with one conversation on a server.
func onServer(st netcore.RoomStatus) (*Model, chat.Conversation) {
	m := New()
	c := chat.Conversation{ID: st.ID, Kind: chat.Room, Title: st.Name}
	m.Conversations[c.ID] = c
	m.SetRooms([]netcore.RoomStatus{st})
	return m, c
}

func TestPlaces(t *testing.T) {
	for _, tc := range []struct {
		name              string
		st                netcore.RoomStatus
		picture           people.Picture
		commands, members bool
		loud              bool
	}{
		{"a room", netcore.RoomStatus{Server: "ircs://h:6697", Name: "#r", Channel: true}, people.Room, true, true, false},
		{"somebody", netcore.RoomStatus{Server: "ircs://h:6697", Name: "bob"}, people.Person, true, false, true},
		{"a server", netcore.RoomStatus{Server: "irc://h:6667"}, people.Server, true, false, false},
		{"a crowd", netcore.RoomStatus{Server: "tcp+broadcast://h:1"}, people.Server, false, false, false},
		{"a pair", netcore.RoomStatus{Server: "tcp+paired://h:1"}, people.Server, false, false, true},
	} {
		m, c := onServer(tc.st)
		if got := m.Headline(c, time.Now()).Picture; got != tc.picture {
			t.Errorf("%s: picture %d", tc.name, got)
		}
		if m.Commands(c) != tc.commands || m.HasMembers(c) != tc.members || m.Loud(c) != tc.loud {
			t.Errorf("%s: commands %v, members %v, loud %v", tc.name, m.Commands(c), m.HasMembers(c), m.Loud(c))
		}
	}
}

// TestActions: what somebody does is a sentence, also in the list.
func TestActions(t *testing.T) {
	m, c := onServer(netcore.RoomStatus{Server: "ircs://h:6697", Name: "#r", Channel: true})
	for text, want := range map[string]string{"/me waves": "bob waves", "hello": "bob: hello"} {
		lead, rest := m.preview(c, chat.Message{Kind: chat.Room, From: chat.Author{Name: "bob"}, Text: text})
		if got := lead + rest; got != want && lead+" "+rest != want {
			t.Errorf("%q: %q", text, got)
		}
		found := m.foundRow(chat.Message{Conversation: c.ID, Kind: chat.Room, From: chat.Author{Name: "bob"}, Text: text}, View{})
		if got := apptest.Lines([]people.Row{found})[0]; got != "#r: "+want {
			t.Errorf("%q is found as %q", text, got)
		}
	}
}

// TestAway: why somebody is away stands where one writes to them.
func TestAway(t *testing.T) {
	m, c := onServer(netcore.RoomStatus{Server: "ircs://h:6697", Name: "bob", Connected: true, Joined: true, Online: true, Known: true, Away: "at lunch"})
	if got := m.Headline(c, time.Now()).Subtitle; got != "away: at lunch · on h" {
		t.Errorf("%q", got)
	}
}

// TestServersStandLast: a notice of a server does not bring it before conversations.
func TestServersStandLast(t *testing.T) {
	core := apptest.NewCore()
	core.AddTalk(core.AddPeer(2, "Ada", chat.Online, chat.Accepted), time.Hour, "hello")
	server := core.AddRoom(netcore.RoomStatus{Server: "ircs://h:6697", Connected: true, Joined: true})
	core.AddMessage(server, chat.Author{Name: "h"}, "maintenance at six", false, core.Now)
	m := modelOf(t, core)
	if got, want := apptest.Lines(m.Rows(View{Now: core.Now})), []string{"Ada: hello", "h: maintenance at six"}; !slices.Equal(got, want) {
		t.Errorf("rows are %q, want %q", got, want)
	}
}
