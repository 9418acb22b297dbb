package store

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parlance-chat/parlance/netcore/store/dbfile"
	"github.com/parlance-chat/parlance/netcore/wire"
)

// alter changes a database behind the store's back.
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

func TestOpenAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "parlance.db")
	c := direct(ann)
	a := newAuthor(ann, c.ID)
	s := open(t, path)
	incarnation := s.Incarnation()
	if incarnation == 0 {
		t.Error("incarnation 0")
	}
	mustPut(t, s, Write{Conversation: &c, Entries: []wire.SignedEntry{a.text(epoch, "one")}})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}

	s = open(t, path)
	if got := s.Incarnation(); got != incarnation {
		t.Errorf("incarnation %d, was %d", got, incarnation)
	}
	if s.SetAside() != "" {
		t.Errorf("set aside %s", s.SetAside())
	}
	mustPut(t, s, Write{Entries: []wire.SignedEntry{a.text(epoch, "two")}})
	if got, want := texts(history(t, s, c.ID, Page{})), []string{"one", "two"}; !slices.Equal(got, want) {
		t.Errorf("history %q, want %q", got, want)
	}
	if other := openNew(t).Incarnation(); other == incarnation {
		t.Errorf("two databases with incarnation %d", incarnation)
	}
}

// TestOpenOddPath opens files whose names mean something in a URI.
func TestOpenOddPath(t *testing.T) {
	for _, name := range []string{"a b.db", "a?mode=memory.db", "a#b%20c.db", "ü.db"} {
		path := filepath.Join(t.TempDir(), name)
		open(t, path)
		if _, err := os.Stat(path); err != nil {
			t.Error(err)
		}
	}
}

func TestFilesArePrivate(t *testing.T) {
	if runtime.GOOS == "windows" {
		return // files there have no such modes
	}
	folder := t.TempDir()
	path := filepath.Join(folder, "parlance.db")
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	s := open(t, path)
	c := direct(ann)
	mustPut(t, s, Write{Conversation: &c})
	if _, err := s.Search(context.Background(), "word", 1); err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range files {
		info, err := f.Info()
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, f.Name())
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", f.Name(), info.Mode())
		}
	}
	want := []string{"parlance-search.db", "parlance-search.db-wal", "parlance.db", "parlance.db-shm", "parlance.db-wal"}
	if !slices.Equal(names, want) {
		t.Errorf("files %q, want %q", names, want)
	}
}

func TestOpenRefuses(t *testing.T) {
	for _, test := range []struct {
		name   string
		script string
		is     error
		says   string
	}{
		{"newer", `PRAGMA user_version = 99`, ErrNewer, "has version 99, this program knows versions up to 4"},
		{"other program's", `PRAGMA application_id = 5`, nil, "database of another program"},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "parlance.db")
			if err := open(t, path).Close(); err != nil {
				t.Fatal(err)
			}
			alter(t, path, test.script)
			before, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			_, err = Open(path, self)
			if err == nil || !strings.Contains(err.Error(), test.says) || test.is != nil && !errors.Is(err, test.is) {
				t.Errorf("Open: %v, want %q", err, test.says)
			}
			after, err := os.ReadFile(path)
			if err != nil || string(before) != string(after) {
				t.Errorf("the database changed (%v)", err)
			}
		})
	}
	t.Run("no folder", func(t *testing.T) {
		_, err := Open(filepath.Join(t.TempDir(), "missing", "parlance.db"), self)
		if !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("Open: %v", err)
		}
	})
	t.Run("a folder", func(t *testing.T) {
		if _, err := Open(t.TempDir(), self); err == nil {
			t.Error("opened a folder")
		}
	})
}

func TestMigrationsAreNumbered(t *testing.T) {
	scripts, err := migrations()
	if err != nil || len(scripts) == 0 {
		t.Errorf("%d migrations: %v", len(scripts), err)
	}
}

// filled makes a database of some pages and closes it.
func filled(t *testing.T) (path string, c Conversation, incarnation uint64) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "parlance.db")
	s := open(t, path)
	c = direct(ann)
	a := newAuthor(ann, c.ID)
	w := Write{Conversation: &c}
	for range 500 {
		w.Entries = append(w.Entries, a.text(epoch, strings.Repeat("text ", 20)))
	}
	mustPut(t, s, w)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return path, c, s.Incarnation()
}

