package store

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parlance-chat/parlance/netcore/wire"
	"pgregory.net/rapid"
)

func search(t testing.TB, s *Store, words string, limit int) []string {
	t.Helper()
	list, err := s.Search(context.Background(), words, limit)
	if err != nil {
		t.Fatalf("search for %q: %v", words, err)
	}
	return texts(list)
}

func TestSearch(t *testing.T) {
	s := openNew(t)
	c, other := direct(ann), direct(bob)
	a, b := newAuthor(ann, c.ID), newAuthor(bob, other.ID)
	at := func(n int) time.Time { return epoch.Add(time.Duration(n) * 20 * time.Minute) }
	mustPut(t, s, Write{Conversation: &c, Entries: []wire.SignedEntry{
		a.text(at(1), "The quick brown fox"),
		a.text(at(3), "jumps over the lazy dog, don't you think?"),
		a.text(at(5), "日本語で話しましょう"),
		a.text(at(7), "你好世界"),
		a.text(at(9), "Ein Füchschen im Schnee, quicklebendig 🎉"),
	}})
	// Older than some that are there already.
	mustPut(t, s, Write{Conversation: &other, Entries: []wire.SignedEntry{
		b.text(at(2), "a quick answer"),
		b.text(at(8), "世界 on the quicksand"),
	}})
	for _, test := range []struct {
		words string
		want  []string
	}{
		{"quick", []string{"Ein Füchschen im Schnee, quicklebendig 🎉", "世界 on the quicksand", "a quick answer", "The quick brown fox"}},
		{"quick fox", []string{"The quick brown fox"}},
		{"fox quick", []string{"Ein Füchschen im Schnee, quicklebendig 🎉", "The quick brown fox"}[1:]},
		{"QUICKS", []string{"世界 on the quicksand"}},
		{"quic the", []string{}},
		{"the quic", []string{"世界 on the quicksand", "The quick brown fox"}},
		{"don't", []string{"jumps over the lazy dog, don't you think?"}},
		{"don't th", []string{"jumps over the lazy dog, don't you think?"}},
		{"don y", []string{"jumps over the lazy dog, don't you think?"}},
		{"fuchs", []string{"Ein Füchschen im Schnee, quicklebendig 🎉"}},
		{"話", []string{"日本語で話しましょう"}},
		{"日本", []string{"日本語で話しましょう"}},
		{"本日", []string{}},
		{"日 話", []string{"日本語で話しましょう"}},
		{"世界", []string{"世界 on the quicksand", "你好世界"}},
		{"世界 quick", []string{"世界 on the quicksand"}},
		{"🎉", []string{"Ein Füchschen im Schnee, quicklebendig 🎉"}},
		{"nothing", []string{}},
		{"", []string{}},
		{"\"", []string{}},
		{"quick\" OR \"dog", []string{}},
		{"text:quick", []string{}},
		{"quick*", []string{"Ein Füchschen im Schnee, quicklebendig 🎉", "世界 on the quicksand", "a quick answer", "The quick brown fox"}},
		{"-quick", []string{"Ein Füchschen im Schnee, quicklebendig 🎉", "世界 on the quicksand", "a quick answer", "The quick brown fox"}},
		{"NOT", []string{}},
		{"NEAR(quick fox)", []string{}},
		{"^the", []string{"世界 on the quicksand", "jumps over the lazy dog, don't you think?", "The quick brown fox"}},
		{"'; DROP TABLE words; --", []string{}},
	} {
		if got := search(t, s, test.words, 0); !slices.Equal(got, test.want) {
			t.Errorf("%q: %q, want %q", test.words, got, test.want)
		}
	}
	if got := search(t, s, "quick", 2); !slices.Equal(got, []string{"Ein Füchschen im Schnee, quicklebendig 🎉", "世界 on the quicksand"}) {
		t.Errorf("two newest: %q", got)
	}
	// What was just written is found.
	mustPut(t, s, Write{Entries: []wire.SignedEntry{b.text(at(10), "quick as ever")}})
	if got := search(t, s, "quick", 1); !slices.Equal(got, []string{"quick as ever"}) {
		t.Errorf("newest: %q", got)
	}
}

