package store

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/wire"
)

// crashPath names the environment variable that makes this test program the
// child of TestKill: it then writes to the database there until it is killed.
const crashPath = "PARLANCE_STORE_TEST_CRASH"

// writeForever writes without end, and prints the number of each entry once it
// is visible and once it is durable.
func writeForever(path string) error {
	s, err := Open(path, self)
	if err != nil {
		return err
	}
	c := direct(ann)
	a := newAuthor(ann, c.ID)
	held, err := s.Held(context.Background())
	if err != nil {
		return err
	}
	for _, l := range held.Logs {
		a.sequence, a.previous = l.Highest, l.Hash
	}
	if err := s.AddConversation(context.Background(), c); err != nil {
		return err
	}
	room := make(chan struct{}, 200)
	for {
		room <- struct{}{}
		e := nextEntry(a)
		s.Enqueue(Write{
			Entries: []wire.SignedEntry{e},
			Visible: func([]chat.MessageID) { fmt.Println("visible", e.Sequence) },
			Done: func(err error) {
				fmt.Println("done", e.Sequence, err)
				<-room
			},
		})
	}
}

// nextEntry writes the next entry of a log of texts, of which every third is taken
// back after it was edited, and every third is edited.
func nextEntry(a *author) wire.SignedEntry {
	before := func(n uint64) wire.SignedEntry {
		return wire.SignedEntry{Entry: wire.Entry{ID: a.idOf(epoch, a.sequence+1-n)}}
	}
	switch (a.sequence + 1) % 6 {
	case 2, 5:
		return a.edit(epoch, before(1), "edited")
	case 3:
		return a.retract(epoch, before(2))
	}
	return a.text(epoch, "text")
}

// afterNext checks that the store shows what nextEntry wrote, and that bodies are
// erased where they have to be. It returns how many messages there are.
func afterNext(t *testing.T, s *Store, c chat.ConversationID, entries []wire.SignedEntry) int {
	t.Helper()
	want := make(map[chat.MessageID]string)
	for i, e := range entries {
		gone := i%6 < 2 && i/6*6+2 < len(entries)
		if e.Erased() != gone {
			t.Errorf("entry %d of %d is erased: %v", i+1, len(entries), e.Erased())
		}
		switch {
		case e.Kind == wire.KindText && gone:
			want[e.ID] = " retracted"
		case e.Kind == wire.KindText:
			want[e.ID] = "text"
		case e.Kind == wire.KindEdit && !gone:
			want[e.About] = "edited edited 0"
		}
	}
	found := make(map[string]int)
	list := history(t, s, c, Page{Limit: len(entries) + 1})
	for _, m := range list {
		if got := picture(m); got != want[m.ID] {
			t.Errorf("message %d: %q, want %q", m.Sequence, got, want[m.ID])
		}
		found[m.Text]++
	}
	if len(list) != len(want) {
		t.Errorf("%d messages, want %d", len(list), len(want))
	}
	for _, word := range []string{"text", "edited"} {
		if n := len(find(t, s, word, 1<<20)); n != found[word] {
			t.Errorf("%d found with %q, want %d", n, word, found[word])
		}
	}
	return len(list)
}

// TestKill kills a writing process, several times, and checks that what it said
// was visible is there.
func TestKill(t *testing.T) {
	path := filepath.Join(t.TempDir(), "parlance.db")
	c := direct(ann)
	for round := 1; round <= 5; round++ {
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), crashPath+"="+path)
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		highest, done := uint64(0), 0
		for lines := bufio.NewScanner(out); lines.Scan(); {
			var kind, result string
			var sequence uint64
			if _, err := fmt.Sscan(lines.Text(), &kind, &sequence, &result); kind == "done" && (err != nil || result != "<nil>") {
				t.Errorf("child: %s", lines.Text())
			}
			highest = max(highest, sequence)
			if kind == "done" {
				done++
			}
			if done == 300*round {
				// What the pipe still holds is read on.
				if err := child.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
		}
		_ = child.Wait() // killed

		s := open(t, path)
		if s.SetAside() != "" {
			t.Fatalf("round %d: set aside", round)
		}
		held, err := s.Held(context.Background())
		if err != nil || len(held.Logs) != 1 {
			t.Fatalf("round %d: held %v, %v", round, held, err)
		}
		log := held.Logs[0]
		if log.Highest < highest {
			t.Errorf("round %d: entry %d was visible, the highest held is %d", round, highest, log.Highest)
		}
		raw, _, err := s.Entries(context.Background(), log.ID, 1, 1<<30)
		if err != nil || len(raw) != int(log.Highest) {
			t.Errorf("round %d: %d entries, want %d (%v)", round, len(raw), log.Highest, err)
		}
		previous := wire.Hash{}
		entries := make([]wire.SignedEntry, len(raw))
		for i, r := range raw {
			e, err := wire.ParseEntry(r)
			if err != nil || e.Sequence != uint64(i+1) || e.Previous != previous {
				t.Fatalf("round %d: entry %d: %v", round, i+1, err)
			}
			previous, entries[i] = e.Hash, e
		}
		if previous != log.Hash {
			t.Errorf("round %d: the log's hash is not its last entry's", round)
		}
		n := afterNext(t, s, c.ID, entries)
		if count, err := s.Count(context.Background(), c.ID); count != n || err != nil {
			t.Errorf("round %d: count %d of %d messages (%v)", round, count, n, err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
