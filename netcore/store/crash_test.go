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
		e := a.text(epoch, "text")
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
		for i, r := range raw {
			e, err := wire.ParseEntry(r)
			if err != nil || e.Sequence != uint64(i+1) || e.Previous != previous {
				t.Fatalf("round %d: entry %d: %v", round, i+1, err)
			}
			previous = e.Hash
		}
		if previous != log.Hash {
			t.Errorf("round %d: the log's hash is not its last entry's", round)
		}
		if n, err := s.Count(context.Background(), c.ID); n != len(raw) || err != nil {
			t.Errorf("round %d: %d messages of %d entries (%v)", round, n, len(raw), err)
		}
		if n := len(find(t, s, "text", 1<<20)); n != len(raw) {
			t.Errorf("round %d: %d found of %d", round, n, len(raw))
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