// overwrite writes garbage into part of a file.
func overwrite(t *testing.T, path string, offset, length int64) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteAt([]byte(strings.Repeat("garbage!", int(length)/8)), offset); err != nil {
		t.Fatal(err)
	}
}

// checkSetAside checks that the database was set aside, unchanged, and that the
// fresh one works.
func checkSetAside(t *testing.T, s *Store, path string, damaged []byte, incarnation uint64) {
	t.Helper()
	aside := s.SetAside()
	if ok, _ := filepath.Match(path+".damaged-????????-??????*", aside); !ok {
		t.Fatalf("set aside %q", aside)
	}
	if kept, err := os.ReadFile(aside); err != nil || string(kept) != string(damaged) {
		t.Errorf("the damaged database was not kept as it was (%v)", err)
	}
	if s.Incarnation() == incarnation {
		t.Error("the fresh database has the incarnation of the damaged one")
	}
	c := direct(bob)
	mustPut(t, s, Write{Conversation: &c, Entries: []wire.SignedEntry{newAuthor(bob, c.ID).text(epoch, "fresh")}})
	lines, err := s.Conversations(context.Background())
	if err != nil || len(lines) != 1 || lines[0].Last.Text != "fresh" {
		t.Errorf("fresh database: %v, %v", lines, err)
	}
	if found, err := s.Search(context.Background(), "text", 0); err != nil || len(found) != 0 {
		t.Errorf("searching the fresh database: %v, %v", texts(found), err)
	}
}

func TestDamagedHeader(t *testing.T) {
	path, _, incarnation := filled(t)
	for range 2 { // in one second: two names
		overwrite(t, path, 0, 1024)
		damaged, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		s := open(t, path)
		checkSetAside(t, s, path, damaged, incarnation)
		incarnation = s.Incarnation()
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if kept, _ := filepath.Glob(path + ".damaged-*"); len(kept) != 2 {
		t.Errorf("kept %q, want two", kept)
	}
}

func TestTruncated(t *testing.T) {
	path, _, incarnation := filled(t)
	if err := os.Truncate(path, 8192); err != nil {
		t.Fatal(err)
	}
	damaged, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	checkSetAside(t, open(t, path), path, damaged, incarnation)
}

// firstLeaf returns the offset of the first leaf page of a table or index.
func firstLeaf(t *testing.T, path, name string) (offset int64) {
	t.Helper()
	db, err := sql.Open("sqlite", dbfile.Source(path))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	err = db.QueryRow(`
		SELECT pgoffset FROM dbstat WHERE name = ? AND pagetype = 'leaf' AND path <> '/'
		ORDER BY path LIMIT 1`, name).Scan(&offset)
	if err != nil {
		t.Fatal(err)
	}
	return offset
}

// spoil changes a letter in the entries of a table that hold a text.
func spoil(t *testing.T, path, table, text string) {
	t.Helper()
	db, err := sql.Open("sqlite", dbfile.Source(path))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	result, err := db.Exec(`UPDATE `+table+` SET raw = CAST(replace(CAST(raw AS TEXT), ?, ?) AS BLOB) WHERE instr(raw, CAST(? AS BLOB)) > 0`,
		text, strings.ToUpper(text), text)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := result.RowsAffected(); n == 0 || err != nil {
		t.Fatalf("%d entries of %s hold %q, %v", n, table, text, err)
	}
}

// TestDamagedEntry damages an entry in a database whose pages are sound: what would
// be sent in vain, and what a start has to know.
func TestDamagedEntry(t *testing.T) {
	mine, ofGroup, inLobby := newAuthor(me, direct(ann).ID), newAuthor(me, group(ann).ID), newAuthor(me, lobby.ID)
	for _, test := range []struct {
		name string
		c    Conversation
		e    wire.SignedEntry
		meet func(*Store) error
	}{
		{"to be sent", direct(ann), mine.text(second(1), "spoilt"), func(s *Store) error {
			_, _, err := s.Entries(context.Background(), mine.log, 1, 1<<20)
			return err
		}},
		{"of a group's members", group(ann), ofGroup.entry(second(1), wire.KindRename, wire.TextBody("spoilt")), held},
		{"of the lobby", lobby, inLobby.text(second(1), "spoilt"), held},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "parlance.db")
			s := open(t, path)
			mustPut(t, s, Write{Conversation: &test.c, Entries: []wire.SignedEntry{test.e}})
			incarnation := s.Incarnation()
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			spoil(t, path, "entries", "spoilt")
			s = open(t, path)
			if err := test.meet(s); !errors.Is(err, ErrDamaged) {
				t.Fatalf("%v, want ErrDamaged", err)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			s = open(t, path)
			if s.SetAside() == "" || s.Incarnation() == incarnation {
				t.Errorf("set aside %q, incarnation %d", s.SetAside(), s.Incarnation())
			}
			if err := held(s); err != nil {
				t.Error(err)
			}
		})
	}
}

