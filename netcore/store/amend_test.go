package store

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/wire"
)

// picture returns what a message looks like.
func picture(m Message) string {
	var b strings.Builder
	b.WriteString(m.Text)
	if !m.Edited.IsZero() {
		fmt.Fprintf(&b, " edited %d", int(m.Edited.Sub(epoch).Seconds()))
	}
	if m.Retracted {
		b.WriteString(" retracted")
	}
	for _, r := range m.Reactions {
		fmt.Fprintf(&b, " %s", r.Text)
		if r.Own {
			b.WriteString("(own)")
		}
	}
	return b.String()
}

// TestAmend checks what becomes of a message of Ann's, for all orders in which
// what is said about it may come.
func TestAmend(t *testing.T) {
	s := openNew(t)
	long := strings.Repeat("x", chat.MaxReaction+1)
	nonce := byte(0)
	for _, test := range []struct {
		name string
		// a, again and b write for Ann, for Ann under another incarnation, for Bob.
		write func(target wire.SignedEntry, a, again, b *author)
		want  string
	}{
		{"edited", func(m wire.SignedEntry, a, _, _ *author) { a.edit(second(2), m, "new\a") }, "new␇ edited 2"},
		{"edited by another", func(m wire.SignedEntry, _, _, b *author) { b.edit(second(2), m, "new") }, "old"},
		{"edited twice", func(m wire.SignedEntry, a, _, _ *author) {
			a.edit(second(2), m, "new")
			a.edit(second(3), m, "newer")
		}, "newer edited 3"},
		{"edited twice, in two logs", func(m wire.SignedEntry, a, again, _ *author) {
			a.edit(second(3), m, "newer")
			again.edit(second(2), m, "new")
		}, "newer edited 3"},
		{"edited to what cannot be read", func(m wire.SignedEntry, a, _, _ *author) {
			a.about(second(2), wire.KindEdit, m, []byte{0x01})
		}, "old"},
		{"edited to nothing", func(m wire.SignedEntry, a, _, _ *author) { a.edit(second(2), m, "") }, " edited 2"},
		{"taken back", func(m wire.SignedEntry, a, _, _ *author) { a.retract(second(2), m) }, " retracted"},
		{"taken back with another body", func(m wire.SignedEntry, a, _, _ *author) {
			a.about(second(2), wire.KindRetraction, m, []byte{0x01})
		}, " retracted"},
		{"taken back by another", func(m wire.SignedEntry, _, _, b *author) { b.retract(second(2), m) }, "old"},
		{"taken back, edited, reacted to", func(m wire.SignedEntry, a, again, b *author) {
			a.retract(second(2), m)
			a.edit(second(3), m, "new")
			again.edit(second(4), m, "newer")
			b.react(second(5), m, "👍")
		}, " retracted"},
		{"reacted to", func(m wire.SignedEntry, a, _, b *author) {
			a.react(second(3), m, "👍")
			b.react(second(2), m, "no\a")
		}, "old no␇ 👍"},
		{"reacted to twice", func(m wire.SignedEntry, a, again, b *author) {
			a.react(second(3), m, "3")
			again.react(second(2), m, "2")
			b.react(second(4), m, "4")
			b.react(second(5), m, "5")
		}, "old 3 5"},
		{"a reaction taken back", func(m wire.SignedEntry, _, _, b *author) {
			b.react(second(2), m, "👍")
			b.react(second(3), m, "")
		}, "old"},
		{"reacted with what is none", func(m wire.SignedEntry, a, again, b *author) {
			a.react(second(2), m, " \t")
			again.react(second(3), m, long)
			b.react(second(3), m, strings.Repeat("\a", chat.MaxReaction)) // neutralised it is longer
			b.about(second(4), wire.KindReaction, m, wire.NullBody)
		}, "old"},
		{"edits and reactions", func(m wire.SignedEntry, a, again, b *author) {
			a.edit(second(2), m, "new")
			b.react(second(3), m, "👍")
			again.edit(second(4), m, "newer")
		}, "newer edited 4 👍"},
	} {
		t.Run(test.name, func(t *testing.T) {
			for order := range 6 {
				nonce++
				c := group(ann, bob)
				c.ID = chat.GroupID(self, [16]byte{nonce})
				first, a, again, b := newAuthor(ann, c.ID), newAuthor(ann, c.ID), newAuthor(ann, c.ID), newAuthor(bob, c.ID)
				a.log.Incarnation, again.log.Incarnation = 8, 9
				target := first.text(second(1), "old")
				amendments := map[*author][]wire.SignedEntry{}
				for _, x := range []*author{a, again, b} {
					x.written = &[]wire.SignedEntry{}
				}
				test.write(target, a, again, b)
				for _, x := range []*author{a, again, b} {
					amendments[x] = *x.written
				}
				writes := []Write{{Entries: []wire.SignedEntry{target}}, {Entries: slices.Concat(amendments[a])},
					{Entries: amendments[again]}, {Entries: amendments[b]}}
				mustPut(t, s, Write{Conversation: &c})
				for i := range writes {
					changed := putNoting(t, s, writes[(i*(1+2*(order%2))+order)%len(writes)])
					for _, id := range changed {
						if id != target.ID {
							t.Errorf("order %d: %s changed", order, id)
						}
					}
				}
				m := message(t, s, target)
				if got := picture(m); got != test.want {
					t.Errorf("order %d: %q, want %q", order, got, test.want)
				}
				if m.Position != target.Position() || m.Sent.UnixMilli() != target.Wall.UnixMilli() {
					t.Errorf("order %d: it moved", order)
				}
				for _, e := range slices.Concat([]wire.SignedEntry{target}, amendments[a], amendments[again]) {
					erase := m.Retracted && (e.Kind == wire.KindText || e.Kind == wire.KindEdit)
					if held := rawOf(t, s, e); held.Erased() != erase || held.Hash != e.Hash {
						t.Errorf("order %d: entry %d of kind %d is erased %v, want %v", order, e.Sequence, e.Kind, held.Erased(), erase)
					}
				}
			}
		})
	}
}

