package store

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/store/dbfile"
	"github.com/parlance-chat/parlance/netcore/wire"
)

// plainCommits measures the yardstick: commits of one row by SQLite alone, each
// synced. It returns the median.
func plainCommits(b *testing.B, n int) time.Duration {
	db, err := sql.Open("sqlite", dbfile.Source(filepath.Join(b.TempDir(), "plain.db"),
		"_pragma=journal_mode(wal)", "_pragma=synchronous(full)"))
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(`CREATE TABLE t (n INTEGER PRIMARY KEY, v BLOB)`); err != nil {
		b.Fatal(err)
	}
	took := make([]time.Duration, n)
	for i := range took {
		start := time.Now()
		if _, err := db.Exec(`INSERT INTO t (v) VALUES (?)`, make([]byte, 300)); err != nil {
			b.Fatal(err)
		}
		took[i] = time.Since(start)
	}
	slices.Sort(took)
	return took[n/2]
}

// BenchmarkCommitOne writes one message at a time, each waiting for the one
// before.
func BenchmarkCommitOne(b *testing.B) {
	s := openNew(b)
	c := direct(ann)
	mustPut(b, s, Write{Conversation: &c})
	a := newAuthor(ann, c.ID)
	visible, durable := make([]time.Duration, 0, b.N), make([]time.Duration, 0, b.N)
	for b.Loop() {
		b.StopTimer()
		e := a.text(epoch, "One message at a time, as people write.")
		b.StartTimer()
		start := time.Now()
		mustPut(b, s, Write{Entries: []wire.SignedEntry{e}, Visible: func([]chat.MessageID) { visible = append(visible, time.Since(start)) }})
		durable = append(durable, time.Since(start))
	}
	slices.Sort(visible)
	slices.Sort(durable)
	b.ReportMetric(float64(visible[len(visible)/2].Microseconds()), "visible-p50-µs")
	b.ReportMetric(float64(visible[len(visible)*99/100].Microseconds()), "visible-p99-µs")
	b.ReportMetric(float64(durable[len(durable)/2].Microseconds()), "durable-p50-µs")
	b.ReportMetric(float64(durable[len(durable)*99/100].Microseconds()), "durable-p99-µs")
	b.ReportMetric(float64(plainCommits(b, 500).Microseconds()), "plain-commit-p50-µs")
}

// BenchmarkCommitBatch writes many at a time, as a link delivers them.
func BenchmarkCommitBatch(b *testing.B) {
	s := openNew(b)
	c := direct(ann)
	mustPut(b, s, Write{Conversation: &c})
	a := newAuthor(ann, c.ID)
	const run = 64 // entries in a write
	var done sync.WaitGroup
	n := 0
	for b.Loop() {
		b.StopTimer()
		writes := make([]Write, 100)
		for i := range writes {
			for range run {
				writes[i].Entries = append(writes[i].Entries, a.text(epoch.Add(time.Duration(a.sequence)*time.Second), phrase(int(a.sequence))))
			}
		}
		done.Add(len(writes))
		b.StartTimer()
		for _, w := range writes {
			w.Done = func(err error) {
				if err != nil {
					b.Error(err)
				}
				done.Done()
			}
			s.Enqueue(w)
		}
		done.Wait()
		n += len(writes) * run
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "entries/s")
}

// phrase returns a message's text, the same for the same number.
func phrase(n int) string {
	r := rand.New(rand.NewPCG(1, uint64(n)))
	z := rand.NewZipf(r, 1.1, 4, 50_000)
	var b strings.Builder
	b.WriteString("message ")
	for range 9 {
		fmt.Fprintf(&b, "w%dx ", z.Uint64())
	}
	if n%100_000 == 77 {
		b.WriteString("needle")
	}
	return b.String()
}

// largePath is the folder of the database that large makes; TestMain removes
// it.
var largePath string

