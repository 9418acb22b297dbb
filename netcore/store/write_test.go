package store

import (
	"context"
	"errors"
	"os"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/wire"
)

// record is what happened, in order, as callbacks and syncs report it.
type record struct {
	mu     sync.Mutex
	events []string
}

func (r *record) add(event string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = append(r.events, event)
}

func (r *record) take() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	events := r.events
	r.events = nil
	return events
}

// interceptSync puts f before each sync of s. It is called before the first
// write.
func interceptSync(s *Store, f func() error) {
	sync := s.writer.sync
	s.writer.sync = func(log *os.File) error {
		if err := f(); err != nil {
			return err
		}
		return sync(log)
	}
}

// TestOneSyncPerBatch checks the order of callbacks and syncs. That SQLite
// itself syncs nothing at a commit rests on synchronous=NORMAL, which is
// checked too; seen from outside, by
//
//	strace -f -e trace=fsync,fdatasync
//
// a batch makes one fdatasync of the -wal file and nothing else, except that
// the first commit after a checkpoint of the whole log begins that anew with
// one fsync, and that a checkpoint makes two.
func TestOneSyncPerBatch(t *testing.T) {
	s := openNew(t)
	var r record
	interceptSync(s, func() error { r.add("sync"); return nil })
	c := direct(ann)
	a := newAuthor(ann, c.ID)
	entry := func() []wire.SignedEntry { return []wire.SignedEntry{a.text(epoch, "text")} }
	done := func(err error) {
		if err != nil {
			t.Error(err)
		}
		r.add("done")
	}

	mustPut(t, s, Write{Conversation: &c})
	r.take()

	// One write.
	mustPut(t, s, Write{Entries: entry(), Visible: func([]chat.MessageID) {
		if got := texts(history(t, s, c.ID, Page{})); len(got) != 1 {
			t.Errorf("visible, but the history has %q", got)
		}
		r.add("visible")
	}})
	if got, want := r.take(), []string{"visible", "sync"}; !slices.Equal(got, want) {
		t.Errorf("one write: %q, want %q", got, want)
	}

	// Three more that come while one is written; one of them nobody waits to see.
	hold, held := make(chan struct{}), make(chan struct{})
	s.Enqueue(Write{Entries: entry(), Visible: func([]chat.MessageID) { close(held); <-hold }, Done: done})
	<-held
	s.Enqueue(Write{Entries: entry(), Visible: func([]chat.MessageID) { r.add("visible") }, Done: done})
	s.Enqueue(Write{Entries: entry(), Done: done})
	s.Enqueue(Write{Entries: entry(), Visible: func([]chat.MessageID) { r.add("visible") }, Done: done})
	close(hold)
	mustPut(t, s, Write{})
	want := []string{"sync", "done", "visible", "visible", "sync", "done", "done", "done"}
	if got := r.take(); !slices.Equal(got, want) {
		t.Errorf("four writes: %q, want %q", got, want)
	}

	// Nothing new.
	mustPut(t, s, Write{Entries: []wire.SignedEntry{newAuthor(ann, c.ID).text(epoch, "text")}, Visible: func([]chat.MessageID) { r.add("visible") }})
	if got, want := r.take(), []string{"visible"}; !slices.Equal(got, want) {
		t.Errorf("an entry held already: %q, want %q", got, want)
	}

	// What can be had again: receipts, drafts. They are synced with what follows.
	mine := newAuthor(me, c.ID)
	mustPut(t, s, Write{Entries: []wire.SignedEntry{mine.text(epoch, "text")}})
	r.take()
	mustPut(t, s, Write{Lazy: true, Told: []Told{{Log: mine.log, Peer: ann.ID(), Highest: 1}}, Visible: func([]chat.MessageID) { r.add("visible") }})
	if err := s.SetDraft(context.Background(), c.ID, "draft"); err != nil {
		t.Error(err)
	}
	if err := s.MarkSeen(context.Background(), c.ID); err != nil {
		t.Error(err)
	}
	if got, want := r.take(), []string{"visible"}; !slices.Equal(got, want) {
		t.Errorf("lazy writes: %q, want %q", got, want)
	}
	mustPut(t, s, Write{})
	mustPut(t, s, Write{})
	if got, want := r.take(), []string{"sync"}; !slices.Equal(got, want) {
		t.Errorf("after lazy writes: %q, want %q", got, want)
	}

	err := s.do(context.Background(), func(w *writer) error {
		if level, err := w.conn.number("PRAGMA synchronous"); level != 1 || err != nil {
			t.Errorf("synchronous=%d, %v, want 1: NORMAL", level, err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// TestSyncFails checks that nothing is called durable after a failed sync, not
// even by a later one that succeeds.
func TestSyncFails(t *testing.T) {
	s := openNew(t)
	broken := errors.New("the disk has gone")
	fail := false
	interceptSync(s, func() error {
		if fail {
			fail = false
			return broken
		}
		return nil
	})
	c := direct(ann)
	a := newAuthor(ann, c.ID)
	mustPut(t, s, Write{Conversation: &c})
	fail = true
	visible := false
	err := put(s, Write{Entries: []wire.SignedEntry{a.text(epoch, "one")}, Visible: func([]chat.MessageID) { visible = true }})
	if !errors.Is(err, broken) || !visible {
		t.Errorf("Done(%v), visible %v", err, visible)
	}
	if err := put(s, Write{Entries: []wire.SignedEntry{a.text(epoch, "two")}}); !errors.Is(err, broken) {
		t.Errorf("later Done(%v)", err)
	}
	if err := s.SetSetting(context.Background(), "k", "v"); !errors.Is(err, broken) {
		t.Errorf("later SetSetting: %v", err)
	}
	if s.Backlog() != 0 {
		t.Errorf("backlog %d", s.Backlog())
	}
}

// TestRefusals checks that a write that does not fit is refused alone and leaves
// nothing behind.
func TestRefusals(t *testing.T) {
	c, other := direct(ann), direct(bob)
	for _, test := range []struct {
		name string
		w    func(a *author) Write // the log holds entries 1 to 3 of a
		is   error
	}{
		{"a number left out", func(a *author) Write {
			a.text(epoch, "lost")
			return Write{Entries: []wire.SignedEntry{a.text(epoch, "x")}}
		}, ErrGap},
		{"a number left out in a new log", func(*author) Write {
			a := newAuthor(bob, c.ID)
			a.text(epoch, "lost")
			return Write{Entries: []wire.SignedEntry{a.text(epoch, "x")}}
		}, ErrGap},
		{"a number left out within", func(a *author) Write {
			one := a.text(epoch, "x")
			a.text(epoch, "lost")
			return Write{Entries: []wire.SignedEntry{one, a.text(epoch, "x")}}
		}, ErrGap},
		{"a number left out, but not the hash", func(a *author) Write {
			a.sequence++
			return Write{Entries: []wire.SignedEntry{a.text(epoch, "x")}}
		}, ErrGap},
		{"a number twice", func(a *author) Write {
			one := a.text(epoch, "x")
			return Write{Entries: []wire.SignedEntry{one, one}}
		}, ErrGap},
		{"follows another entry", func(a *author) Write {
			a.previous[0]++
			return Write{Entries: []wire.SignedEntry{a.text(epoch, "x")}}
		}, ErrGap},
		{"follows another entry within", func(a *author) Write {
			one := a.text(epoch, "x")
			a.previous[0]++
			return Write{Entries: []wire.SignedEntry{one, a.text(epoch, "x")}}
		}, ErrGap},
		{"two logs", func(a *author) Write {
			return Write{Entries: []wire.SignedEntry{a.text(epoch, "x"), newAuthor(bob, c.ID).text(epoch, "x")}}
		}, ErrGap},
		{"another entry for a number", func(*author) Write {
			fork := newAuthor(ann, c.ID)
			return Write{Entries: []wire.SignedEntry{fork.text(epoch, "not what was said")}}
		}, ErrFork},
		{"another entry after the same", func(*author) Write {
			fork := newAuthor(ann, c.ID)
			return Write{Entries: []wire.SignedEntry{fork.text(epoch, "1"), fork.text(epoch, "not what was said")}}
		}, ErrFork},
		{"unknown conversation", func(*author) Write {
			return Write{Entries: []wire.SignedEntry{newAuthor(bob, other.ID).text(epoch, "x")}}
		}, chat.ErrUnknown},
		{"unknown conversation of a message", func(*author) Write {
			return Write{Message: &chat.Message{Conversation: other.ID, Position: chat.Position{1}}}
		}, chat.ErrUnknown},
		{"message without a position", func(*author) Write {
			return Write{Message: &chat.Message{Conversation: c.ID}}
		}, nil},
		{"a conversation with bad entries", func(a *author) Write {
			a.text(epoch, "lost")
			return Write{Conversation: &other, Entries: []wire.SignedEntry{a.text(epoch, "x")}}
		}, ErrGap},
		{"good entries with a bad message", func(a *author) Write {
			return Write{Entries: []wire.SignedEntry{a.text(epoch, "x")}, Message: &chat.Message{Conversation: c.ID}}
		}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := openNew(t)
			a := newAuthor(ann, c.ID)
			first := []wire.SignedEntry{a.text(epoch, "1"), a.text(epoch, "2"), a.text(epoch, "3")}
			mustPut(t, s, Write{Conversation: &c, Entries: first})
			before, err := s.Held(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			bad := test.w(a)

			// All in one batch: a good one before, the bad one, a good one after.
			hold, held := make(chan struct{}), make(chan struct{})
			s.Enqueue(Write{Visible: func([]chat.MessageID) { close(held); <-hold }, Told: []Told{{Log: a.log, Peer: self, Highest: 1}}})
			<-held
			errs := make([]error, 3)
			visible := false
			good := newAuthor(me, c.ID)
			s.Enqueue(Write{Entries: []wire.SignedEntry{good.text(epoch, "4")}, Done: func(err error) { errs[0] = err }})
			bad.Visible = func([]chat.MessageID) { visible = true }
			bad.Done = func(err error) { errs[1] = err }
			s.Enqueue(bad)
			s.Enqueue(Write{Entries: []wire.SignedEntry{good.text(epoch, "5")}, Done: func(err error) { errs[2] = err }})
			close(hold)
			mustPut(t, s, Write{})

			if errs[0] != nil || errs[2] != nil {
				t.Errorf("good writes: %v, %v", errs[0], errs[2])
			}
			if errs[1] == nil || test.is != nil && !errors.Is(errs[1], test.is) || visible {
				t.Errorf("bad write: %v, want %v; visible: %v", errs[1], test.is, visible)
			}
			if got, want := texts(history(t, s, c.ID, Page{})), []string{"1", "2", "3", "4", "5"}; !slices.Equal(sorted(got), want) {
				t.Errorf("history %q, want %q", got, want)
			}
			after, err := s.Held(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			if len(after.Conversations) != 1 || len(after.Logs) != 2 || !reflect.DeepEqual(after.Logs[0], before.Logs[0]) {
				t.Errorf("held after: %v", after)
			}
		})
	}
}

func sorted(list []string) []string {
	list = slices.Clone(list)
	slices.Sort(list)
	return list
}

// TestDuplicates checks that entries held already are passed over, also before
// new ones.
func TestDuplicates(t *testing.T) {
	s := openNew(t)
	c := direct(ann)
	a := newAuthor(ann, c.ID)
	e := []wire.SignedEntry{a.text(epoch, "1"), a.text(epoch, "2"), a.text(epoch, "3"), a.text(epoch, "4")}
	mustPut(t, s, Write{Conversation: &c, Entries: e[:2]})
	for _, run := range [][]wire.SignedEntry{e[:2], e[1:2], e[:3], e[2:3], e} {
		mustPut(t, s, Write{Entries: run})
	}
	if got, want := texts(history(t, s, c.ID, Page{})), []string{"1", "2", "3", "4"}; !slices.Equal(got, want) {
		t.Errorf("history %q, want %q", got, want)
	}
	line, err := s.Conversation(context.Background(), c.ID)
	if err != nil || line.Unread != 4 {
		t.Errorf("unread %d, want 4 (%v)", line.Unread, err)
	}
}

// TestProjection checks which entries become messages, and as what.
func TestProjection(t *testing.T) {
	s := openNew(t)
	c := direct(ann)
	a := newAuthor(ann, c.ID)
	entries := []wire.SignedEntry{
		a.text(epoch, "clean"),
		a.entry(epoch, 99, wire.TextBody("of a kind to come")),
		a.entry(epoch, wire.KindText, []byte{0x01}), // a number, not a text
		a.text(epoch, "bell\a and \u202eover\u202cride\r\n"),
		a.text(epoch.Add(time.Hour), ""),
	}
	received := epoch.Add(3 * time.Hour)
	mustPut(t, s, Write{Conversation: &c, Entries: entries, Received: received})
	list := history(t, s, c.ID, Page{})
	if got, want := texts(list), []string{"clean", "bell␇ and override\n", ""}; !slices.Equal(got, want) {
		t.Fatalf("history %q, want %q", got, want)
	}
	want := Message{
		Message: chat.Message{
			ID:           entries[0].ID,
			Conversation: c.ID,
			Kind:         chat.Direct,
			Position:     entries[0].Position(),
			From:         chat.Author{Device: ann.ID(), Name: ann.ID().Short()},
			Text:         "clean",
			Sent:         entries[0].Wall,
			Received:     received.Local(),
		},
		Log:      a.log,
		Sequence: 1,
	}
	got := list[0]
	got.Sent, want.Sent = got.Sent.UTC(), want.Sent.UTC()
	got.Received, want.Received = got.Received.UTC(), want.Received.UTC()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("message\n%+v, want\n%+v", got, want)
	}
	ctx := context.Background()
	raw, _, err := s.Entries(ctx, a.log, 1, 1<<20)
	if err != nil || !equalRaw(entries, raw) {
		t.Errorf("%d entries (%v), want all %d as they were", len(raw), err, len(entries))
	}
	ids, err := s.MessageIDs(ctx, a.log, 2, 99)
	if wantIDs := []chat.MessageID{entries[3].ID, entries[4].ID}; err != nil || !slices.Equal(ids, wantIDs) {
		t.Errorf("message IDs %v (%v), want %v", ids, err, wantIDs)
	}
	held, err := s.Held(ctx)
	if err != nil || held.Conversations[0].Clock != wire.HybridAt(epoch.Add(time.Hour)) {
		t.Errorf("held %+v, %v", held.Conversations, err)
	}
}

// TestReceivedNow checks that a write without a time of receipt has the present
// one.
func TestReceivedNow(t *testing.T) {
	s := openNew(t)
	c := direct(ann)
	before := time.Now().Truncate(time.Millisecond)
	mustPut(t, s, Write{Conversation: &c, Entries: []wire.SignedEntry{newAuthor(ann, c.ID).text(epoch, "x")}})
	got := history(t, s, c.ID, Page{})[0].Received
	if got.Before(before) || got.After(time.Now()) {
		t.Errorf("received %v, now is %v", got, before)
	}
}

// TestFull fills the database to a bound, as a full disk would, and lifts it.
func TestFull(t *testing.T) {
	s := openNew(t)
	c := direct(ann)
	a := newAuthor(ann, c.ID)
	mustPut(t, s, Write{Conversation: &c, Entries: []wire.SignedEntry{a.text(epoch, "before")}})
	bound := func(pages string) {
		t.Helper()
		if err := s.do(context.Background(), func(w *writer) error {
			return w.conn.exec("PRAGMA max_page_count = " + pages)
		}); err != nil {
			t.Fatal(err)
		}
	}
	bound("1") // SQLite takes the present size
	long := a.text(epoch, strings.Repeat("long ", chat.MaxText/5))
	next := a.text(epoch, "next")
	visible := false
	err := put(s, Write{Entries: []wire.SignedEntry{long}, Visible: func([]chat.MessageID) { visible = true }})
	if !errors.Is(err, ErrFull) || visible || !strings.Contains(err.Error(), "no space left") {
		t.Errorf("Done(%v), visible: %v, want ErrFull", err, visible)
	}
	if err := put(s, Write{Entries: []wire.SignedEntry{next}}); !errors.Is(err, ErrGap) {
		t.Errorf("the entry after: %v, want ErrGap", err)
	}
	check := func(want ...string) { // of Ann
		t.Helper()
		list := slices.DeleteFunc(history(t, s, c.ID, Page{}), func(m Message) bool { return m.Own })
		if got := texts(list); !slices.Equal(got, want) {
			t.Errorf("history of %d messages, want %d", len(got), len(want))
		}
		line, err := s.Conversation(context.Background(), c.ID)
		if err != nil || line.Unread != len(want) {
			t.Errorf("unread %d (%v), want %d", line.Unread, err, len(want))
		}
	}
	check("before")

	// A batch fails whole, with what of it had found room.
	hold, held := make(chan struct{}), make(chan struct{})
	s.Enqueue(Write{Visible: func([]chat.MessageID) { close(held); <-hold }})
	<-held
	mine := newAuthor(me, c.ID)
	short := mine.text(epoch, "short")
	done := make(chan error, 2)
	s.Enqueue(Write{Entries: []wire.SignedEntry{short}, Done: func(err error) { done <- err }})
	s.Enqueue(Write{Entries: []wire.SignedEntry{long}, Done: func(err error) { done <- err }})
	close(hold)
	for range 2 {
		if err := <-done; !errors.Is(err, ErrFull) {
			t.Errorf("a batch of which one part is too much: %v", err)
		}
	}
	check("before")

	bound("1000000")
	mustPut(t, s, Write{Entries: []wire.SignedEntry{short}})
	if got, _, err := s.Entries(context.Background(), mine.log, 1, 1); err != nil || len(got) != 1 {
		t.Errorf("what failed with the batch was not stored when there was room: %v", err)
	}
	check("before")
	mustPut(t, s, Write{Entries: []wire.SignedEntry{long}})
	mustPut(t, s, Write{Entries: []wire.SignedEntry{next}})
	check("before", strings.Repeat("long ", chat.MaxText/5), "next")
}

// TestBacklog holds the writer and checks what a caller sees of it.
func TestBacklog(t *testing.T) {
	s := openNew(t)
	c := direct(ann)
	a := newAuthor(ann, c.ID)
	hold, held := make(chan struct{}), make(chan struct{})
	s.Enqueue(Write{Conversation: &c, Visible: func([]chat.MessageID) { close(held); <-hold }})
	<-held
	low := make(chan struct{})
	var once sync.Once
	n := 0
	for s.Backlog() <= HighWater {
		n++
		s.Enqueue(Write{
			Entries: []wire.SignedEntry{a.text(epoch, strings.Repeat("x", 30_000))},
			Done: func(err error) {
				if err != nil {
					t.Error(err)
				}
				if s.Backlog() <= HighWater/2 {
					once.Do(func() { close(low) })
				}
			},
		})
	}
	close(hold)
	<-low
	mustPut(t, s, Write{})
	if count, err := s.Count(context.Background(), c.ID); count != n || err != nil {
		t.Errorf("%d messages, want %d (%v)", count, n, err)
	}
	if s.Backlog() != 0 {
		t.Errorf("backlog %d", s.Backlog())
	}
}

// TestLogStaysSmall writes without pause under readers and checks that the
// write-ahead log is begun anew now and then.
func TestLogStaysSmall(t *testing.T) {
	s := openNew(t)
	s.writer.idlePages, s.writer.busyPages = 50, 200
	c := direct(ann)
	a := newAuthor(ann, c.ID)
	a.fake = true
	mustPut(t, s, Write{Conversation: &c})
	ctx, stop := context.WithCancel(context.Background())
	var reading sync.WaitGroup
	for range 2 {
		reading.Go(func() {
			for ctx.Err() == nil {
				if _, err := s.History(context.Background(), c.ID, Page{Limit: 20}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	text := strings.Repeat("x", 20_000)
	for range 200 { // some 2,000 pages
		mustPut(t, s, Write{Entries: []wire.SignedEntry{a.text(epoch, text)}})
	}
	stop()
	reading.Wait()
	info, err := os.Stat(s.path + "-wal")
	if err != nil {
		t.Fatal(err)
	}
	if most := 2 * s.writer.busyPages * 4096; info.Size() > most {
		t.Errorf("the log has %d KB, more than %d", info.Size()>>10, most>>10)
	}
}

// TestManyCallers writes and reads from many goroutines.
func TestManyCallers(t *testing.T) {
	s := openNew(t)
	ctx := context.Background()
	var all sync.WaitGroup
	for i := range 8 {
		key := keyNamed(string(rune('a' + i)))
		c := direct(key)
		all.Go(func() {
			a := newAuthor(key, c.ID)
			mustPut(t, s, Write{Conversation: &c})
			for j := range 50 {
				mustPut(t, s, Write{Entries: []wire.SignedEntry{a.text(epoch, "word")}})
				if err := s.SetDraft(ctx, c.ID, "draft"); err != nil {
					t.Error(err)
				}
				if got := len(history(t, s, c.ID, Page{})); got != j+1 {
					t.Errorf("%d messages, want %d", got, j+1)
				}
				if j%10 == 0 {
					if _, err := s.Search(ctx, "word", 10); err != nil {
						t.Error(err)
					}
					if err := s.MarkSeen(ctx, c.ID); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	all.Wait()
	lines, err := s.Conversations(ctx)
	if err != nil || len(lines) != 8 {
		t.Fatalf("%d conversations, %v", len(lines), err)
	}
	for _, l := range lines {
		if l.Unread != 9 || l.Draft != "draft" {
			t.Errorf("unread %d, draft %q", l.Unread, l.Draft)
		}
	}
}

// TestContextEnds checks that a caller need not wait for a busy writer.
func TestContextEnds(t *testing.T) {
	s := openNew(t)
	hold, held := make(chan struct{}), make(chan struct{})
	c := direct(ann)
	s.Enqueue(Write{Conversation: &c, Visible: func([]chat.MessageID) { close(held); <-hold }})
	<-held
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := s.SetSetting(ctx, "k", "v"); !errors.Is(err, context.Canceled) {
		t.Errorf("SetSetting: %v", err)
	}
	if _, err := s.History(ctx, c.ID, Page{}); !errors.Is(err, context.Canceled) {
		t.Errorf("History: %v", err)
	}
	if _, err := s.Search(ctx, "word", 1); !errors.Is(err, context.Canceled) {
		t.Errorf("Search: %v", err)
	}
	close(hold)
	mustPut(t, s, Write{})
	if settings, err := s.Settings(context.Background()); settings["k"] != "v" || err != nil {
		t.Errorf("settings %v, %v", settings, err) // it was under way
	}
}

// TestToldUnknownLog checks that receipts for logs that are not held do no harm.
func TestToldUnknownLog(t *testing.T) {
	s := openNew(t)
	c := direct(ann)
	mine := newAuthor(me, c.ID)
	mustPut(t, s, Write{Conversation: &c, Entries: []wire.SignedEntry{mine.text(epoch, "x")}})
	lost := mine.log
	lost.Incarnation++
	var nobody identity.DeviceID
	mustPut(t, s, Write{Told: []Told{
		{Log: lost, Peer: ann.ID(), Highest: 5},
		{Log: wire.LogID{}, Peer: nobody, Highest: 5},
		{Log: mine.log, Peer: ann.ID(), Highest: 1<<64 - 1},
	}})
	held, err := s.Held(context.Background())
	if err != nil || len(held.Told) != 1 || held.Told[0].Highest != 1<<63-1 {
		t.Errorf("told %v, %v", held.Told, err)
	}
}
