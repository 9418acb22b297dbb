package outbox

import (
	"context"
	"errors"
	"fmt"
	"math/rand"
	"slices"
	"sync"
	"testing"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/feed"
	"github.com/parlance-chat/parlance/netcore/link"
	"github.com/parlance-chat/parlance/netcore/wire"
)

// narrowLink takes a frame now and then, like a link to a slow device.
type narrowLink struct {
	mu    sync.Mutex
	rnd   *rand.Rand
	ready func()
	got   map[wire.LogID][]string
}

func (l *narrowLink) Send(frames ...wire.Frame) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.rnd.Intn(3) == 0 {
		go l.ready()
		return link.ErrFull
	}
	for _, f := range frames {
		if e, ok := f.(wire.Entries); ok {
			for _, raw := range e.Raw {
				var log byte
				var text string
				fmt.Sscanf(string(raw), "%d %s", &log, &text)
				l.got[testLog(log)] = append(l.got[testLog(log)], text)
			}
		}
	}
	return nil
}

func testLog(n byte) wire.LogID { return wire.LogID{Incarnation: uint64(n)} }

func testRaw(log byte, sequence uint64) []byte { return fmt.Appendf(nil, "%d e%d", log, sequence) }

// testDisk holds entries of any log and number.
type testDisk struct{}

func (testDisk) Entries(_ context.Context, log wire.LogID, from uint64, _ int) (raw, retractions [][]byte, err error) {
	for s := from; s < from+7; s++ {
		raw = append(raw, testRaw(byte(log.Incarnation), s))
	}
	return raw, nil, nil
}

// TestOutboxOrder: whatever the link takes and the outbox keeps, each log goes
// out whole and in order, and what is reported as handed was handed.
func TestOutboxOrder(t *testing.T) {
	for seed := range int64(50) {
		rnd := rand.New(rand.NewSource(seed))
		l := &narrowLink{rnd: rand.New(rand.NewSource(seed)), got: make(map[wire.LogID][]string)}
		var mu sync.Mutex
		handed := make(map[wire.LogID]uint64)
		ctx, stop := context.WithCancel(context.Background())
		o := New(ctx, Config{Link: l, Disk: testDisk{},
			Handed: func(log wire.LogID, from, to uint64) {
				mu.Lock()
				defer mu.Unlock()
				if from != handed[log]+1 {
					t.Errorf("seed %d: handed from %d after %d", seed, from, handed[log])
				}
				handed[log] = to
			},
			Failed: func(err error) bool { t.Error(err); return false }})
		l.ready = o.Ready
		put := make(map[byte]uint64)
		for range 300 {
			log := byte(rnd.Intn(3))
			s := feed.SendEntries{Log: testLog(log), From: put[log] + 1, To: put[log] + 1 + uint64(rnd.Intn(20))}
			put[log] = s.To
			if rnd.Intn(2) == 0 {
				for i := s.From; i <= s.To; i++ {
					s.Raw = append(s.Raw, testRaw(log, i))
				}
			}
			o.PutEntries(s)
			if rnd.Intn(4) == 0 {
				o.Put(wire.Probe{})
			}
		}
		o.Wait()
		stop()
		for log, highest := range put {
			got := l.got[testLog(log)]
			if uint64(len(got)) != highest || handed[testLog(log)] != highest {
				t.Fatalf("seed %d: log %d: %d sent, %d handed, %d put", seed, log, len(got), handed[testLog(log)], highest)
			}
			for i, text := range got {
				if want := fmt.Sprintf("e%d", i+1); text != want {
					t.Fatalf("seed %d: log %d: %s stands where %s belongs", seed, log, text, want)
				}
			}
		}
	}
}

// wideLink takes everything.
type wideLink struct{ frames []wire.Frame }

func (l *wideLink) Send(frames ...wire.Frame) error {
	l.frames = append(l.frames, frames...)
	return nil
}

