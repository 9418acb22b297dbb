package search

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/parlance-chat/parlance/netcore/store/dbfile"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// epoch is when the tests take place.
var epoch = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func minute(n int) time.Time { return epoch.Add(time.Duration(n) * time.Minute) }

// memory is a Source, and what a search in it should find.
type memory struct {
	mu       sync.Mutex
	messages []Message
	changes  []Change
	// Changes up to this number are told no more.
	forgotten int64
	err       error // what reading fails with
}

func (m *memory) add(at time.Time, text string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.messages = append(m.messages, Message{int64(len(m.messages) + 1), at, text})
}

func (m *memory) highest() int64 { return int64(len(m.messages)) }

func (m *memory) revision() int64 { return int64(len(m.changes)) }

// change gives a message another text and time.
func (m *memory) change(number int64, at time.Time, text string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	message := &m.messages[number-1]
	m.changes = append(m.changes, Change{Number: int64(len(m.changes) + 1), Was: message.Time, Message: Message{Number: number}})
	message.Time, message.Text = at, text
}

func (m *memory) Changes(_ context.Context, above, upTo int64, limit int) ([]Change, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	part := slices.Clone(m.changes[above:upTo])
	for i := range part {
		part[i].Message = m.messages[part[i].Message.Number-1]
	}
	return part[:min(len(part), limit)], m.err
}

func (m *memory) Messages(_ context.Context, above, upTo int64, limit int) ([]Message, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.err != nil {
		return nil, m.err
	}
	part := m.messages[above:upTo]
	return slices.Clone(part[:min(len(part), limit)]), nil
}

func (m *memory) Texts(_ context.Context, numbers []int64) (map[int64]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	texts := make(map[int64]string)
	for _, n := range numbers {
		texts[n] = m.messages[n-1].Text
	}
	return texts, m.err
}

// newest returns the messages, newest first and of one time latest first.
func (m *memory) newest(numbers []int64, limit int) []Message {
	list := make([]Message, len(numbers))
	for i, n := range numbers {
		list[i] = m.messages[n-1]
	}
	slices.SortFunc(list, func(a, b Message) int {
		return cmp.Or(b.Time.Compare(a.Time), cmp.Compare(b.Number, a.Number))
	})
	return list[:min(len(list), limit)]
}

func openIndex(t testing.TB, path string, m *memory) *Index {
	t.Helper()
	x := Open(Config{Path: path, Incarnation: 7, Source: m, Highest: m.highest(), Revision: m.revision(), Forgotten: m.forgotten})
	t.Cleanup(func() {
		if err := x.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return x
}

func newPath(t testing.TB) string { return filepath.Join(t.TempDir(), "search.db") }

// search returns the texts found, as a caller of Find would show them.
func search(t testing.TB, x *Index, m *memory, words string, limit int) []string {
	t.Helper()
	numbers, err := x.Find(context.Background(), words, limit)
	if err != nil {
		t.Fatalf("search for %q: %v", words, err)
	}
	list := []string{}
	for _, message := range m.newest(numbers, limit) {
		list = append(list, message.Text)
	}
	return list
}

func TestFind(t *testing.T) {
	m := &memory{}
	m.add(minute(20), "The quick brown fox")
	m.add(minute(60), "jumps over the lazy dog, don't you think?")
	m.add(minute(100), "日本語で話しましょう")
	m.add(minute(140), "你好世界")
	m.add(minute(180), "Ein Füchschen im Schnee, quicklebendig 🎉")
	// Older than some that are there already.
	m.add(minute(40), "a quick answer")
	m.add(minute(160), "世界 on the quicksand")
	x := openIndex(t, newPath(t), m)
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
		if got := search(t, x, m, test.words, 100); !slices.Equal(got, test.want) {
			t.Errorf("%q: %q, want %q", test.words, got, test.want)
		}
	}
	if got := search(t, x, m, "quick", 2); !slices.Equal(got, []string{"Ein Füchschen im Schnee, quicklebendig 🎉", "世界 on the quicksand"}) {
		t.Errorf("two newest: %q", got)
	}
	// What was just written is found.
	m.add(minute(200), "quick as ever")
	x.Advance(m.highest(), m.revision())
	if got := search(t, x, m, "quick", 1); !slices.Equal(got, []string{"quick as ever"}) {
		t.Errorf("newest: %q", got)
	}
}

// TestFindByBeginning takes each of the ways of finding words by their
// beginning.
func TestFindByBeginning(t *testing.T) {
	m := &memory{}
	for i := range 200 {
		m.add(minute(i), fmt.Sprintf("old%d special", i)) // many words, all older than what is scanned
	}
	for i := range scanned + 500 {
		m.add(minute(200+i), fmt.Sprintf("it's new%d", i))
	}
	x := openIndex(t, newPath(t), m)
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
		got := search(t, x, m, test.words, test.limit)
		if len(got) != test.n || len(got) > 0 && got[0] != test.first {
			t.Errorf("%q: %d found, first %q, want %d, %q", test.words, len(got), got[:min(1, len(got))], test.n, test.first)
		}
	}
}

