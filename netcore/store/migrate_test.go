package store

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/wire"
)

// TestFirstVersion opens a database of the first version.
func TestFirstVersion(t *testing.T) {
	path := filepath.Join(t.TempDir(), "parlance.db")
	scripts, err := migrations()
	if err != nil {
		t.Fatal(err)
	}
	c := direct(ann)
	theirs, mine := wire.Entry{Log: wire.LogID{Author: ann.ID()}, Sequence: 1, Time: wire.HybridAt(second(1))}, wire.Entry{Log: wire.LogID{Author: self}, Sequence: 1, Time: wire.HybridAt(second(2))}
	one, two := theirs.Position(), mine.Position()
	first, last := idAt(epoch, "one"), idAt(epoch, "two")
	annKey, uid := ann.ID(), c.ID
	alter(t, path, scripts[0]+fmt.Sprintf(`;
		PRAGMA user_version = 1;
		INSERT INTO meta VALUES ('incarnation', 7);
		INSERT INTO devices VALUES (1, x'%x'), (2, x'%x');
		INSERT INTO peers VALUES (1, 'Ann', 'accepted', '', 0, 0, 0);
		INSERT INTO conversations VALUES (1, x'%x', 'direct', 'Ann', 1, NULL, 5, 3, 1, 1, 3);
		INSERT INTO members VALUES (1, 1), (1, 2);
		INSERT INTO logs VALUES (1, 1, 1, 7, 1, 1, x'00'), (2, 1, 2, 7, 1, 1, x'00');
		INSERT INTO told VALUES (2, 1, 0);
		INSERT INTO entries VALUES (%d, x'00'), (%d, x'00');
		INSERT INTO messages VALUES
			(1, 1, x'%x', x'%x', 1, 0, 1000, 2000, NULL, NULL, 'theirs'),
			(2, 1, x'%x', x'%x', 2, 1, 1000, 2000, NULL, NULL, 'mine'),
			(3, 1, x'ff', x'00', NULL, 0, 1000, 2000, NULL, 'udp://10.0.0.7:1', 'plain')`,
		annKey[:], self[:], uid[:], place(1, 1), place(2, 1), one[:], [16]byte(first), two[:], [16]byte(last)))

	s := open(t, path)
	if n := s.Incarnation(); n == 7 || n == 0 {
		t.Errorf("incarnation %d", n)
	}
	held, err := s.Held(context.Background())
	if err != nil || len(held.Logs) != 0 || len(held.Told) != 0 || len(held.Conversations) != 1 || len(held.Conversations[0].Members) != 2 {
		t.Errorf("held %+v, %v", held, err)
	}
	describe := func() (got []string) {
		for _, m := range history(t, s, c.ID, Page{}) {
			got = append(got, fmt.Sprint(picture(m), " ", m.From.Name, " ", m.Own, " ", m.State, " ", m.Log != wire.LogID{}))
		}
		return got
	}
	want := []string{"theirs Ann false  false", "mine " + self.Short() + " true delivered false", "plain udp://10.0.0.7:1 false  false"}
	if got := describe(); !slices.Equal(got, want) {
		t.Errorf("history\n%q, want\n%q", got, want)
	}
	if got, want := line(t, s, c.ID), "3, 1 unread, mentioned false, last plain"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got := find(t, s, "mine", 9); len(got) != 1 {
		t.Errorf("found %q", got)
	}

	// What was said is history; but its author can still change its mind.
	a := newAuthor(ann, c.ID)
	old := wire.SignedEntry{Entry: wire.Entry{ID: first}}
	mustPut(t, s, Write{Entries: []wire.SignedEntry{a.edit(second(5), old, "edited"), a.react(second(6), old, "x")}})
	want[0] = "edited edited 5 x Ann false  false"
	if got := describe(); !slices.Equal(got, want) {
		t.Errorf("history\n%q, want\n%q", got, want)
	}
	mustPut(t, s, Write{Entries: []wire.SignedEntry{a.retract(second(7), old)}})
	want[0] = " retracted Ann false  false"
	if got := describe(); !slices.Equal(got, want) {
		t.Errorf("history\n%q, want\n%q", got, want)
	}
	if err := put(s, Write{Entries: []wire.SignedEntry{newAuthor(bob, direct(bob).ID).text(epoch, "x")}}); !errors.Is(err, chat.ErrUnknown) {
		t.Errorf("unknown conversation: %v", err)
	}
}