// TestChanged checks which messages Visible names.
func TestChanged(t *testing.T) {
	s := openNew(t)
	c := direct(ann)
	a, mine := newAuthor(ann, c.ID), newAuthor(me, c.ID)
	one, two := a.text(second(1), "one"), a.text(second(2), "two")
	later := mine.text(second(3), "later")
	check := func(what string, w Write, want ...wire.SignedEntry) {
		t.Helper()
		got := putNoting(t, s, w)
		var ids []chat.MessageID
		for _, e := range want {
			ids = append(ids, e.ID)
		}
		if !slices.Equal(got, ids) {
			t.Errorf("%s: changed %v, want %v", what, got, ids)
		}
	}
	entries := func(e ...wire.SignedEntry) Write { return Write{Entries: e} }
	check("texts", Write{Conversation: &c, Entries: []wire.SignedEntry{one, two}})
	check("the same again", entries(one, two))
	check("edits", entries(a.edit(second(3), one, "1"), a.edit(second(4), one, "1!"), a.react(second(5), two, "x")), one, two)
	check("about what is not held", entries(a.react(second(6), later, "x")))
	check("that, then", entries(later), later)
	check("another's", entries(mine.edit(second(7), one, "no")))
	check("a copy", entries(a.again().sign(second(8), wire.Entry{ID: one.ID, Kind: wire.KindText, Body: wire.TextBody("one")})), one)
	check("what cannot be read", entries(a.about(second(9), wire.KindEdit, one, wire.NullBody), a.react(second(9), one, " ")))
}

