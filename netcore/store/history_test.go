package store

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/wire"
)

func TestHistoryPages(t *testing.T) {
	s := openNew(t)
	c, other := direct(ann), direct(bob)
	a := newAuthor(ann, c.ID)
	var e []wire.SignedEntry
	for i := range 10 {
		e = append(e, a.text(epoch.Add(time.Duration(i)*time.Second), fmt.Sprint(i)))
	}
	mustPut(t, s, Write{Conversation: &c, Entries: e})
	mustPut(t, s, Write{Conversation: &other, Entries: []wire.SignedEntry{newAuthor(bob, other.ID).text(epoch, "other")}})
	at := func(i int) chat.Position { return e[i].Position() }
	for _, test := range []struct {
		page Page
		want string
	}{
		{Page{}, "0123456789"},
		{Page{Limit: 3}, "789"},
		{Page{Limit: 3, Before: at(7)}, "456"},
		{Page{Limit: 3, Before: at(2)}, "01"},
		{Page{Limit: 3, Before: at(0)}, ""},
		{Page{Limit: 3, After: at(2)}, "345"},
		{Page{Limit: 3, After: at(7)}, "89"},
		{Page{Limit: 3, After: at(9)}, ""},
		{Page{Limit: 3, After: at(1), Before: at(8)}, "234"},
		{Page{Limit: 9, After: at(1), Before: at(8)}, "234567"},
		{Page{Limit: 9, After: at(8), Before: at(1)}, ""},
		{Page{After: chat.Position{23: 1}}, "0123456789"},
	} {
		got := ""
		for _, text := range texts(history(t, s, c.ID, test.page)) {
			got += text
		}
		if got != test.want {
			t.Errorf("%+v: %q, want %q", test.page, got, test.want)
		}
	}
	if list := history(t, s, chat.ConversationID{1}, Page{}); len(list) != 0 {
		t.Errorf("unknown conversation: %v", list)
	}
	if n, err := s.Count(context.Background(), c.ID); n != 10 || err != nil {
		t.Errorf("count %d, %v", n, err)
	}
	if n, err := s.Count(context.Background(), chat.ConversationID{1}); n != 0 || err != nil {
		t.Errorf("count of an unknown conversation %d, %v", n, err)
	}
}

// TestDelivered checks the state of own messages in conversations of several
// members.
func TestDelivered(t *testing.T) {
	d := []identity.DeviceID{self, ann.ID(), bob.ID()}
	for _, test := range []struct {
		name    string
		members []identity.DeviceID
		told    map[identity.DeviceID]uint64
		want    string // of messages 1, 2, 3: queued or delivered
	}{
		{"nobody told", d[:2], nil, "qqq"},
		{"some", d[:2], map[identity.DeviceID]uint64{ann.ID(): 2}, "ddq"},
		{"all", d[:2], map[identity.DeviceID]uint64{ann.ID(): 3}, "ddd"},
		{"ahead of us", d[:2], map[identity.DeviceID]uint64{ann.ID(): 9}, "ddd"},
		{"not a member", d[:2], map[identity.DeviceID]uint64{bob.ID(): 3}, "qqq"},
		{"oneself", d[:2], map[identity.DeviceID]uint64{self: 3}, "qqq"},
		{"oneself not listed", d[1:2], map[identity.DeviceID]uint64{ann.ID(): 1}, "dqq"},
		{"three, one told", d, map[identity.DeviceID]uint64{ann.ID(): 3}, "qqq"},
		{"three, both told", d, map[identity.DeviceID]uint64{ann.ID(): 3, bob.ID(): 1}, "dqq"},
		{"no members", nil, map[identity.DeviceID]uint64{ann.ID(): 3}, "qqq"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := openNew(t)
			c := Conversation{ID: chat.ConversationID{1}, Kind: chat.Group, Title: "Three", Members: test.members}
			mine, a := newAuthor(me, c.ID), newAuthor(ann, c.ID)
			mustPut(t, s, Write{Conversation: &c, Entries: []wire.SignedEntry{mine.text(epoch, "1"), mine.text(epoch, "2"), mine.text(epoch, "3")}})
			mustPut(t, s, Write{Entries: []wire.SignedEntry{a.text(epoch.Add(-time.Minute), "theirs")}})
			var w Write
			for peer, highest := range test.told {
				w.Told = append(w.Told, Told{Log: mine.log, Peer: peer, Highest: highest})
			}
			mustPut(t, s, w)
			got := ""
			for _, m := range history(t, s, c.ID, Page{}) {
				switch {
				case !m.Own && m.State == "":
				case m.Own && m.State == chat.Queued:
					got += "q"
				case m.Own && m.State == chat.Delivered:
					got += "d"
				default:
					t.Errorf("%q is own %v, %q", m.Text, m.Own, m.State)
				}
			}
			if got != test.want {
				t.Errorf("states %s, want %s", got, test.want)
			}
			line, err := s.Conversation(context.Background(), c.ID)
			if err != nil || line.Last.State != history(t, s, c.ID, Page{})[3].State || line.Log != mine.log || line.Sequence != 3 {
				t.Errorf("last %+v, %v", line, err)
			}
		})
	}
}

