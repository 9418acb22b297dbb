package store

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/wire"
)

func find(t testing.TB, s *Store, words string, limit int) []string {
	t.Helper()
	list, err := s.Search(context.Background(), words, limit)
	if err != nil {
		t.Fatalf("search for %q: %v", words, err)
	}
	return texts(list)
}

// TestSearch checks that a search finds what was stored, whenever and wherever,
// newest first.
func TestSearch(t *testing.T) {
	s := openNew(t)
	c, other := direct(ann), direct(bob)
	a, b := newAuthor(ann, c.ID), newAuthor(bob, other.ID)
	at := func(n int) time.Time { return epoch.Add(time.Duration(n) * 20 * time.Minute) }
	mustPut(t, s, Write{Conversation: &c, Entries: []wire.SignedEntry{
		a.text(at(1), "The quick brown fox"),
		a.text(at(4), "a quick answer"),
		a.text(at(7), "quicksand"),
		a.entry(at(8), 99, wire.TextBody("quick, but no text")),
	}})
	// Some of them older than some that are there already.
	mustPut(t, s, Write{Conversation: &other, Entries: []wire.SignedEntry{
		b.text(at(2), "quick\u202e, says Bob"),
		b.text(at(5), "not so fast"),
		b.text(at(6), "世界 quick"),
	}})
	for _, test := range []struct {
		words string
		limit int
		want  []string
	}{
		{"quick", 0, []string{"quicksand", "世界 quick", "a quick answer", "quick, says Bob", "The quick brown fox"}},
		{"quick", 2, []string{"quicksand", "世界 quick"}},
		{"quick 世", 0, []string{"世界 quick"}},
		{"slow", 0, nil},
		{"", 0, nil},
	} {
		if got := find(t, s, test.words, test.limit); !slices.Equal(got, test.want) {
			t.Errorf("%q: %q, want %q", test.words, got, test.want)
		}
	}
	// What was just written is found.
	mustPut(t, s, Write{Entries: []wire.SignedEntry{b.text(at(10), "quick as ever")}})
	if got := find(t, s, "quick", 1); !slices.Equal(got, []string{"quick as ever"}) {
		t.Errorf("newest: %q", got)
	}
	list, err := s.Search(context.Background(), "fox", 0)
	if err != nil || len(list) != 1 || list[0].Log != a.log || list[0].From.Device != ann.ID() || list[0].Conversation != c.ID {
		t.Errorf("found %+v, %v", list, err)
	}
}

// TestSearchTakenBack checks that what is shown as taken back is not found, though
// the index learns of it only when it is on disk.
func TestSearchTakenBack(t *testing.T) {
	s := openNew(t)
	c := direct(ann)
	a := newAuthor(ann, c.ID)
	secret := a.text(epoch, "under the mat")
	mustPut(t, s, Write{Conversation: &c, Entries: []wire.SignedEntry{secret}})
	if got := find(t, s, "mat", 0); len(got) != 1 {
		t.Fatalf("found %q before", got)
	}
	var shown []string
	mustPut(t, s, Write{
		Entries: []wire.SignedEntry{a.retract(second(1), secret)},
		Visible: func([]chat.MessageID) { shown = find(t, s, "mat", 0) },
	})
	if len(shown) > 0 {
		t.Errorf("found %q as soon as it was taken back", shown)
	}
}

// TestSearchAfterDamage checks that damage of the store, met while indexing, is
// called so, and that the index is not blamed.
func TestSearchAfterDamage(t *testing.T) {
	path, _, _ := filled(t)
	overwrite(t, path, firstLeaf(t, path, "messages"), 4096)
	s := open(t, path)
	if _, err := s.Search(context.Background(), "text", 0); !errors.Is(err, ErrDamaged) {
		t.Errorf("search: %v, want ErrDamaged", err)
	}
}