// TestSearchManyTerms takes each of the ways of finding words by their
// beginning.
func TestSearchManyTerms(t *testing.T) {
	s := openNew(t)
	c := direct(ann)
	a := newAuthor(ann, c.ID)
	a.fake = true
	w := Write{Conversation: &c}
	n := 0
	add := func(text string) {
		n++
		w.Entries = append(w.Entries, a.text(epoch.Add(time.Duration(n)*time.Minute), text))
	}
	for i := range 200 {
		add(fmt.Sprintf("old%d special", i)) // many words, all older than what is scanned
	}
	for i := range scanned + 500 {
		add(fmt.Sprintf("it's new%d", i))
	}
	mustPut(t, s, w)
	for _, test := range []struct {
		words string
		limit int
		n     int
		first string
	}{
		{"new2499", 10, 1, "it's new2499"},
		{"new249", 20, 11, "it's new2499"},
		{"new", 50, 50, "it's new2499"},
		{"s new", 50, 50, "it's new2499"},
		{"it's n", 50, 50, "it's new2499"},
		{"new it's", 50, 0, ""},
		{"it's", 5, 5, "it's new2499"},
		{"old", 20, 20, "old199 special"},
		{"old", 1000, 200, "old199 special"},
		{"special old", 1000, 200, "old199 special"},
		{"new old", 1000, 0, ""},
		{"old17", 1000, 11, "old179 special"},
	} {
		got := search(t, s, test.words, test.limit)
		if len(got) != test.n || len(got) > 0 && got[0] != test.first {
			t.Errorf("%q: %d found, first %q, want %d, %q", test.words, len(got), got[:min(1, len(got))], test.n, test.first)
		}
	}
}

// TestSearchModel compares with looking at each message.
func TestSearchModel(t *testing.T) {
	s := openNew(t)
	c := direct(ann)
	mustPut(t, s, Write{Conversation: &c})
	word := rapid.SampledFrom([]string{"a", "ab", "abc", "b", "ba", "世", "界", "don't", "é", "x1", "x12"})
	var all []wire.SignedEntry
	logs := uint64(0)
	rapid.Check(t, func(t *rapid.T) {
		logs++
		a := newAuthor(ann, c.ID)
		a.log.Incarnation = logs
		a.fake = true
		var w Write
		for range rapid.IntRange(0, 10).Draw(t, "messages") {
			at := epoch.Add(time.Duration(rapid.IntRange(0, 300).Draw(t, "minute")) * time.Minute)
			text := strings.Join(rapid.SliceOfN(word, 0, 5).Draw(t, "text"), rapid.SampledFrom([]string{" ", ""}).Draw(t, "between"))
			w.Entries = append(w.Entries, a.text(at, text))
		}
		if err := put(s, w); err != nil {
			t.Fatal(err)
		}
		all = append(all, w.Entries...)
		slices.SortStableFunc(all, func(a, b wire.SignedEntry) int {
			p, q := a.Position(), b.Position()
			return strings.Compare(string(q[:]), string(p[:]))
		})

		typed := strings.Join(rapid.SliceOfN(word, 1, 3).Draw(t, "words"), " ")
		limit := rapid.IntRange(1, 50).Draw(t, "limit")
		q := parseQuery(typed)
		var want, positions []string
		for _, e := range all {
			text, _ := e.Text()
			if words := split(nil, text); len(want) < limit && q.endsIn(words) && containsAll(words, q.phrases[:len(q.phrases)-1]) {
				want = append(want, text)
				positions = append(positions, fmt.Sprintf("%x", e.Position()))
			}
		}
		got, err := s.Search(context.Background(), typed, limit)
		if err != nil {
			t.Fatal(err)
		}
		gotPositions := make([]string, len(got))
		for i, m := range got {
			gotPositions[i] = fmt.Sprintf("%x", m.Position)
		}
		// Not the texts: of equal positions, either may come first.
		if !slices.Equal(gotPositions, positions) {
			t.Fatalf("%q: %q, want %q", typed, texts(got), want)
		}
	})
}

func containsAll(words []string, phrases [][]string) bool {
	for _, p := range phrases {
		if !(query{phrases: [][]string{p}}).endsIn(words) {
			return false
		}
	}
	return true
}