func TestPlainMessage(t *testing.T) {
	s := openNew(t)
	address := netip.MustParseAddrPort("10.0.0.7:12345")
	c := Conversation{ID: chat.PlainID(address), Kind: chat.Plain, Address: address}
	sent := time.UnixMilli(epoch.UnixMilli())
	theirs := chat.Message{
		ID:           idAt(epoch, "theirs"),
		Conversation: c.ID,
		Position:     chat.Position{1, 23: 1},
		From:         chat.Author{Address: "udp://10.0.0.7:12345", Name: "anything"},
		Text:         "hello\x00",
		Sent:         sent,
	}
	mine := theirs
	mine.ID, mine.Own, mine.State, mine.Position = idAt(epoch, "mine"), true, chat.Sent, chat.Position{1, 23: 2}
	mustPut(t, s, Write{Conversation: &c, Message: &theirs, Received: sent})
	mustPut(t, s, Write{Message: &mine, Received: sent})
	want := []Message{{Message: theirs}, {Message: mine}}
	for i := range want {
		want[i].Kind = chat.Plain
		want[i].From.Name = "udp://10.0.0.7:12345"
		want[i].Text = "hello␀"
		want[i].Received = sent
	}
	if got := history(t, s, c.ID, Page{}); !reflect.DeepEqual(got, want) {
		t.Errorf("history\n%+v, want\n%+v", got, want)
	}
	line, err := s.Conversation(context.Background(), c.ID)
	if err != nil || line.Title != address.String() || line.Address != address || line.Unread != 1 ||
		!reflect.DeepEqual(line.Last, &want[1].Message) || line.Log != (wire.LogID{}) || line.Sequence != 0 {
		t.Errorf("line %+v, %v", line, err)
	}
}

func TestMessageByID(t *testing.T) {
	s := openNew(t)
	ctx := context.Background()
	c, other := direct(ann), direct(bob)
	mine, theirs := newAuthor(me, c.ID), newAuthor(bob, other.ID)
	e := mine.text(epoch, "mine")
	mustPut(t, s, Write{Conversation: &c, Entries: []wire.SignedEntry{e}})
	// Somebody reuses the ID.
	copied, err := wire.SignEntry(bob, wire.Entry{
		Log: theirs.log, Sequence: 1, Time: 1, Wall: epoch, ID: e.ID, Kind: wire.KindText, Body: wire.TextBody("theirs"),
	})
	if err != nil {
		t.Fatal(err)
	}
	mustPut(t, s, Write{Conversation: &other, Entries: []wire.SignedEntry{copied}})
	m, err := s.Message(ctx, e.ID)
	if err != nil || m.Text != "mine" || m.Conversation != c.ID || m.Log != mine.log || m.Sequence != 1 {
		t.Errorf("message %+v, %v", m, err)
	}
	if _, err := s.Message(ctx, idAt(epoch, "none")); !errors.Is(err, chat.ErrUnknown) {
		t.Errorf("unknown: %v", err)
	}
}

