package store

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/wire"
)

func TestHeld(t *testing.T) {
	s := openNew(t)
	ctx := context.Background()
	if held, err := s.Held(ctx); err != nil || !reflect.DeepEqual(held, Held{}) {
		t.Errorf("fresh: %+v, %v", held, err)
	}
	c, empty := direct(ann), direct(bob)
	c.Title = "Ann"
	plain := Conversation{
		ID:      chat.PlainID(netip.MustParseAddrPort("10.0.0.7:12345")),
		Kind:    chat.Plain,
		Title:   "10.0.0.7:12345",
		Address: netip.MustParseAddrPort("10.0.0.7:12345"),
	}
	a, mine := newAuthor(ann, c.ID), newAuthor(me, c.ID)
	mine.log.Incarnation = 1<<63 + 5 // its sign bit set
	mustPut(t, s, Write{Conversation: &c, Entries: []wire.SignedEntry{a.text(epoch, "1"), a.text(epoch.Add(time.Minute), "2")}})
	mustPut(t, s, Write{Entries: []wire.SignedEntry{mine.text(epoch, "1")}, Told: []Told{{Log: mine.log, Peer: ann.ID(), Highest: 1}}})
	mustPut(t, s, Write{Conversation: &plain, Message: &chat.Message{Conversation: plain.ID, Position: chat.Position{0x01}}})
	if err := s.AddConversation(ctx, empty); err != nil {
		t.Fatal(err)
	}
	mustPut(t, s, Write{Told: []Told{{Log: a.log, Peer: bob.ID(), Highest: 2}, {Log: a.log, Peer: bob.ID(), Highest: 1}}})

	byID := func(ids ...identity.DeviceID) []identity.DeviceID {
		slices.SortFunc(ids, func(a, b identity.DeviceID) int { return strings.Compare(string(a[:]), string(b[:])) })
		return ids
	}
	c.Members, empty.Members = byID(c.Members...), byID(empty.Members...)
	want := Held{
		Conversations: []HeldConversation{
			{Conversation: c, Clock: wire.HybridAt(epoch.Add(time.Minute))},
			{Conversation: plain, Clock: 0x01 << 56},
			{Conversation: empty},
		},
		Logs: []HeldLog{
			{ID: a.log, Range: wire.Range{Lowest: 1, Highest: 2}, Hash: a.previous},
			{ID: mine.log, Range: wire.Range{Lowest: 1, Highest: 1}, Hash: mine.previous},
		},
		Told: []Told{{Log: a.log, Peer: bob.ID(), Highest: 2}, {Log: mine.log, Peer: ann.ID(), Highest: 1}},
	}
	got, err := s.Held(ctx)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("held %v\n%+v, want\n%+v", err, got, want)
	}
}

func TestEntries(t *testing.T) {
	s := openNew(t)
	c := direct(ann)
	// A log beside it, so that places next to each other belong to two logs.
	before, a, after := newAuthor(bob, c.ID), newAuthor(ann, c.ID), newAuthor(me, c.ID)
	var e []wire.SignedEntry
	for i := range 10 {
		e = append(e, a.text(epoch, fmt.Sprint(i)))
	}
	mustPut(t, s, Write{Conversation: &c, Entries: []wire.SignedEntry{before.text(epoch, "other")}})
	mustPut(t, s, Write{Entries: e})
	mustPut(t, s, Write{Entries: []wire.SignedEntry{after.text(epoch, "other")}})
	size := len(e[1].Raw) // the first names no previous one
	unknown := a.log
	unknown.Incarnation++
	for _, test := range []struct {
		log      wire.LogID
		from     uint64
		maxBytes int
		want     []wire.SignedEntry
	}{
		{a.log, 1, 1 << 20, e},
		{a.log, 4, 1 << 20, e[3:]},
		{a.log, 10, 1 << 20, e[9:]},
		{a.log, 11, 1 << 20, nil},
		{a.log, 1 << 63, 1 << 20, nil},
		{a.log, 0, 1 << 20, nil},
		{a.log, 2, 3 * size, e[1:4]},
		{a.log, 2, 3*size - 1, e[1:3]},
		{a.log, 2, 1, e[1:2]},
		{a.log, 2, 0, e[1:2]},
		{unknown, 1, 1 << 20, nil},
		{wire.LogID{}, 1, 1 << 20, nil},
	} {
		got, _, err := s.Entries(context.Background(), test.log, test.from, test.maxBytes)
		if err != nil || !equalRaw(test.want, got) {
			t.Errorf("from %d, %d bytes: %d entries (%v), want %d", test.from, test.maxBytes, len(got), err, len(test.want))
		}
	}

	for sequence, want := range map[uint64]wire.Hash{1: e[0].Hash, 7: e[6].Hash} {
		if got, err := s.EntryHash(context.Background(), a.log, sequence); got != want || err != nil {
			t.Errorf("hash of %d: %x, %v, want %x", sequence, got, err, want)
		}
	}
	for _, sequence := range []uint64{0, 11, 1 << 63} {
		if _, err := s.EntryHash(context.Background(), a.log, sequence); !errors.Is(err, chat.ErrUnknown) {
			t.Errorf("hash of %d: %v, want ErrUnknown", sequence, err)
		}
	}

	for _, test := range []struct{ from, to, first, n uint64 }{
		{1, 10, 1, 10}, {3, 5, 3, 3}, {5, 5, 5, 1}, {6, 5, 0, 0}, {9, 1 << 63, 9, 2}, {11, 12, 0, 0},
	} {
		ids, err := s.MessageIDs(context.Background(), a.log, test.from, test.to)
		if err != nil || len(ids) != int(test.n) || len(ids) > 0 && ids[0] != e[test.first-1].ID {
			t.Errorf("message IDs %d to %d: %v, %v", test.from, test.to, ids, err)
		}
	}
}

// TestEntriesHole checks that entries after a missing one are not taken for
// those that follow.
func TestEntriesHole(t *testing.T) {
	path, c, _ := filled(t)
	alter(t, path, `DELETE FROM entries WHERE place & 0xffff = 5`)
	s := open(t, path)
	for from, want := range map[uint64]int{1: 4, 5: 0, 6: 495} {
		got, _, err := s.Entries(context.Background(), newAuthor(ann, c.ID).log, from, 1<<30)
		if err != nil || len(got) != want {
			t.Errorf("from %d: %d entries (%v), want %d", from, len(got), err, want)
		}
	}
}