// TestIndexIsReplaced spoils the index in several ways; a search finds
// everything all the same.
func TestIndexIsReplaced(t *testing.T) {
	for _, test := range []struct {
		name  string
		spoil func(t *testing.T, path string)
	}{
		{"not at all", func(*testing.T, string) {}},
		{"missing", func(t *testing.T, path string) {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		}},
		{"not a database", func(t *testing.T, path string) { overwrite(t, path, 0, 4096) }},
		{"cut short", func(t *testing.T, path string) {
			if err := os.Truncate(path, 4096); err != nil {
				t.Fatal(err)
			}
		}},
		{"damaged within", func(t *testing.T, path string) {
			info, err := os.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			overwrite(t, path, 4096, info.Size()-4096)
		}},
		{"other format", func(t *testing.T, path string) { alter(t, path, `PRAGMA user_version = 99`) }},
		{"of another store", func(t *testing.T, path string) { alter(t, path, `UPDATE state SET incarnation = 1; DELETE FROM words`) }},
		{"ahead of the store", func(t *testing.T, path string) { alter(t, path, `UPDATE state SET indexed = indexed + 1`) }},
		{"behind the store", func(t *testing.T, path string) {
			alter(t, path, `UPDATE state SET indexed = 100; DELETE FROM words WHERE rowid & 0xffffff > 100`)
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			path, c, _ := filled(t)
			s := open(t, path)
			if got := search(t, s, "text", 1000); len(got) != 500 {
				t.Fatalf("%d found, want 500", len(got))
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			test.spoil(t, indexPath(path))
			s = open(t, path)
			mustPut(t, s, Write{Entries: []wire.SignedEntry{newAuthor(bob, c.ID).text(epoch, "newer text")}})
			if got := search(t, s, "text", 1000); len(got) != 501 {
				t.Errorf("%d found, want 501", len(got))
			}
		})
	}
}

// TestIndexDamagedWhileOpen damages the index under a running store.
func TestIndexDamagedWhileOpen(t *testing.T) {
	path, c, _ := filled(t)
	s := open(t, path)
	if got := search(t, s, "text", 1000); len(got) != 500 {
		t.Fatalf("%d found, want 500", len(got))
	}
	err := s.index.use(context.Background(), func() error {
		_, err := s.index.db.Exec(`UPDATE words_data SET block = zeroblob(10)`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := search(t, s, "text", 1000); len(got) != 500 {
		t.Errorf("%d found, want 500", len(got))
	}
	mustPut(t, s, Write{Entries: []wire.SignedEntry{newAuthor(bob, c.ID).text(epoch, "newer text")}})
	if got := search(t, s, "text", 1000); len(got) != 501 {
		t.Errorf("%d found, want 501", len(got))
	}
}

// TestIndexBlocked checks that a search says so when the index cannot be made,
// and that writing goes on.
func TestIndexBlocked(t *testing.T) {
	path := filepath.Join(t.TempDir(), "parlance.db")
	if err := os.Mkdir(indexPath(path), 0o700); err != nil {
		t.Fatal(err)
	}
	s := open(t, path)
	c := direct(ann)
	mustPut(t, s, Write{Conversation: &c, Entries: []wire.SignedEntry{newAuthor(ann, c.ID).text(epoch, "text")}})
	if _, err := s.Search(context.Background(), "text", 1); err == nil || !strings.Contains(err.Error(), "parlance-search.db") {
		t.Errorf("search: %v", err)
	}
	if err := os.Remove(indexPath(path)); err != nil {
		t.Fatal(err)
	}
	if got := search(t, s, "text", 1); len(got) != 1 {
		t.Errorf("then: %q", got)
	}
}

// TestIndexedInTime checks that messages are indexed without a search, those
// that an earlier run left and those that come.
func TestIndexedInTime(t *testing.T) {
	path, c, _ := filled(t)
	s := open(t, path)
	waitFor := func(number int64) {
		t.Helper()
		deadline := time.Now().Add(20 * time.Second)
		for indexed := int64(0); indexed != number; time.Sleep(10 * time.Millisecond) {
			<-s.index.turn
			indexed = s.index.indexed
			s.index.turn <- struct{}{}
			if time.Now().After(deadline) {
				t.Fatalf("%d indexed, want %d", indexed, number)
			}
		}
	}
	waitFor(500)
	mustPut(t, s, Write{Entries: []wire.SignedEntry{newAuthor(bob, c.ID).text(epoch, "text")}})
	waitFor(501)
}