func TestConversations(t *testing.T) {
	s := openNew(t)
	ctx := context.Background()
	list := func() (got []string) {
		t.Helper()
		lines, err := s.Conversations(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range lines {
			last := "-"
			if l.Last != nil {
				last = l.Last.Text
			}
			got = append(got, fmt.Sprintf("%s: %s (%d) %s", l.Title, last, l.Unread, l.Draft))
		}
		return got
	}
	check := func(want ...string) {
		t.Helper()
		if got := list(); !slices.Equal(got, want) {
			t.Errorf("conversations\n%q, want\n%q", got, want)
		}
	}
	check()
	withAnn, withBob, group := direct(ann), direct(bob), Conversation{ID: chat.ConversationID{9}, Kind: chat.Group, Title: "Trip"}
	withBob.Title = "Somebody"
	for _, c := range []Conversation{withAnn, withBob, group} {
		if err := s.AddConversation(ctx, c); err != nil {
			t.Fatal(err)
		}
	}
	check("Somebody: - (0) ", "Trip: - (0) ", ann.ID().Short()+": - (0) ")

	a, b, mine := newAuthor(ann, withAnn.ID), newAuthor(bob, withBob.ID), newAuthor(me, withAnn.ID)
	mustPut(t, s, Write{Entries: []wire.SignedEntry{a.text(epoch.Add(time.Second), "hi"), a.text(epoch.Add(5*time.Second), "there")}})
	mustPut(t, s, Write{Entries: []wire.SignedEntry{b.text(epoch.Add(3*time.Second), "yes")}})
	mustPut(t, s, Write{Entries: []wire.SignedEntry{mine.text(epoch.Add(2*time.Second), "own, written before")}})
	if err := s.SavePeer(ctx, Peer{ID: ann.ID(), Name: "Ann"}); err != nil {
		t.Fatal(err)
	}
	if err := s.SetDraft(ctx, withBob.ID, "I think"); err != nil {
		t.Fatal(err)
	}
	check("Ann: there (2) ", "Somebody: yes (1) I think", "Trip: - (0) ")

	// A name changes; the draft goes; one is read; something older comes late.
	if err := s.SavePeer(ctx, Peer{ID: ann.ID(), Name: "Anna\u202e"}); err != nil {
		t.Fatal(err)
	}
	if err := s.SetDraft(ctx, withBob.ID, ""); err != nil {
		t.Fatal(err)
	}
	if err := s.MarkSeen(ctx, withAnn.ID); err != nil {
		t.Fatal(err)
	}
	late := newAuthor(ann, withAnn.ID)
	late.log.Incarnation++
	mustPut(t, s, Write{Entries: []wire.SignedEntry{late.text(epoch, "late")}})
	check("Anna: there (1) ", "Somebody: yes (1) ", "Trip: - (0) ")
	if got := history(t, s, withAnn.ID, Page{})[0]; got.From.Name != "Anna" || got.Text != "late" {
		t.Errorf("first message %+v", got)
	}

	// Telling a conversation again changes what is given.
	group.Title, group.Members = "Trip to the sea", []identity.DeviceID{ann.ID()}
	if err := s.AddConversation(ctx, group); err != nil {
		t.Fatal(err)
	}
	if err := s.AddConversation(ctx, Conversation{ID: group.ID, Kind: chat.Group, Members: []identity.DeviceID{bob.ID()}}); err != nil {
		t.Fatal(err)
	}
	check("Anna: there (1) ", "Somebody: yes (1) ", "Trip to the sea: - (0) ")
	held, err := s.Held(ctx)
	trip := held.Conversations[2]
	if err != nil || !slices.Equal(trip.Members, []identity.DeviceID{bob.ID()}) || !slices.Equal(trip.Former, []identity.DeviceID{ann.ID()}) {
		t.Errorf("members %v, former ones %v, %v", trip.Members, trip.Former, err)
	}
	line, err := s.Conversation(ctx, withAnn.ID)
	if err != nil || line.Kind != chat.Direct || line.Peer != ann.ID() || line.Title != "Anna" {
		t.Errorf("line %+v, %v", line, err)
	}

	unknown := chat.ConversationID{7}
	_, err = s.Conversation(ctx, unknown)
	for name, err := range map[string]error{
		"Conversation": err,
		"SetDraft":     s.SetDraft(ctx, unknown, "x"),
		"MarkSeen":     s.MarkSeen(ctx, unknown),
	} {
		if !errors.Is(err, chat.ErrUnknown) {
			t.Errorf("%s of an unknown conversation: %v", name, err)
		}
	}
}