func held(s *Store) error {
	_, err := s.Held(context.Background())
	return err
}

// TestDamagedMiddle damages pages that Open does not read.
func TestDamagedMiddle(t *testing.T) {
	for _, test := range []struct {
		name    string
		damaged string
		meet    func(*testing.T, *Store, Conversation) error
	}{
		{"read", "messages", func(t *testing.T, s *Store, c Conversation) error {
			_, err := s.History(context.Background(), c.ID, Page{Limit: 1000})
			return err
		}},
		{"write", "messages_position", func(t *testing.T, s *Store, c Conversation) error {
			a := newAuthor(bob, c.ID)
			var w Write
			for range 1000 {
				w.Entries = append(w.Entries, a.text(epoch.Add(-time.Hour), "more"))
			}
			err := put(s, w)
			if again := put(s, Write{Conversation: &c}); !errors.Is(again, ErrDamaged) {
				t.Errorf("a write after damage was found: %v", again)
			}
			return err
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			path, c, incarnation := filled(t)
			overwrite(t, path, firstLeaf(t, path, test.damaged), 4096)
			s := open(t, path)
			if s.SetAside() != "" {
				t.Fatal("set aside too early")
			}
			if err := test.meet(t, s, c); !errors.Is(err, ErrDamaged) {
				t.Fatalf("%v, want ErrDamaged", err)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			damaged, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			checkSetAside(t, open(t, path), path, damaged, incarnation)
			if _, err := os.Stat(suspectFile(path)); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("the note is still there (%v)", err)
			}
		})
	}
}

// TestSuspectButSound examines a sound database and keeps it.
func TestSuspectButSound(t *testing.T) {
	path, c, incarnation := filled(t)
	if err := os.WriteFile(suspectFile(path), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s := open(t, path)
	if n, err := s.Count(context.Background(), c.ID); n != 500 || err != nil || s.SetAside() != "" || s.Incarnation() != incarnation {
		t.Errorf("%d messages, set aside %q, %v", n, s.SetAside(), err)
	}
	if _, err := os.Stat(suspectFile(path)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the note is still there (%v)", err)
	}
}

func TestClosed(t *testing.T) {
	s := openNew(t)
	c := direct(ann)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	for name, call := range map[string]func() error{
		"Enqueue":       func() error { return put(s, Write{Conversation: &c}) },
		"SetSetting":    func() error { return s.SetSetting(ctx, "k", "v") },
		"History":       func() error { _, err := s.History(ctx, c.ID, Page{}); return err },
		"Search":        func() error { _, err := s.Search(ctx, "word", 1); return err },
		"Conversations": func() error { _, err := s.Conversations(ctx); return err },
	} {
		if err := call(); !errors.Is(err, ErrClosed) {
			t.Errorf("%s: %v, want ErrClosed", name, err)
		}
	}
	s.Enqueue(Write{}) // without Done
}

// TestCloseWaits closes while writes are queued.
func TestCloseWaits(t *testing.T) {
	path := filepath.Join(t.TempDir(), "parlance.db")
	s := open(t, path)
	c := direct(ann)
	a := newAuthor(ann, c.ID)
	s.Enqueue(Write{Conversation: &c})
	const n = 300
	done := 0
	for range n {
		s.Enqueue(Write{Entries: []wire.SignedEntry{a.text(epoch, "text")}, Done: func(err error) {
			if err != nil {
				t.Error(err)
			}
			done++
		}})
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if done != n {
		t.Errorf("%d done, want %d", done, n)
	}
	if got := len(history(t, open(t, path), c.ID, Page{Limit: 2 * n})); got != n {
		t.Errorf("%d messages, want %d", got, n)
	}
}