// TestTakenBackIsGone looks for a text in the files.
func TestTakenBackIsGone(t *testing.T) {
	s := openNew(t)
	c := direct(ann)
	a := newAuthor(ann, c.ID)
	secret, edited := strings.Repeat("confidential ", 1000), strings.Repeat("classified ", 20)
	target := a.text(second(1), secret)
	mustPut(t, s, Write{Conversation: &c, Entries: []wire.SignedEntry{target, a.edit(second(2), target, edited), a.text(second(3), "other")}})
	if len(find(t, s, "classified", 10)) != 1 || len(find(t, s, "confidential", 10)) != 0 {
		t.Error("the edited text is not the one that is found")
	}
	mustPut(t, s, Write{Entries: []wire.SignedEntry{a.retract(second(4), target)}})
	if n := len(find(t, s, "classified", 10)) + len(find(t, s, "confidential", 10)); n != 0 {
		t.Errorf("%d messages found", n)
	}
	if got := find(t, s, "other", 10); !slices.Equal(got, []string{"other"}) {
		t.Errorf("found %q", got)
	}
	// The log is emptied when the writer has nothing else to do.
	for start := time.Now(); ; time.Sleep(5 * time.Millisecond) {
		where := ""
		for _, suffix := range []string{"", "-wal"} {
			content, err := os.ReadFile(s.path + suffix)
			if err != nil {
				t.Fatal(err)
			}
			for _, word := range []string{"confidential", "classified"} {
				if bytes.Contains(content, []byte(word)) {
					where += " " + word + " in " + suffix
				}
			}
		}
		if where == "" {
			break
		}
		if time.Since(start) > time.Minute {
			t.Fatalf("still there:%s", where)
		}
	}
	revisions, err := s.Revisions(context.Background(), c.ID, target.ID)
	if err != nil || len(revisions) != 0 {
		t.Errorf("revisions %v, %v", revisions, err)
	}
}

// TestRetractions checks what goes with entries whose bodies are erased.
func TestRetractions(t *testing.T) {
	s := openNew(t)
	ctx := context.Background()
	c := direct(ann)
	a := newAuthor(ann, c.ID)
	again := a.again()
	one, two, three := a.text(second(1), "one"), a.text(second(2), "two"), a.text(second(3), "three")
	edit := a.edit(second(4), one, "1")
	back := again.retract(second(5), one)
	twice := again.retract(second(6), one)
	backThree := a.retract(second(7), three)
	mustPut(t, s, Write{Conversation: &c, Entries: []wire.SignedEntry{one, two, three, edit, backThree}})
	mustPut(t, s, Write{Entries: []wire.SignedEntry{back, twice}})
	for _, test := range []struct {
		from uint64
		size int
		want []wire.SignedEntry
	}{
		{1, 1 << 20, []wire.SignedEntry{backThree, back}},
		{1, 1, []wire.SignedEntry{back}},
		{2, 1, nil},
		{3, 1, []wire.SignedEntry{backThree}},
		{4, 1, []wire.SignedEntry{back}},
		{5, 1, nil},
	} {
		_, got, err := s.Entries(ctx, a.log, test.from, test.size)
		if err != nil || !equalRaw(test.want, got) {
			t.Errorf("from %d: %d retractions (%v), want %d", test.from, len(got), err, len(test.want))
		}
	}
	if hash, err := s.EntryHash(ctx, a.log, 1); hash != one.Hash || err != nil {
		t.Errorf("the hash of an erased entry is another: %v", err)
	}

	// Entries may come without their bodies, also before the reason does.
	other := direct(bob)
	b := newAuthor(bob, other.ID)
	four, five := b.text(second(1), "four"), b.edit(second(2), one, "five")
	mustPut(t, s, Write{Conversation: &other, Entries: []wire.SignedEntry{four.Erase(), five.Erase()}})
	if got := picture(message(t, s, four)); got != " retracted" {
		t.Errorf("without a body: %q", got)
	}
	mustPut(t, s, Write{Entries: []wire.SignedEntry{b.retract(second(3), four)}})
	if got := picture(message(t, s, four)); got != " retracted" {
		t.Errorf("taken back: %q", got)
	}
}

