package journal

import (
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"go.uber.org/goleak"

	"github.com/parlance-chat/parlance/netcore/irc"
	"github.com/parlance-chat/parlance/netcore/roomserver/core"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func open(t testing.TB, cfg Config) *Journal {
	t.Helper()
	j, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

var origin = core.Origin{Server: "one", Start: 1}

// day is when the first message of a test is written.
var day = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// message is the nth of a room; its ID is the room and n, its time n seconds
// after day.
func message(room string, n int) core.Event {
	return core.Event{
		Origin: origin, Token: uint64(len(room)*1_000_000 + n), Session: 7, Time: day.Add(time.Duration(n) * time.Second),
		ID: fmt.Sprintf("%s%d", room, n), Message: irc.Text("", "PRIVMSG", "#"+room, fmt.Sprint("text ", n)), Talk: room,
		Source: "ann!a@here",
	}
}

// put appends events and waits for all of them.
func put(t testing.TB, j *Journal, events ...core.Event) []uint64 {
	t.Helper()
	type result struct {
		seq uint64
		err error
	}
	results := make(chan result, len(events))
	for _, ev := range events {
		j.Append(ev, func(seq uint64, err error) { results <- result{seq, err} })
	}
	var seqs []uint64
	for range events {
		r := <-results
		if r.err != nil {
			t.Fatal(r.err)
		}
		seqs = append(seqs, r.seq)
	}
	return seqs
}

func messages(room string, from, to int) []core.Event {
	var events []core.Event
	for n := from; n <= to; n++ {
		events = append(events, message(room, n))
	}
	return events
}

// last returns the sequence of what was stored last.
func last(t testing.TB, j *Journal) uint64 {
	t.Helper()
	info, err := j.stream.Info(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return info.State.LastSeq
}

// read returns all that is stored from a sequence on.
func read(t testing.TB, j *Journal, from uint64) []Stored {
	t.Helper()
	var all []Stored
	caught := make(chan struct{})
	events := make(chan Stored)
	done := make(chan struct{})
	defer close(done)
	go j.Read(t.Context(), from, func() { close(caught) }, func(s Stored) bool {
		select {
		case events <- s:
			return true
		case <-done:
			return false
		}
	})
	for {
		select {
		case s := <-events:
			all = append(all, s)
		case <-caught:
			return all
		}
	}
}

func TestOrder(t *testing.T) {
	dir := t.TempDir()
	j := open(t, Config{Dir: dir})
	sent := append(messages("a", 1, 500), messages("bb", 1, 500)...)
	sent[3].Talk = "" // of the state
	sent[3].Parts = []core.Part{{Text: "x", Concat: true}}
	sent[3].Secret = &core.Secret{Hash: "h", Scram: core.Scram{Salt: []byte{1}, Iterations: 2}}
	sent[3].Time = day.Add(5 * time.Millisecond)
	seqs := put(t, j, sent...)
	if !slices.IsSorted(seqs) || seqs[0] != 1 {
		t.Fatalf("sequences %v", seqs[:10])
	}
	check := func(j *Journal) {
		t.Helper()
		got := read(t, j, 1)
		if len(got) != len(sent) {
			t.Fatalf("%d events of %d", len(got), len(sent))
		}
		for i, s := range got {
			if s.Sequence != seqs[i] || fmt.Sprintf("%+v", s.Event) != fmt.Sprintf("%+v", deref(sent[i], s.Event)) {
				t.Fatalf("event %d at %d\n%+v\nwant at %d\n%+v", i, s.Sequence, s.Event, seqs[i], sent[i])
			}
		}
	}
	check(j)
	if got := read(t, j, 999); len(got) != 2 || got[0].Sequence != 999 {
		t.Errorf("from 999 on: %v", got)
	}
	if got := read(t, j, 1001); len(got) != 0 {
		t.Errorf("behind the end: %v", got)
	}
	// The same event twice is one.
	if again := put(t, j, sent[10]); again[0] != seqs[10] {
		t.Errorf("repeated event stands at %d, not at %d", again[0], seqs[10])
	}
	j.Close()
	j.Append(sent[0], func(_ uint64, err error) {
		if !errors.Is(err, ErrClosed) {
			t.Errorf("append after the end: %v", err)
		}
	})

	j = open(t, Config{Dir: dir})
	defer j.Close()
	check(j)
}

// TestGroups: what comes while others are stored goes together, each to its own
// place; one that is stored already keeps its place and none of the others out.
func TestGroups(t *testing.T) {
	j := open(t, Config{Dir: t.TempDir()})
	defer j.Close()
	want := func(seqs []uint64, from uint64) {
		t.Helper()
		for i, seq := range seqs {
			if seq != from+uint64(i) {
				t.Fatalf("event %d is at %d, want %d", i, seq, from+uint64(i))
			}
		}
	}
	want(put(t, j, messages("room", 1, 300)...), 1)
	grouped := 0
	for seq := uint64(1); seq <= 300; seq++ {
		m, err := j.stream.GetMsg(t.Context(), seq)
		if err != nil {
			t.Fatal(err)
		}
		if m.Header.Get(headerBatch) != "" {
			grouped++
		}
	}
	if grouped < 200 {
		t.Errorf("%d of 300 were stored in groups", grouped)
	}
	seqs := put(t, j, append(messages("other", 1, 50), append(messages("room", 100, 109), messages("other", 51, 100)...)...)...)
	want(seqs[:50], 301)
	want(seqs[50:60], 100)
	want(seqs[60:], 351)
}

// deref gives want the pointers of got, which print as addresses, if they point
// to the same.
func deref(want, got core.Event) core.Event {
	if want.Secret != nil && got.Secret != nil && fmt.Sprint(*want.Secret) == fmt.Sprint(*got.Secret) {
		want.Secret = got.Secret
	}
	return want
}

func TestReadGoesOn(t *testing.T) {
	j := open(t, Config{Dir: t.TempDir()})
	defer j.Close()
	events := make(chan Stored, 10)
	caught := make(chan struct{})
	over := make(chan error)
	go func() {
		over <- j.Read(t.Context(), 1, func() { close(caught) }, func(s Stored) bool {
			events <- s
			return s.Event.ID != "a2"
		})
	}()
	<-caught
	put(t, j, messages("a", 1, 3)...)
	if a, b := <-events, <-events; a.Event.ID != "a1" || b.Event.ID != "a2" {
		t.Errorf("got %v and %v", a, b)
	}
	if err := <-over; err != nil {
		t.Error(err)
	}
}

func TestHistory(t *testing.T) {
	j := open(t, Config{Dir: t.TempDir()})
	defer j.Close()
	// Two rooms, message by message in turn: a1 bb1 a2 bb2 …
	for n := 1; n <= 20; n++ {
		put(t, j, message("a", n), message("bb", n))
	}
	id := func(n int) core.Bound { return core.Bound{ID: fmt.Sprint("a", n)} }
	at := func(seconds float64) core.Bound {
		return core.Bound{Time: day.Add(time.Duration(seconds * float64(time.Second)))}
	}
	var none core.Bound
	tests := []struct {
		name  string
		order core.Order
		from  core.Bound
		to    core.Bound
		limit int
		want  string
	}{
		{"latest", core.Latest, none, none, 3, "18 19 20"},
		{"latest after an id", core.Latest, id(18), none, 10, "19 20"},
		{"latest after an id, bounded", core.Latest, id(3), none, 2, "19 20"},
		{"latest after a time", core.Latest, at(18.5), none, 10, "19 20"},
		{"before an id", core.Before, id(10), none, 3, "7 8 9"},
		{"before a time", core.Before, at(10), none, 3, "7 8 9"},
		{"before the first", core.Before, id(1), none, 3, ""},
		{"before all", core.Before, id(3), none, 10, "1 2"},
		{"after an id", core.After, id(10), none, 3, "11 12 13"},
		{"after a time", core.After, at(10), none, 3, "11 12 13"},
		{"after a time between", core.After, at(10.5), none, 3, "11 12 13"},
		{"after the last", core.After, id(20), none, 3, ""},
		{"around", core.Around, id(10), none, 5, "8 9 10 11 12"},
		{"around a time", core.Around, at(10), none, 3, "9 10 11"},
		{"around one", core.Around, id(10), none, 1, "10"},
		{"around the first", core.Around, id(1), none, 4, "1 2 3 4"},
		{"around the last", core.Around, id(20), none, 4, "17 18 19 20"},
		{"between", core.Between, id(3), id(7), 10, "4 5 6"},
		{"between, bounded", core.Between, id(3), id(17), 3, "4 5 6"},
		{"between, backwards", core.Between, id(17), id(3), 3, "14 15 16"},
		{"between times", core.Between, at(3), at(7), 10, "4 5 6"},
		{"between times, backwards", core.Between, at(17), at(3), 3, "14 15 16"},
		{"between an id and a time", core.Between, id(3), at(6.5), 10, "4 5 6"},
		{"between neighbours", core.Between, id(3), id(4), 10, ""},
		{"exact", core.Exact, id(5), none, 1, "5"},
	}
	ask := func(q core.History, upTo uint64) string {
		t.Helper()
		events, err := j.Find(t.Context(), q, upTo)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, ev := range events {
			if ev.Talk != "a" {
				t.Errorf("message of %s", ev.Talk)
			}
			got = append(got, strings.TrimPrefix(ev.ID, "a"))
		}
		return strings.Join(got, " ")
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := ask(core.History{Subject: "talk.a", Order: tt.order, From: tt.from, To: tt.to, Limit: tt.limit}, last(t, j))
			if got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}

	newest := core.History{Subject: "talk.a", Limit: 2}
	if got := ask(newest, 38); got != "18 19" { // bb20 is at 40, a20 at 39
		t.Errorf("up to 38: %s", got)
	}
	put(t, j, message("a", 21))
	if got := ask(newest, last(t, j)); got != "20 21" {
		t.Errorf("after one more: %s", got)
	}
	if _, err := j.Find(t.Context(), core.History{Subject: "talk.a", Order: core.Exact, From: core.Bound{ID: "bb1"}, Limit: 1}, last(t, j)); !errors.Is(err, core.ErrUnknownMessage) {
		t.Errorf("a message of another room: %v", err)
	}
	if got := ask(core.History{Subject: "talk.none", Limit: 5}, last(t, j)); got != "" {
		t.Errorf("no such room: %s", got)
	}

	for range 2 { // doing it again is no error
		if err := j.Erase(t.Context(), "talk.a", "a20"); err != nil {
			t.Fatal(err)
		}
	}
	if got := ask(newest, last(t, j)); got != "19 21" {
		t.Errorf("after the erasure: %s", got)
	}
	if got := read(t, j, 38); len(got) != 3 {
		t.Errorf("the stream still has %v", got)
	}
	if err := j.Erase(t.Context(), "talk.a", "a21"); err != nil {
		t.Fatal(err)
	}
	if got := read(t, j, 41); len(got) != 0 { // the last of all is erased: nothing to wait for
		t.Errorf("the stream still has %v", got)
	}
}

func TestErasedForGood(t *testing.T) {
	dir := t.TempDir()
	j := open(t, Config{Dir: dir})
	ev := message("a", 1)
	ev.Message.Params[1] = "a secret that must go"
	put(t, j, ev, message("a", 2))
	if !onDisk(t, dir, "a secret that must go") {
		t.Fatal("the message is not on disk in clear text; this test looks for the wrong thing")
	}
	if err := j.Erase(t.Context(), "talk.a", "a1"); err != nil {
		t.Fatal(err)
	}
	j.Close()
	if onDisk(t, dir, "a secret that must go") {
		t.Error("the erased message is still on disk")
	}
}

func onDisk(t *testing.T, dir, text string) bool {
	t.Helper()
	found := false
	err := filepath.Walk(dir, func(name string, info os.FileInfo, err error) error {
		if err != nil || info.IsDir() {
			return err
		}
		data, err := os.ReadFile(name)
		found = found || strings.Contains(string(data), text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestIndexIsDropped(t *testing.T) {
	var x indexes
	x.init()
	first := x.get("1")
	x.count(first, 10)
	for i := 2; i < maxIndexes+10; i++ {
		x.count(x.get(fmt.Sprint(i)), 1)
	}
	if got := x.get("1"); got == first {
		t.Error("the index asked for longest ago is still there")
	}
	if x.order.Len() > maxIndexes+1 {
		t.Errorf("%d indexes", x.order.Len())
	}
	big := x.get("big")
	x.count(big, maxIndexed+1)
	if x.order.Len() != 1 || x.total != maxIndexed+1 || x.get("big") != big {
		t.Errorf("%d indexes of %d messages", x.order.Len(), x.total)
	}
}

// TestHistoryAtOnce: conversations are asked at the same time; what is wrong with
// that, the race detector sees.
func TestHistoryAtOnce(t *testing.T) {
	j := open(t, Config{Dir: t.TempDir()})
	defer j.Close()
	var all sync.WaitGroup
	defer all.Wait()
	for n := range 8 {
		room := strings.Repeat("a", n+1)
		upTo := put(t, j, message(room, 1))[0]
		all.Go(func() {
			for range 20 {
				events, err := j.Find(t.Context(), core.History{Subject: "talk." + room, Limit: 10}, upTo)
				if err != nil || len(events) != 1 {
					t.Errorf("%s: %d events, %v", room, len(events), err)
				}
			}
		})
	}
}

func TestSnapshot(t *testing.T) {
	dir := t.TempDir()
	j := open(t, Config{Dir: dir})
	if seq, data, err := j.Load(t.Context()); seq != 0 || data != nil || err != nil {
		t.Errorf("at first: %d %q %v", seq, data, err)
	}
	large := strings.Repeat("0123456789", 100_000)
	for _, s := range []struct {
		seq  uint64
		data string
	}{{5, "five"}, {9, large}, {7, "too late"}} {
		if err := j.Save(t.Context(), s.seq, []byte(s.data)); err != nil {
			t.Fatal(err)
		}
	}
	j.Close()
	j = open(t, Config{Dir: dir})
	defer j.Close()
	if seq, data, err := j.Load(t.Context()); seq != 9 || string(data) != large || err != nil {
		t.Errorf("got %d, %d bytes, %v", seq, len(data), err)
	}
}

// TestLoadWaits: a NATS that others run may be gone, or elect a leader, just then.
func TestLoadWaits(t *testing.T) {
	options := server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, NoSigs: true, NoLog: true, JetStream: true, StoreDir: t.TempDir()}
	start := func() *server.Server {
		s, err := server.NewServer(&options)
		if err != nil {
			t.Fatal(err)
		}
		s.Start()
		if !s.ReadyForConnections(AppendTimeout) {
			t.Fatal("NATS does not start")
		}
		return s
	}
	end := func(s *server.Server) {
		s.Shutdown()
		s.WaitForShutdown()
	}
	s := start()
	options.Port = s.Addr().(*net.TCPAddr).Port
	waits := make(chan string, 100)
	j := open(t, Config{URL: s.ClientURL(), Log: slog.New(slog.NewTextHandler(lines(waits), nil))})
	defer j.Close()
	if err := j.Save(t.Context(), 5, []byte("five")); err != nil {
		t.Fatal(err)
	}
	end(s)
	loaded := make(chan error)
	go func() {
		seq, data, err := j.Load(t.Context())
		if err == nil && (seq != 5 || string(data) != "five") {
			err = fmt.Errorf("got %d %q", seq, data)
		}
		loaded <- err
	}()
	for waiting := false; !waiting; {
		select {
		case line := <-waits:
			waiting = strings.Contains(line, "waiting for NATS")
		case err := <-loaded:
			t.Fatalf("it did not wait: %v", err)
		}
	}
	s = start()
	defer end(s)
	if err := <-loaded; err != nil {
		t.Error(err)
	}
}

// lines is a log; each write is one.
type lines chan string

func (l lines) Write(p []byte) (int, error) {
	l <- string(p)
	return len(p), nil
}

func TestRetention(t *testing.T) {
	dir := t.TempDir()
	j := open(t, Config{Dir: dir, MaxBytes: 100_000})
	put(t, j, messages("a", 1, 1000)...)
	if got := read(t, j, 1); len(got) == 0 || len(got) >= 1000 || got[len(got)-1].Event.ID != "a1000" {
		t.Errorf("%d events kept of 1000", len(got))
	}
	first, err := j.Find(t.Context(), core.History{Subject: "talk.a", Order: core.After, From: core.Bound{Time: day}, Limit: 1}, last(t, j))
	if err != nil || len(first) != 1 || first[0].ID == "a1" {
		t.Errorf("the first is %v, %v", first, err)
	}
	j.Close()

	j = open(t, Config{Dir: dir, Retention: time.Second})
	defer j.Close()
	for len(read(t, j, 1)) > 0 {
		time.Sleep(50 * time.Millisecond)
	}
	if got, err := j.Find(t.Context(), core.History{Subject: "talk.a", Limit: 5}, last(t, j)); len(got) != 0 || err != nil {
		t.Errorf("after the retention: %v, %v", got, err)
	}
}

func TestReserve(t *testing.T) {
	j := open(t, Config{Dir: t.TempDir(), Reserve: math.MaxUint64 / 2})
	defer j.Close()
	errs := make(chan error, 2)
	for n := range 2 {
		j.Append(message("a", n), func(_ uint64, err error) { errs <- err })
	}
	for range 2 {
		if err := <-errs; !errors.Is(err, ErrFull) {
			t.Errorf("got %v", err)
		}
	}
	if got := read(t, j, 1); len(got) != 0 {
		t.Errorf("stored: %v", got)
	}
	if err := j.Save(t.Context(), 1, []byte("x")); !errors.Is(err, ErrFull) {
		t.Errorf("a snapshot on a full disk: %v", err)
	}
}

// TestStuck: a JetStream that gave up is noticed, and works again when it is
// opened again.
func TestStuck(t *testing.T) {
	cfg := Config{Dir: t.TempDir()}
	j := open(t, cfg)
	put(t, j, message("a", 1))
	if j.Stuck() {
		t.Error("stuck, and all is well")
	}
	j.server.DisableJetStream() // what it does itself after a write error
	for n := 2; !j.Stuck(); n++ {
		failed := make(chan error, 1)
		j.Append(message("a", n), func(_ uint64, err error) { failed <- err })
		if err := <-failed; err == nil {
			t.Fatal("stored by a JetStream that gave up")
		}
	}
	j.Close()
	j = open(t, cfg)
	defer j.Close()
	put(t, j, message("a", 1000))
	if got := read(t, j, 1); len(got) != 2 || j.Stuck() {
		t.Errorf("stored: %v, stuck: %v", got, j.Stuck())
	}
}

// TestLate: what waited too long behind others is not sent any more, and so it is
// known that it is not stored.
func TestLate(t *testing.T) {
	j := open(t, Config{Dir: t.TempDir()})
	defer j.Close()
	told := make(chan error, 10)
	queue := func(n int, until time.Time) *pending {
		return &pending{
			key: message("a", n).Key(), until: until, over: make(chan struct{}),
			msg:  &nats.Msg{Subject: prefix + message("a", n).Subject(), Data: []byte("x")},
			done: func(_ uint64, err error) { told <- err },
		}
	}
	j.out.mu.Lock()
	for n := range 9 {
		j.out.queue = append(j.out.queue, queue(n, time.Now().Add(-time.Millisecond)))
	}
	j.out.queue = append(j.out.queue, queue(9, time.Now().Add(AppendTimeout)))
	j.out.mu.Unlock()
	j.out.signal()
	for n := range 9 {
		if err := <-told; !errors.Is(err, errLate) || errors.Is(err, ErrUnclear) {
			t.Errorf("event %d: %v", n, err)
		}
	}
	if err := <-told; err != nil {
		t.Errorf("an event in time, behind late ones: %v", err)
	}
}

func BenchmarkOpenEmpty(b *testing.B) {
	for b.Loop() {
		open(b, Config{Dir: b.TempDir()}).Close()
	}
}

func BenchmarkAppend(b *testing.B) {
	j := open(b, Config{Dir: b.TempDir()})
	defer j.Close()
	done := make(chan error, b.N)
	for n := range b.N {
		j.Append(message("a", n), func(_ uint64, err error) { done <- err })
	}
	for range b.N {
		if err := <-done; err != nil {
			b.Fatal(err)
		}
	}
}
