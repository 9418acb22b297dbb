package store

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/parlance-chat/parlance/netcore/wire"
)

// TestRestored: a database that is copied back over what it became later writes
// on under another incarnation, and one that is only opened again does not.
func TestRestored(t *testing.T) {
	folder := t.TempDir()
	path, backup := filepath.Join(folder, "messages.db"), filepath.Join(folder, "backup.db")
	opened := func() uint64 {
		t.Helper()
		s, err := Open(path, self)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		return s.Incarnation()
	}
	first := opened()
	if again := opened(); again != first {
		t.Errorf("opened again it is incarnation %d, not %d", again, first)
	}
	data, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(backup, data, 0o600)
	}
	if err == nil {
		err = os.Rename(backup, path) // as whoever restores it does
	}
	if err != nil {
		t.Fatal(err)
	}
	restored := opened()
	if restored == first {
		t.Error("a restored database writes on under the numbers it used before")
	}
	if again := opened(); again != restored {
		t.Errorf("after that it is incarnation %d, not %d", again, restored)
	}
}

// TestCalled: what authors call themselves in groups and in the lobby lasts.
func TestCalled(t *testing.T) {
	s := openNew(t)
	a := newAuthor(bob, lobby.ID)
	entries := []wire.SignedEntry{a.sign(second(1), wire.Entry{Kind: wire.KindText, Called: "Bob\u202e", Body: wire.TextBody("one")})}
	mustPut(t, s, Write{Conversation: &lobby, Entries: entries})
	if names, err := s.Called(context.Background()); err != nil || len(names) != 1 || names[bob.ID()] != "Bob" {
		t.Errorf("called %v, %v", names, err)
	}
	next := []wire.SignedEntry{a.sign(second(2), wire.Entry{Kind: wire.KindText, Called: "Robert", Body: wire.TextBody("two")})}
	mustPut(t, s, Write{Entries: next})
	if names, err := s.Called(context.Background()); err != nil || names[bob.ID()] != "Robert" {
		t.Errorf("called %v, %v", names, err)
	}
}
