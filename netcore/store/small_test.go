package store

import (
	"context"
	"maps"
	"net/netip"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
)

func TestPeers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "parlance.db")
	s := open(t, path)
	ctx := context.Background()
	first := Peer{
		ID:        bob.ID(),
		Name:      "Bob",
		Trust:     chat.New,
		Addresses: []netip.AddrPort{netip.MustParseAddrPort("10.0.0.7:47475"), netip.MustParseAddrPort("[fe80::1%eth0]:47475")},
		LastSeen:  time.UnixMilli(epoch.UnixMilli()),
		Instance:  1<<64 - 1,
		Sequence:  5,
	}
	changed := first
	changed.Name, changed.Trust, changed.Addresses, changed.Instance = "Bobby\n the \u202eGreat", chat.Verified, nil, 7
	nameless := Peer{ID: ann.ID(), Trust: chat.New}
	for _, p := range []Peer{first, nameless} {
		if err := s.SavePeer(ctx, p); err != nil {
			t.Fatal(err)
		}
	}
	shown := nameless
	shown.Name = ann.ID().Short()
	if got, err := s.Peers(ctx); err != nil || !reflect.DeepEqual(got, []Peer{shown, first}) {
		t.Errorf("peers %+v, %v", got, err)
	}
	mustPut(t, s, Write{Peer: &changed})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	changed.Name = "Bobby the Great"
	if got, err := open(t, path).Peers(ctx); err != nil || !reflect.DeepEqual(got, []Peer{shown, changed}) {
		t.Errorf("peers %+v, %v", got, err)
	}
}

func TestSettings(t *testing.T) {
	s := openNew(t)
	ctx := context.Background()
	want := map[string]string{"theme": "dark", "scale": "1.5", "": "", "odd\x00key": "o'dd\x00value\xff"}
	for _, value := range []string{"light", "dark"} {
		if err := s.SetSetting(ctx, "theme", value); err != nil {
			t.Fatal(err)
		}
	}
	for key, value := range want {
		if err := s.SetSetting(ctx, key, value); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := s.Settings(ctx); err != nil || !maps.Equal(got, want) {
		t.Errorf("settings %q, %v", got, err)
	}
}

// TestRefused: what a network will not take keeps its text and the reason until it is
// sent again, or taken back: then nothing of the text is left, nor found.
func TestRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "parlance.db")
	s := open(t, path)
	ctx := context.Background()
	c := Conversation{ID: chat.RoomID("irc://host:6667", "#room"), Kind: chat.Room, Title: "#room"}
	put := func(n byte, text string) chat.MessageID {
		id := chat.MessageID{n}
		mustPut(t, s, Write{Conversation: &c, Message: &chat.Message{
			ID: id, Conversation: c.ID, Position: chat.Position{n}, Own: true, State: chat.Queued, Text: text, Sent: epoch,
		}})
		return id
	}
	refused, again, back := put(1, "one"), put(2, "two"), put(3, "three")
	for _, id := range []chat.MessageID{refused, again, back} {
		if err := s.Refuse(ctx, id, "no voice"); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.SetState(ctx, again, chat.Queued); err != nil {
		t.Fatal(err)
	}
	for _, id := range []chat.MessageID{back, {9}} { // one that is not there is no matter
		if err := s.TakeBack(ctx, c.ID, id); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.TakeBack(ctx, chat.RoomID("irc://host:6667", "#other"), refused); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, path)
	list, err := s.Messages(ctx, c.ID, []chat.MessageID{refused, again, back})
	if err != nil || len(list) != 3 {
		t.Fatalf("%+v, %v", list, err)
	}
	for i, want := range []chat.Message{
		{Text: "one", State: chat.Refused, Refusal: "no voice"}, {Text: "two", State: chat.Queued}, {State: chat.Refused, Refusal: "no voice", Retracted: true},
	} {
		if m := list[i]; m.Text != want.Text || m.State != want.State || m.Refusal != want.Refusal || m.Retracted != want.Retracted {
			t.Errorf("message %d: %+v", i, m.Message)
		}
	}
	for word, want := range map[string]int{"one": 1, "two": 1, "three": 0} {
		if found, err := s.Search(ctx, word, 10); err != nil || len(found) != want {
			t.Errorf("%d found for %q, %v", len(found), word, err)
		}
	}
}