// TestParts: frontiers and rolls of any length go out in frames that are not too
// long, in order, and only the last frame of full frontiers says that they are.
func TestParts(t *testing.T) {
	for _, logs := range [][]int{{0}, {1, 2, 3}, {linesFrame}, {linesFrame - 1, 1}, {3, 2*linesFrame + 7, 0, 5}} {
		var want, got []uint64
		var all wire.Frontiers
		for i, n := range logs {
			f := wire.Frontier{Conversation: chat.ConversationID{byte(i)}}
			for range n {
				want = append(want, uint64(len(want)))
				f.Logs = append(f.Logs, wire.LogRange{Incarnation: want[len(want)-1]})
			}
			all.List = append(all.List, f)
		}
		all.Full = true
		var l wideLink
		New(t.Context(), Config{Link: &l}).PutFrontiers(all)
		seen := make(map[chat.ConversationID]bool)
		for i, f := range l.frames {
			part, lines := f.(wire.Frontiers), 0
			for _, c := range part.List {
				seen[c.Conversation] = true
				lines += len(c.Logs)
				for _, log := range c.Logs {
					got = append(got, log.Incarnation)
				}
			}
			if lines > linesFrame || part.Full != (i == len(l.frames)-1) {
				t.Errorf("%v logs: frame %d of %d has %d, full %v", logs, i, len(l.frames), lines, part.Full)
			}
		}
		if !slices.Equal(got, want) || len(seen) != len(logs) {
			t.Errorf("%v logs: %d of %d logs went, of %d conversations", logs, len(got), len(want), len(seen))
		}
	}
	var l wideLink
	raw := [][]byte{make([]byte, entriesFrame+1), {1}, make([]byte, entriesFrame-1), {2}}
	New(t.Context(), Config{Link: &l}).PutRoll(raw)
	if len(l.frames) != 3 {
		t.Errorf("a roll went in %d frames", len(l.frames))
	}
}

// spoiltDisk cannot read log 1, and has nothing of the others.
type spoiltDisk struct{}

func (spoiltDisk) Entries(_ context.Context, log wire.LogID, _ uint64, _ int) (raw, retractions [][]byte, err error) {
	if log == testLog(1) {
		return nil, nil, errors.New("spoilt")
	}
	return nil, nil, nil
}

// TestOutboxGoesOn: what cannot be read, or is not there any more, holds up nothing
// else.
func TestOutboxGoesOn(t *testing.T) {
	l, failed := &wideLink{}, 0
	o := New(t.Context(), Config{Link: l, Disk: spoiltDisk{}, Handed: func(wire.LogID, uint64, uint64) { t.Error("handed") },
		Failed: func(error) bool { failed++; return true }})
	o.active = true // nothing goes out before the end
	o.PutEntries(feed.SendEntries{Log: testLog(1), From: 1, To: 20})
	o.PutEntries(feed.SendEntries{Log: wire.LogID{Conversation: chat.LobbyID}, From: 1, To: 20})
	o.Put(wire.Probe{Nonce: 1})
	o.run()
	o.Put(wire.Probe{Nonce: 2})
	if failed != 1 || len(l.frames) != 2 || l.frames[0] != (wire.Probe{Nonce: 1}) {
		t.Errorf("%d failures, and %d frames went out", failed, len(l.frames))
	}
}

// TestOutboxSkip: what the peer has meanwhile is not sent.
func TestOutboxSkip(t *testing.T) {
	for _, raw := range []bool{false, true} {
		l := &narrowLink{rnd: rand.New(rand.NewSource(1)), got: make(map[wire.LogID][]string)}
		l.ready = func() {}
		o := New(t.Context(), Config{Link: l, Disk: testDisk{}, Handed: func(wire.LogID, uint64, uint64) {}, Failed: func(err error) bool { t.Error(err); return false }})
		o.active = true // nothing goes out before the end
		s := feed.SendEntries{Log: testLog(1), From: 1, To: 20}
		for i := s.From; raw && i <= s.To; i++ {
			s.Raw = append(s.Raw, testRaw(1, i))
		}
		o.PutEntries(s)
		o.Skip(testLog(2), 20)
		o.Skip(testLog(1), 15)
		o.Skip(testLog(1), 3)
		o.Skip(testLog(1), 100)
		if len(o.ranges) != 1 || o.ranges[0].From != 16 || o.ranges[0].To != 20 {
			t.Fatalf("what waits is %+v", o.ranges)
		}
		got, _, err := nextRaw(t.Context(), testDisk{}, &o.ranges[0])
		if err != nil || len(got) != 5 || string(got[0]) != "1 e16" || o.raw != Size(o.ranges[0].Raw) {
			t.Errorf("sent are %q, %v, counted %d bytes", got, err, o.raw)
		}
	}
}