// TestFindModel compares with looking at each message.
func TestFindModel(t *testing.T) {
	m := &memory{}
	x := openIndex(t, newPath(t), m)
	word := rapid.SampledFrom([]string{"a", "ab", "abc", "b", "ba", "世", "界", "don't", "é", "x1", "x12"})
	rapid.Check(t, func(t *rapid.T) {
		for range rapid.IntRange(0, 10).Draw(t, "messages") {
			m.add(minute(rapid.IntRange(0, 300).Draw(t, "minute")), strings.Join(
				rapid.SliceOfN(word, 0, 5).Draw(t, "text"), rapid.SampledFrom([]string{" ", ""}).Draw(t, "between")))
		}
		x.Advance(m.highest(), m.revision())
		typed := strings.Join(rapid.SliceOfN(word, 1, 3).Draw(t, "words"), " ")
		limit := rapid.IntRange(1, 50).Draw(t, "limit")

		q := parseQuery(typed)
		var matching []int64
		for _, message := range m.messages {
			words := split(nil, message.Text)
			if q.endsIn(words) && containsAll(words, q.phrases[:len(q.phrases)-1]) {
				matching = append(matching, message.Number)
			}
		}
		numbers, err := x.Find(context.Background(), typed, limit)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := m.newest(numbers, limit), m.newest(matching, limit); !slices.Equal(got, want) {
			t.Fatalf("%q: %v, want %v", typed, got, want)
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

// filled makes an index of 500 messages and closes it.
func filled(t *testing.T) (path string, m *memory) {
	t.Helper()
	m = &memory{}
	for i := range 500 {
		m.add(minute(i), fmt.Sprint("text of words ", i))
	}
	path = newPath(t)
	x := Open(Config{Path: path, Incarnation: 7, Source: m, Highest: m.highest(), Revision: m.revision(), Forgotten: m.forgotten})
	if got := search(t, x, m, "text", 1000); len(got) != 500 {
		t.Fatalf("%d found, want 500", len(got))
	}
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	return path, m
}

// alter changes an index behind its back.
func alter(t *testing.T, path, script string) {
	t.Helper()
	db, err := sql.Open("sqlite", dbfile.Source(path))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(script); err != nil {
		t.Fatal(err)
	}
}

// overwrite writes garbage from offset to the end.
func overwrite(t *testing.T, path string, offset int) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	copy(data[offset:], strings.Repeat("garbage!", len(data)/8))
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestReplaced spoils the index in several ways; a search finds everything all
// the same.
func TestReplaced(t *testing.T) {
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
		{"not a database", func(t *testing.T, path string) { overwrite(t, path, 0) }},
		{"cut short", func(t *testing.T, path string) {
			if err := os.Truncate(path, 4096); err != nil {
				t.Fatal(err)
			}
		}},
		{"damaged within", func(t *testing.T, path string) { overwrite(t, path, 4096) }},
		{"other format", func(t *testing.T, path string) { alter(t, path, `PRAGMA user_version = 99`) }},
		{"of other messages", func(t *testing.T, path string) {
			alter(t, path, `UPDATE state SET incarnation = 1; DELETE FROM words`)
		}},
		{"ahead", func(t *testing.T, path string) { alter(t, path, `UPDATE state SET indexed = indexed + 1`) }},
		{"without a table", func(t *testing.T, path string) { alter(t, path, `DROP TABLE state`) }},
		{"behind what it has", func(t *testing.T, path string) { alter(t, path, `UPDATE state SET indexed = 100`) }},
		{"behind", func(t *testing.T, path string) {
			alter(t, path, `UPDATE state SET indexed = 100; DELETE FROM words WHERE rowid & 0xffffff > 100`)
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			path, m := filled(t)
			test.spoil(t, path)
			x := openIndex(t, path, m)
			m.add(minute(600), "newer text")
			x.Advance(m.highest(), m.revision())
			if got := search(t, x, m, "text", 1000); len(got) != 501 {
				t.Errorf("%d found, want 501", len(got))
			}
		})
	}
}

// TestDamagedWhileOpen damages the index under way.
func TestDamagedWhileOpen(t *testing.T) {
	path, m := filled(t)
	x := openIndex(t, path, m)
	err := x.use(context.Background(), func() error {
		_, err := x.db.Exec(`UPDATE words_data SET block = randomblob(200)`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := search(t, x, m, "text", 1000); len(got) != 500 {
		t.Errorf("%d found, want 500", len(got))
	}
	m.add(minute(600), "newer text")
	x.Advance(m.highest(), m.revision())
	if got := search(t, x, m, "text", 1000); len(got) != 501 {
		t.Errorf("%d found, want 501", len(got))
	}
}

// TestSourceFails checks that an error of the source is passed on, and what
// failed done when it no longer fails.
func TestSourceFails(t *testing.T) {
	m := &memory{err: errors.New("cannot be read")}
	m.add(minute(1), "text")
	x := openIndex(t, newPath(t), m)
	if _, err := x.Find(context.Background(), "text", 1); !errors.Is(err, m.err) {
		t.Errorf("search: %v", err)
	}
	m.mu.Lock()
	m.err = nil
	m.mu.Unlock()
	if got := search(t, x, m, "text", 1); len(got) != 1 {
		t.Errorf("then: %q", got)
	}
}

// TestBlocked checks that a search says so when the index cannot be made.
func TestBlocked(t *testing.T) {
	path := newPath(t)
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	m := &memory{}
	m.add(minute(1), "text")
	x := openIndex(t, path, m)
	if _, err := x.Find(context.Background(), "text", 1); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("search: %v", err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if got := search(t, x, m, "text", 1); len(got) != 1 {
		t.Errorf("then: %q", got)
	}
}

// TestIndexedInTime checks that messages are indexed without a search, those
// that an earlier run left and those that come.
func TestIndexedInTime(t *testing.T) {
	m := &memory{}
	m.add(minute(1), "left")
	x := openIndex(t, newPath(t), m)
	waitFor := func(number int64) {
		t.Helper()
		deadline := time.Now().Add(time.Minute)
		for indexed := int64(0); indexed != number; time.Sleep(10 * time.Millisecond) {
			<-x.turn
			indexed = x.indexed
			x.turn <- struct{}{}
			if time.Now().After(deadline) {
				t.Fatalf("%d indexed, want %d", indexed, number)
			}
		}
	}
	waitFor(1)
	m.add(minute(2), "come")
	x.Advance(m.highest(), m.revision())
	waitFor(2)
}

func TestContextAndClose(t *testing.T) {
	m := &memory{}
	m.add(minute(1), "text")
	x := Open(Config{Path: newPath(t), Source: m, Highest: 1})
	<-x.turn // somebody else's
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := x.Find(ctx, "text", 1); !errors.Is(err, context.Canceled) {
		t.Errorf("search: %v", err)
	}
	x.turn <- struct{}{}
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := x.Find(context.Background(), "text", 1); !errors.Is(err, ErrClosed) {
		t.Errorf("search after Close: %v", err)
	}
}

// TestKeys checks that keys are in the order of hours whatever the time.
func TestKeys(t *testing.T) {
	previous := int64(-1)
	for _, at := range []time.Time{time.UnixMilli(0), epoch, minute(60), time.UnixMilli(1<<48 - 1)} {
		key := Message{Number: 1<<numberBits - 1, Time: at}.key()
		if key <= previous || numberOf(key) != 1<<numberBits-1 {
			t.Errorf("%v has key %x after %x", at, key, previous)
		}
		previous = key
	}
	if key := (Message{Number: 5, Time: time.UnixMilli(-5)}).key(); key != 5 {
		t.Errorf("before 1970: key %x", key)
	}
}

// TestChanges checks that a message is found as it is now, whenever the index
// learns of it.
func TestChanges(t *testing.T) {
	path := newPath(t)
	m := &memory{}
	for i := range 5 {
		m.add(minute(i), fmt.Sprint("word", i))
	}
	open := func() *Index {
		return Open(Config{Path: path, Incarnation: 7, Source: m, Highest: m.highest(), Revision: m.revision(), Forgotten: m.forgotten})
	}
	x := open()
	check := func(words string, want ...string) {
		t.Helper()
		if got := search(t, x, m, words, 10); !slices.Equal(got, append([]string{}, want...)) {
			t.Errorf("%s: found %q, want %q", words, got, want)
		}
	}
	m.change(1, minute(0), "before the first search")
	x.Advance(m.highest(), m.revision())
	check("word1", "word1")
	check("word0")
	check("before", "before the first search")
	if n := x.Revised(); n != 1 {
		t.Errorf("knows changes up to %d, want 1", n)
	}
	m.change(2, minute(1), "other")
	m.change(2, minute(1000), "moved") // to another hour
	m.change(2, minute(2000), "moved again")
	m.change(3, minute(2), "") // gone
	x.Advance(m.highest(), m.revision())
	check("word1")
	check("word2")
	check("other")
	check("moved", "moved again")
	m.change(2, minute(3000), "moved once more")
	m.add(minute(9), "new")
	m.change(6, minute(10), "not what it was")
	x.Advance(m.highest(), m.revision())
	check("moved", "moved once more")
	check("new")
	check("not", "not what it was")
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}

	// Changes that it lacks and nobody tells: it is made anew.
	m.change(4, minute(3), "silent")
	m.forgotten = m.revision()
	x = open()
	check("word3")
	check("silent", "silent")
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
}
