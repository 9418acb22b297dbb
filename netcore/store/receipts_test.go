package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/wire"
)

// TestStatesOfAmended: an own message is as far as the entry that says what it is
// now.
func TestStatesOfAmended(t *testing.T) {
	s := openNew(t)
	ctx := context.Background()
	c := direct(ann)
	mine := newAuthor(me, c.ID)
	kept, edited, twice, takenBack := mine.text(second(1), "1"), mine.text(second(2), "2"), mine.text(second(3), "3"), mine.text(second(4), "4")
	mustPut(t, s, Write{Conversation: &c, Entries: []wire.SignedEntry{
		kept, edited, twice, takenBack, // 1 to 4
		mine.edit(second(5), edited, "two"), mine.edit(second(6), twice, "three"), mine.retract(second(7), takenBack),
		mine.edit(second(8), twice, "III"), mine.react(second(9), edited, "!"),
	}})
	for _, test := range []struct {
		highest, read uint64
		want          string
	}{
		{4, 0, "delivered queued queued queued"},
		{5, 4, "read delivered queued queued"},
		{6, 5, "read read queued queued"},
		{7, 6, "read read queued delivered"},
		{8, 8, "read read read read"},
	} {
		mustPut(t, s, Write{Told: []Told{{mine.log, ann.ID(), test.highest, test.read}}})
		var states []string
		for i, m := range history(t, s, c.ID, Page{}) {
			states = append(states, string(m.State))
			receipts, err := s.Receipts(ctx, c.ID, m.ID)
			if err != nil || len(receipts) != 1 || receipts[0].State != m.State {
				t.Errorf("message %d is %s, its receipts %v (%v)", i+1, m.State, receipts, err)
			}
		}
		if got := strings.Join(states, " "); got != test.want {
			t.Errorf("up to %d: %s, want %s", test.highest, got, test.want)
		}
	}
	for _, test := range []struct {
		from, to uint64
		want     []wire.SignedEntry
	}{
		{1, 4, []wire.SignedEntry{kept}},
		{2, 5, []wire.SignedEntry{edited}},
		{3, 7, []wire.SignedEntry{takenBack, edited}},
		{6, 6, nil},
		{1, 9, []wire.SignedEntry{kept, edited, twice, takenBack}},
		{8, 8, []wire.SignedEntry{twice}},
	} {
		var want []chat.MessageID
		for _, e := range test.want {
			want = append(want, e.ID)
		}
		if ids, err := s.MessageIDs(ctx, mine.log, test.from, test.to); err != nil || !slices.Equal(ids, want) {
			t.Errorf("of entries %d to %d: %v (%v), want %v", test.from, test.to, ids, err, want)
		}
	}
}

// TestStates checks states, counts and receipts of own messages.
func TestStates(t *testing.T) {
	cleo := keyNamed("cleo")
	three := []*identity.Key{ann, bob, cleo}
	type told map[*identity.Key][2]uint64 // highest, read
	withAnn := direct(ann)
	alone := group()
	for _, test := range []struct {
		name string
		c    Conversation
		told told
		want string // of messages 1, 2, 3: state and counts, then receipts of the second
	}{
		{"group, nobody told", group(three...), nil, "queued 3 0 0, queued 3 0 0, queued 3 0 0; ann queued, bob queued, cleo queued"},
		{"group, some", group(three...), told{ann: {3, 2}, bob: {2, 1}, cleo: {1, 0}},
			"delivered 3 3 2, queued 3 2 1, queued 3 1 0; ann read, bob delivered, cleo queued"},
		{"group, all", group(three...), told{ann: {3, 3}, bob: {3, 2}, cleo: {3, 2}},
			"read 3 3 3, read 3 3 3, delivered 3 3 1; ann read, bob read, cleo read"},
		{"group, read and not said to be held", group(ann), told{ann: {0, 2}}, "read 1 1 1, read 1 1 1, queued 1 0 0; ann read"},
		{"group, one who is no member", group(ann), told{bob: {3, 3}}, "queued 1 0 0, queued 1 0 0, queued 1 0 0; ann queued"},
		{"group, alone", alone, told{bob: {3, 3}}, "queued 0 0 0, queued 0 0 0, queued 0 0 0; "},
		{"lobby, nobody", lobby, nil, "queued 0 0 0, queued 0 0 0, queued 0 0 0; "},
		{"lobby, some", lobby, told{ann: {3, 2}, bob: {2, 1}, cleo: {1, 0}, me: {3, 3}},
			"delivered 0 3 2, delivered 0 2 1, delivered 0 1 0; ann read, bob delivered"},
		{"direct", withAnn, told{ann: {2, 1}, bob: {3, 3}}, "read 0 0 0, delivered 0 0 0, queued 0 0 0; ann delivered"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := openNew(t)
			ctx := context.Background()
			for name, k := range map[string]*identity.Key{"ann": ann, "bob": bob, "cleo": cleo} {
				if err := s.SavePeer(ctx, Peer{ID: k.ID(), Name: name}); err != nil {
					t.Fatal(err)
				}
			}
			mine := newAuthor(me, test.c.ID)
			entries := []wire.SignedEntry{mine.text(second(1), "1"), mine.text(second(2), "2"), mine.text(second(3), "3")}
			w := Write{Conversation: &test.c, Entries: entries}
			for peer, n := range test.told {
				w.Told = append(w.Told, Told{mine.log, peer.ID(), n[0], n[1]}, Told{Log: mine.log, Peer: peer.ID()})
			}
			mustPut(t, s, w)
			var states, receipts []string
			for _, m := range history(t, s, test.c.ID, Page{}) {
				if m.Tally.Sent != m.Tally.Delivered {
					t.Errorf("%q: sent to %d, delivered to %d", m.Text, m.Tally.Sent, m.Tally.Delivered)
				}
				states = append(states, fmt.Sprint(m.State, " ", m.Tally.Recipients, " ", m.Tally.Delivered, " ", m.Tally.Read))
			}
			list, err := s.Receipts(ctx, test.c.ID, entries[1].ID)
			if err != nil {
				t.Error(err)
			}
			for _, r := range list {
				receipts = append(receipts, fmt.Sprint(r.Peer.Name, " ", r.State))
			}
			if got := strings.Join(states, ", ") + "; " + strings.Join(receipts, ", "); got != test.want {
				t.Errorf("\n%s, want\n%s", got, test.want)
			}
		})
	}
}