// TestCopies checks that a message that is signed anew is shown once, at the
// lowest of its positions.
func TestCopies(t *testing.T) {
	for _, lowerFirst := range []bool{true, false} {
		s, c := openNew(t), direct(ann)
		old := newAuthor(ann, c.ID)
		anew := old.again()
		lower := old.text(second(1), "once")
		higher := anew.sign(second(5), wire.Entry{ID: lower.ID, Kind: wire.KindText, Body: wire.TextBody("once")})
		between := newAuthor(bob, c.ID).text(second(3), "between")
		mustPut(t, s, Write{Conversation: &c, Entries: []wire.SignedEntry{between}})
		first, last := lower, higher
		if !lowerFirst {
			first, last = higher, lower
		}
		mustPut(t, s, Write{Entries: []wire.SignedEntry{first}})
		mustPut(t, s, Write{Entries: []wire.SignedEntry{last}})
		list := history(t, s, c.ID, Page{})
		if !slices.Equal(texts(list), []string{"once", "between"}) || list[0].Position != lower.Position() || list[0].Log != old.log {
			t.Errorf("lower first %v: history %+v", lowerFirst, list)
		}
		line, err := s.Conversation(context.Background(), c.ID)
		if err != nil || line.Unread != 2 || line.Last.Text != "between" {
			t.Errorf("lower first %v: unread %d, last %q, %v", lowerFirst, line.Unread, line.Last.Text, err)
		}
		if n := len(find(t, s, "once", 10)); n != 1 {
			t.Errorf("found %d times", n)
		}
		mustPut(t, s, Write{Entries: []wire.SignedEntry{anew.edit(second(6), lower, "edited")}})
		if got := picture(message(t, s, lower)); got != "edited edited 6" {
			t.Errorf("lower first %v: %q", lowerFirst, got)
		}
		mustPut(t, s, Write{Entries: []wire.SignedEntry{old.retract(second(7), lower)}})
		for _, e := range []wire.SignedEntry{lower, higher} {
			if !rawOf(t, s, e).Erased() {
				t.Errorf("lower first %v: the text is still there", lowerFirst)
			}
		}
	}
}

func TestRevisions(t *testing.T) {
	s := openNew(t)
	c := direct(ann)
	a := newAuthor(ann, c.ID)
	target, other := a.text(second(1), "one\a"), a.text(second(2), "other")
	mustPut(t, s, Write{Conversation: &c, Entries: []wire.SignedEntry{
		target, other, a.edit(second(5), target, "three"), a.again().edit(second(3), other, "not here")}[:3]})
	mustPut(t, s, Write{Entries: []wire.SignedEntry{a.again().edit(second(4), target, "two")}})
	mustPut(t, s, Write{Entries: []wire.SignedEntry{newAuthor(me, c.ID).edit(second(6), target, "mine")}})
	for _, test := range []struct {
		of   wire.SignedEntry
		want string
	}{
		{target, "[one␇ 1 two 4 three 5]"},
		{other, "[other 2]"},
	} {
		list, err := s.Revisions(context.Background(), c.ID, test.of.ID)
		var got []string
		for _, r := range list {
			got = append(got, fmt.Sprint(r.Text, " ", int(r.Sent.Sub(epoch).Seconds())))
		}
		if fmt.Sprint(got) != test.want || err != nil {
			t.Errorf("revisions %v (%v), want %s", got, err, test.want)
		}
	}
}

// TestRunOfKnown: what a run says about itself counts as what came before it does.
func TestRunOfKnown(t *testing.T) {
	s := openNew(t)
	c := direct(ann)
	draft, a, other := newAuthor(ann, c.ID), newAuthor(ann, c.ID), newAuthor(ann, c.ID)
	other.log.Incarnation++
	one, two := draft.text(second(1), "one"), draft.text(second(2), "two")
	three, four := draft.text(second(3), "three"), draft.text(second(4), "four")
	say := func(n int, m wire.SignedEntry) wire.SignedEntry {
		return a.sign(second(n), wire.Entry{Kind: m.Kind, ID: m.ID, Body: m.Body})
	}
	mustPut(t, s, Write{Conversation: &c, Entries: []wire.SignedEntry{
		a.retract(second(5), one), say(6, one),
		a.edit(second(7), two, "new"), say(8, two),
		say(9, three), say(10, three),
	}})
	mustPut(t, s, Write{Entries: []wire.SignedEntry{other.retract(second(11), four)}})
	mustPut(t, s, Write{Entries: []wire.SignedEntry{say(12, four), a.text(second(13), "five")}})
	mustPut(t, s, Write{Entries: []wire.SignedEntry{say(14, three), a.text(second(15), "six")}})
	var got []string
	for _, m := range history(t, s, c.ID, Page{Limit: 10}) {
		got = append(got, picture(m))
	}
	if want := []string{" retracted", "new edited 7", "three", " retracted", "five", "six"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
