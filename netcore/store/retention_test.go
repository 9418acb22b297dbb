package store

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/wire"
)

// line describes a conversation's line.
func line(t testing.TB, s *Store, c chat.ConversationID) string {
	t.Helper()
	l, err := s.Conversation(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	n, err := s.Count(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	last := "none"
	if l.Last != nil {
		last = l.Last.Text
	}
	return fmt.Sprintf("%d, %d unread, mentioned %v, last %s", n, l.Unread, l.Mentioned, last)
}

func heldLogs(t testing.TB, s *Store) map[wire.LogID]HeldLog {
	t.Helper()
	held, err := s.Held(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	logs := make(map[wire.LogID]HeldLog)
	for _, l := range held.Logs {
		l.Recent = nil
		logs[l.ID] = l
	}
	return logs
}

func TestExpire(t *testing.T) {
	s := openNew(t)
	ctx := context.Background()
	if err := s.AddConversation(ctx, lobby); err != nil {
		t.Fatal(err)
	}
	other := direct(ann)
	a, b, mine := newAuthor(ann, lobby.ID), newAuthor(bob, lobby.ID), newAuthor(me, lobby.ID)
	var old []wire.SignedEntry
	for i := range 2*expireStep + 10 {
		old = append(old, a.text(second(i), fmt.Sprint("old ", i)))
	}
	mustPut(t, s, Write{Entries: old})
	if err := s.MarkSeen(ctx, lobby.ID); err != nil {
		t.Fatal(err)
	}
	last := old[len(old)-1]
	called := b.sign(second(700), wire.Entry{Kind: wire.KindText, Mentions: devices(me), Body: wire.TextBody("called")})
	mustPut(t, s, Write{Entries: []wire.SignedEntry{called, b.text(second(1000), "kept"), b.react(second(1001), last, "x"), b.text(second(999), "behind it")}})
	mustPut(t, s, Write{Entries: []wire.SignedEntry{mine.text(second(1), "mine"), mine.edit(second(2), old[0], "not mine")}, Read: []Read{{a.log, 5}}})
	mustPut(t, s, Write{Conversation: &other, Entries: []wire.SignedEntry{newAuthor(ann, other.ID).text(second(1), "elsewhere")}})
	plain := chat.Message{Conversation: lobby.ID, Text: "plain", Position: wire.Entry{Time: wire.HybridAt(second(3))}.Position()}
	mustPut(t, s, Write{Message: &plain})
	if got, want := line(t, s, lobby.ID), fmt.Sprint(len(old)+5, ", 4 unread, mentioned true, last kept"); got != want {
		t.Fatalf("before: %s, want %s", got, want)
	}
	find(t, s, "old", 10) // all is indexed

	before := wire.HybridAt(second(900))
	got, err := s.Expire(ctx, lobby.ID, before)
	want := Expired{
		Logs: []HeldLog{
			{ID: a.log, Range: wire.Range{Lowest: uint64(len(old)) + 1, Highest: uint64(len(old))}, Hash: last.Hash, Read: 5},
			{ID: b.log, Range: wire.Range{Lowest: 2, Highest: 4}, Hash: b.previous},
			{ID: mine.log, Range: wire.Range{Lowest: 3, Highest: 2}, Hash: mine.previous},
		},
		Gone:   len(old) + 3,
		Before: wire.Entry{Time: before}.Position(),
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("expired %+v, %v, want\n%+v", got, err, want)
	}
	logs := heldLogs(t, s)
	for _, l := range want.Logs {
		if !reflect.DeepEqual(logs[l.ID], l) {
			t.Errorf("held %+v, want %+v", logs[l.ID], l)
		}
	}
	if got, want := line(t, s, lobby.ID), "2, 2 unread, mentioned false, last kept"; got != want {
		t.Errorf("after: %s, want %s", got, want)
	}
	if got, want := line(t, s, other.ID), "1, 1 unread, mentioned false, last elsewhere"; got != want {
		t.Errorf("elsewhere: %s, want %s", got, want)
	}
	if got := texts(history(t, s, lobby.ID, Page{})); !slices.Equal(got, []string{"behind it", "kept"}) {
		t.Errorf("history %q", got)
	}
	if n := len(find(t, s, "old", 10)) + len(find(t, s, "called", 10)); n != 0 {
		t.Errorf("%d found", n)
	}
	if raw, _, err := s.Entries(ctx, a.log, 1, 1<<20); len(raw) != 0 || err != nil {
		t.Errorf("%d entries, %v", len(raw), err)
	}

	// The log goes on where it was, and nothing is taken twice.
	if err := put(s, Write{Entries: []wire.SignedEntry{newAuthor(ann, lobby.ID).text(epoch, "number 1")}}); err != nil {
		t.Errorf("an entry that is gone: %v", err)
	}
	mustPut(t, s, Write{Entries: []wire.SignedEntry{a.text(second(2000), "new")}})
	if l := heldLogs(t, s)[a.log]; l.Lowest != uint64(len(old))+1 || l.Highest != l.Lowest {
		t.Errorf("held %+v", l)
	}
	if again, err := s.Expire(ctx, lobby.ID, before); err != nil || len(again.Logs) != 0 || again.Gone != 0 {
		t.Errorf("again: %+v, %v", again, err)
	}
	if _, err := s.Expire(ctx, chat.ConversationID{7}, before); !errors.Is(err, chat.ErrUnknown) {
		t.Errorf("unknown conversation: %v", err)
	}
}

// TestExpireGroup checks that who is in a group is never forgotten.
func TestExpireGroup(t *testing.T) {
	s := openNew(t)
	c := group(ann)
	a := newAuthor(ann, c.ID)
	one := a.text(second(1), "one")
	add := a.entry(second(2), wire.KindAdd, wire.DevicesBody(devices(bob)))
	mustPut(t, s, Write{Conversation: &c, Entries: []wire.SignedEntry{one, add, a.text(second(3), "two")}})
	if _, err := s.Expire(context.Background(), c.ID, wire.HybridAt(second(9))); err != nil {
		t.Fatal(err)
	}
	held, err := s.Held(context.Background())
	if err != nil || len(held.Membership) != 1 || held.Membership[0].Hash != add.Hash || held.Logs[0].Lowest != 2 {
		t.Errorf("held %+v, %v", held, err)
	}
}

// TestNumbersAreNotGivenTwice checks it for messages that are gone.
func TestNumbersAreNotGivenTwice(t *testing.T) {
	path := filepath.Join(t.TempDir(), "parlance.db")
	s := open(t, path)
	a := newAuthor(ann, lobby.ID)
	mustPut(t, s, Write{Conversation: &lobby, Entries: []wire.SignedEntry{a.text(second(1), "one"), a.text(second(2), "two")}})
	find(t, s, "one", 1)
	if _, err := s.Expire(context.Background(), lobby.ID, wire.HybridAt(second(9))); err != nil {
		t.Fatal(err)
	}
	find(t, s, "one", 1) // takes up what is gone
	if _, err := s.Expire(context.Background(), lobby.ID, wire.HybridAt(second(9))); err != nil {
		t.Fatal(err)
	}
	number := func(query string) (n int64, err error) {
		err = s.do(context.Background(), func(w *writer) error {
			n, err = w.conn.number(query)
			return err
		})
		return n, err
	}
	if n, err := number(`SELECT count(*) FROM revised`); n != 0 || err != nil {
		t.Errorf("%d revisions are kept that the index knows (%v)", n, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, path)
	mustPut(t, s, Write{Entries: []wire.SignedEntry{a.text(second(20), "three")}})
	if got := find(t, s, "three", 9); !slices.Equal(got, []string{"three"}) {
		t.Errorf("found %q", got)
	}
	if n, err := number(`SELECT max(number) FROM messages`); n != 3 || err != nil {
		t.Errorf("the third message has number %d (%v)", n, err)
	}
}

// TestJump checks that a log of the lobby, and only of it, may leave numbers out.
func TestJump(t *testing.T) {
	s := openNew(t)
	ctx := context.Background()
	c := direct(ann)
	mustPut(t, s, Write{Conversation: &c})
	a, b, d := newAuthor(ann, lobby.ID), newAuthor(bob, lobby.ID), newAuthor(ann, c.ID)
	one := a.text(second(1), "one")
	a.text(second(2), "two")
	three, four := a.text(second(3), "three"), a.text(second(4), "four")
	b.text(second(1), "one")
	late := b.text(second(5), "bob's second")
	d.text(second(1), "one")
	gap := func(what string, w Write) {
		t.Helper()
		if err := put(s, w); !errors.Is(err, ErrGap) {
			t.Errorf("%s: %v, want ErrGap", what, err)
		}
	}
	gap("in a direct conversation", Write{Entries: []wire.SignedEntry{d.text(second(2), "two")}, Jump: true})
	mustPut(t, s, Write{Conversation: &lobby, Entries: []wire.SignedEntry{one}})
	gap("without leave", Write{Entries: []wire.SignedEntry{three}})
	a.text(second(5), "five")
	gap("within", Write{Entries: []wire.SignedEntry{three, four, a.text(second(6), "six")}, Jump: true})
	mustPut(t, s, Write{Entries: []wire.SignedEntry{one, three, four}, Jump: true})
	mustPut(t, s, Write{Entries: []wire.SignedEntry{late}, Jump: true})
	if got := texts(history(t, s, lobby.ID, Page{})); !slices.Equal(got, []string{"one", "three", "four", "bob's second"}) {
		t.Errorf("history %q", got)
	}
	logs := heldLogs(t, s)
	if l := logs[a.log]; l.Range != (wire.Range{Lowest: 3, Highest: 4}) || l.Hash != four.Hash {
		t.Errorf("held %+v", l)
	}
	if l := logs[b.log]; l.Range != (wire.Range{Lowest: 2, Highest: 2}) {
		t.Errorf("held %+v", l)
	}
	raw, _, err := s.Entries(ctx, a.log, 3, 1<<20)
	if err != nil || !equalRaw([]wire.SignedEntry{three, four}, raw) {
		t.Errorf("%d entries, %v", len(raw), err)
	}
	// What was there before goes as all does.
	x, err := s.Expire(ctx, lobby.ID, wire.HybridAt(second(4)))
	if err != nil || x.Gone != 2 || heldLogs(t, s)[a.log].Lowest != 4 {
		t.Errorf("expired %+v, %v", x, err)
	}
	if got := texts(history(t, s, lobby.ID, Page{})); !slices.Equal(got, []string{"four", "bob's second"}) {
		t.Errorf("history %q", got)
	}
}

// TestDrop takes back the end of an own log and writes it anew, as after an old
// backup was restored.
func TestDrop(t *testing.T) {
	for _, from := range []uint64{1, 2, 5, 9} {
		t.Run(fmt.Sprint(from), func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "parlance.db")
			s := open(t, path)
			ctx := context.Background()
			c := direct(ann)
			mine, a := newAuthor(me, c.ID), newAuthor(ann, c.ID)
			theirs := a.text(second(1), "theirs")
			one, two := mine.text(second(2), "one"), mine.text(second(3), "two")
			edit, react := mine.edit(second(4), one, "1"), mine.react(second(5), theirs, "x")
			three := mine.text(second(6), "three")
			all := []wire.SignedEntry{one, two, edit, react, three}
			mustPut(t, s, Write{Conversation: &c, Entries: []wire.SignedEntry{theirs}})
			mustPut(t, s, Write{Entries: all, Told: []Told{{Log: mine.log, Peer: ann.ID(), Highest: 1}}})
			mustPut(t, s, Write{Entries: []wire.SignedEntry{a.react(second(7), two, "y")}})
			find(t, s, "three", 1)
			before := history(t, s, c.ID, Page{})
			incarnation := s.Incarnation()

			anew := mine.again()
			anew.sequence = 0
			var again []wire.SignedEntry
			for _, e := range all[min(int(from)-1, len(all)):] {
				again = append(again, anew.sign(e.Wall, wire.Entry{ID: e.ID, Kind: e.Kind, About: e.About, Body: e.Body}))
			}
			changed := putNoting(t, s, Write{Drop: &Drop{mine.log, from}, Incarnation: 99, Entries: again})
			if s.Incarnation() != 99 || incarnation == 99 {
				t.Errorf("incarnation %d, was %d", s.Incarnation(), incarnation)
			}
			if from <= 2 && !slices.Contains(changed, two.ID) {
				t.Errorf("changed %v: nothing of the reaction to %s", changed, two.ID)
			}
			after := history(t, s, c.ID, Page{})
			var was, is []string
			for i := range before {
				was = append(was, picture(before[i]))
			}
			for i := range after {
				is = append(is, picture(after[i]))
			}
			if !slices.Equal(was, is) {
				t.Errorf("history %q, was %q", is, was)
			}
			if got, want := line(t, s, c.ID), "4, 1 unread, mentioned false, last three"; got != want {
				t.Errorf("%s, want %s", got, want)
			}
			if got := find(t, s, "three", 9); !slices.Equal(got, []string{"three"}) {
				t.Errorf("found %q", got)
			}
			l, held := heldLogs(t, s)[mine.log]
			switch {
			case from == 1 && held:
				t.Errorf("held %+v", l)
			case from == 2 && (l.Range != wire.Range{Lowest: 1, Highest: 1} || l.Hash != one.Hash),
				from == 5 && (l.Range != wire.Range{Lowest: 1, Highest: 4} || l.Hash != react.Hash),
				from == 9 && (l.Range != wire.Range{Lowest: 1, Highest: 5} || l.Hash != three.Hash):
				t.Errorf("held %+v", l)
			}
			if raw, _, err := s.Entries(ctx, mine.log, from, 1<<20); len(raw) != 0 && from < 9 || err != nil {
				t.Errorf("%d entries are still there, %v", len(raw), err)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			if s = open(t, path); s.Incarnation() != 99 {
				t.Errorf("after opening, incarnation %d", s.Incarnation())
			}
		})
	}
}

func TestDropRefuses(t *testing.T) {
	s := openNew(t)
	c := direct(ann)
	mine, a := newAuthor(me, c.ID), newAuthor(ann, c.ID)
	mustPut(t, s, Write{Conversation: &c, Entries: []wire.SignedEntry{a.text(second(1), "theirs")}})
	mustPut(t, s, Write{Entries: []wire.SignedEntry{mine.text(second(1), "mine")}})
	for _, test := range []struct {
		w    Write
		says string
	}{
		{Write{Drop: &Drop{a.log, 1}}, "not this device's"},
		{Write{Drop: &Drop{mine.log, 0}}, "number 0"},
		{Write{Drop: &Drop{mine.log, 1}, Entries: []wire.SignedEntry{mine.text(second(2), "more")}}, "numbers are dropped"},
	} {
		if err := put(s, test.w); err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%+v: %v, want %q", *test.w.Drop, err, test.says)
		}
	}
	unknown := mine.again().log
	mustPut(t, s, Write{Drop: &Drop{unknown, 1}})
	if n := len(history(t, s, c.ID, Page{})); n != 2 {
		t.Errorf("%d messages, want 2", n)
	}
}

// TestCopyRemains checks that a message whose first entry is gone is shown where
// its other one is.
func TestCopyRemains(t *testing.T) {
	s := openNew(t)
	a := newAuthor(ann, lobby.ID)
	lower := a.text(second(1), "once")
	anew := a.again()
	higher := anew.sign(second(50), wire.Entry{ID: lower.ID, Kind: wire.KindText, Body: wire.TextBody("once")})
	mustPut(t, s, Write{Conversation: &lobby, Entries: []wire.SignedEntry{lower}})
	mustPut(t, s, Write{Entries: []wire.SignedEntry{higher}})
	x, err := s.Expire(context.Background(), lobby.ID, wire.HybridAt(second(9)))
	if err != nil || x.Gone != 0 {
		t.Errorf("expired %+v, %v", x, err)
	}
	m := message(t, s, lower)
	if m.Position != higher.Position() || m.Log != anew.log || m.Text != "once" || line(t, s, lobby.ID) != "1, 1 unread, mentioned false, last once" {
		t.Errorf("message %+v, %s", m, line(t, s, lobby.ID))
	}
	if x, err = s.Expire(context.Background(), lobby.ID, wire.HybridAt(second(99))); err != nil || x.Gone != 1 {
		t.Errorf("expired %+v, %v", x, err)
	}
	if got := find(t, s, "once", 9); len(got) != 0 || line(t, s, lobby.ID) != "0, 0 unread, mentioned false, last none" {
		t.Errorf("found %q, %s", got, line(t, s, lobby.ID))
	}
}