func TestReceiptsOfNone(t *testing.T) {
	s := openNew(t)
	c := direct(ann)
	theirs := newAuthor(ann, c.ID).text(epoch, "theirs")
	mustPut(t, s, Write{Conversation: &c, Entries: []wire.SignedEntry{theirs}})
	for _, id := range []chat.MessageID{theirs.ID, idAt(epoch, "none")} {
		if _, err := s.Receipts(context.Background(), c.ID, id); !errors.Is(err, chat.ErrUnknown) {
			t.Errorf("receipts: %v", err)
		}
	}
	if _, err := s.Revisions(context.Background(), c.ID, idAt(epoch, "none")); !errors.Is(err, chat.ErrUnknown) {
		t.Errorf("revisions: %v", err)
	}
	mine := chat.Message{ID: idAt(epoch, "plain"), Conversation: c.ID, Position: chat.Position{1}, Own: true, State: chat.Sent}
	mustPut(t, s, Write{Message: &mine})
	if list, err := s.Receipts(context.Background(), c.ID, mine.ID); len(list) != 1 && err != nil {
		t.Errorf("receipts of a message without a log: %v, %v", list, err)
	}
}

// TestRead checks what is kept of what was seen, here and elsewhere.
func TestRead(t *testing.T) {
	s := openNew(t)
	c := direct(ann)
	a, mine := newAuthor(ann, c.ID), newAuthor(me, c.ID)
	mustPut(t, s, Write{Conversation: &c, Entries: []wire.SignedEntry{a.text(second(1), "1"), a.text(second(2), "2")}})
	mustPut(t, s, Write{Entries: []wire.SignedEntry{mine.text(second(1), "1")}})
	mustPut(t, s, Write{Read: []Read{{a.log, 2}, {a.again().log, 9}}, Told: []Told{{mine.log, ann.ID(), 7, 5}}})
	mustPut(t, s, Write{Read: []Read{{a.log, 1}}, Told: []Told{{mine.log, ann.ID(), 8, 4}, {mine.log, ann.ID(), 6, 6}}})
	held, err := s.Held(context.Background())
	if err != nil || held.Logs[0].Read != 2 || held.Logs[1].Read != 0 || !slices.Equal(held.Told, []Told{{mine.log, ann.ID(), 8, 6}}) {
		t.Errorf("held %+v, %v", held, err)
	}
}

func TestForks(t *testing.T) {
	s := openNew(t)
	ctx := context.Background()
	if list, err := s.Forks(ctx); len(list) != 0 || err != nil {
		t.Errorf("forks %v, %v", list, err)
	}
	a := newAuthor(ann, chat.ConversationID{3}) // known or not
	first := a.text(second(1), "one")
	mustPut(t, s, Write{Fork: &first})
	for i := range 2 * maxForks {
		a.sequence = uint64(i % (maxForks + 50))
		e := a.text(second(2), fmt.Sprint(i))
		mustPut(t, s, Write{Fork: &e, Lazy: true})
	}
	list, err := s.Forks(ctx)
	if err != nil || len(list) != maxForks || list[0].Hash != first.Hash || list[maxForks-1].Sequence != maxForks {
		t.Errorf("%d forks, %v", len(list), err)
	}
}

// TestRecent checks that the times of the last entries in the lobby are told, as
// far as they matter.
func TestRecent(t *testing.T) {
	s := openNew(t)
	c := direct(ann)
	a, b, d := newAuthor(ann, lobby.ID), newAuthor(bob, lobby.ID), newAuthor(ann, c.ID)
	var all []time.Time
	var entries []wire.SignedEntry
	for i := range chat.LobbyBurst + 5 {
		e := a.react(second(i), wire.SignedEntry{Entry: wire.Entry{ID: chat.MessageID{1}}}, "x") // of any kind
		entries, all = append(entries, e), append(all, e.Wall)
	}
	mustPut(t, s, Write{Conversation: &lobby, Entries: entries})
	window := int(chat.LobbyWindow.Seconds())
	bobs := []wire.SignedEntry{b.text(second(1), "1"), b.text(second(2), "2"), b.text(second(window+2), "3")}
	mustPut(t, s, Write{Entries: bobs})
	mustPut(t, s, Write{Conversation: &c, Entries: []wire.SignedEntry{d.text(second(1), "1")}})
	held, err := s.Held(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range [][]time.Time{all[5:], {bobs[1].Wall, bobs[2].Wall}, nil} {
		if got := held.Logs[i].Recent; !slices.EqualFunc(got, want, time.Time.Equal) {
			t.Errorf("log %d: %v, want %v", i, got, want)
		}
	}
}