// large returns the path of a database of a million messages, 100,000 in each of
// ten conversations, made once in a run.
func large(b *testing.B) string {
	b.Helper()
	const n = 1_000_000
	if largePath != "" {
		return filepath.Join(largePath, "parlance.db")
	}
	folder, err := os.MkdirTemp("", "parlance-bench-*")
	if err != nil {
		b.Fatal(err)
	}
	largePath = folder
	path := filepath.Join(folder, "parlance.db")
	s, err := Open(path, self)
	if err != nil {
		b.Fatal(err)
	}
	authors := make([]*author, 10)
	for i := range authors {
		c := direct(keyNamed(fmt.Sprint(i)))
		mustPut(b, s, Write{Conversation: &c})
		authors[i] = newAuthor(keyNamed(fmt.Sprint(i)), c.ID)
		authors[i].fake = true
	}
	start := time.Now()
	const run = 100
	for i := 0; i < n; i += run {
		var w Write
		a := authors[i/run%len(authors)]
		for j := range run {
			w.Entries = append(w.Entries, a.text(epoch.Add(time.Duration(i+j)*30*time.Second), phrase(i+j)))
		}
		for s.Backlog() > HighWater {
			time.Sleep(time.Millisecond)
		}
		s.Enqueue(w)
	}
	mustPut(b, s, Write{})
	wrote := time.Since(start)
	if _, err := s.Search(context.Background(), "needle", 1); err != nil {
		b.Fatal(err)
	}
	b.Logf("%d messages written in %v, indexed in %v", n, wrote, time.Since(start))
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	for _, name := range []string{path, indexPath(path)} {
		info, err := os.Stat(name)
		if err != nil {
			b.Fatal(err)
		}
		b.Logf("%s: %d MB", filepath.Base(name), info.Size()>>20)
	}
	return path
}

// BenchmarkHistoryPage scrolls up a conversation of 100,000 messages, 50 at a
// time.
func BenchmarkHistoryPage(b *testing.B) {
	s := open(b, large(b))
	c := direct(keyNamed("3"))
	at := Page{Limit: 50}
	for b.Loop() {
		page := history(b, s, c.ID, at)
		if len(page) == 0 {
			at.Before = chat.Position{}
			continue
		}
		at.Before = page[0].Position
	}
}

// readThrough measures the yardstick of a search: SQLite reading all texts.
func readThrough(b *testing.B, path string) time.Duration {
	b.Helper()
	db, err := sql.Open("sqlite", dbfile.Source(path, "_pragma=query_only(on)"))
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	start := time.Now()
	var n int
	if err := db.QueryRow(`SELECT count(*) FROM messages WHERE text LIKE '%needle%'`).Scan(&n); err != nil {
		b.Fatal(err)
	}
	return time.Since(start)
}

// BenchmarkSearch searches a million messages: for a word in every one, for
// several, for one in ten, for beginnings that few, many or nearly all words
// have.
func BenchmarkSearch(b *testing.B) {
	path := large(b)
	s := open(b, path)
	through := readThrough(b, path)
	for _, words := range []string{"message", "w0x w1x", "needle", "needl", "mess", "needle mess", "needle m", "w0x message", "w", "w1", "w12", "w123", "w4000x w3000x", "w0x w12", "nothing"} {
		b.Run(strings.ReplaceAll(words, " ", "+"), func(b *testing.B) {
			found := 0
			var took []time.Duration
			for b.Loop() {
				start := time.Now()
				list, err := s.Search(context.Background(), words, 100)
				if err != nil {
					b.Fatal(err)
				}
				found = len(list)
				took = append(took, time.Since(start))
			}
			slices.Sort(took)
			b.ReportMetric(float64(found), "found")
			b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
			b.ReportMetric(float64(through.Milliseconds()), "read-through-ms")
		})
	}
}

// BenchmarkOpen opens a database of a million messages.
func BenchmarkOpen(b *testing.B) {
	path := large(b)
	for b.Loop() {
		s, err := Open(path, self)
		if err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
}

// BenchmarkConversations lists ten conversations of 100,000 messages each.
func BenchmarkConversations(b *testing.B) {
	s := open(b, large(b))
	for b.Loop() {
		if _, err := s.Conversations(context.Background()); err != nil {
			b.Fatal(err)
		}
	}
}
