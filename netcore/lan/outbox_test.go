package lan

import (
	"context"
	"fmt"
	"math/rand"
	"sync"
	"testing"

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
		o := newOutbox(ctx, l, testDisk{},
			func(log wire.LogID, from, to uint64) {
				mu.Lock()
				defer mu.Unlock()
				if from != handed[log]+1 {
					t.Errorf("seed %d: handed from %d after %d", seed, from, handed[log])
				}
				handed[log] = to
			},
			func(err error) { t.Error(err) })
		l.ready = o.room
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
			o.putEntries(s)
			if rnd.Intn(4) == 0 {
				o.putFrame(wire.Probe{})
			}
		}
		o.feeder.Wait()
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

// TestOutboxSkip: what the peer has meanwhile is not sent.
func TestOutboxSkip(t *testing.T) {
	for _, raw := range []bool{false, true} {
		l := &narrowLink{rnd: rand.New(rand.NewSource(1)), got: make(map[wire.LogID][]string)}
		l.ready = func() {}
		o := newOutbox(t.Context(), l, testDisk{}, func(wire.LogID, uint64, uint64) {}, func(err error) { t.Error(err) })
		o.active = true // nothing goes out before the end
		s := feed.SendEntries{Log: testLog(1), From: 1, To: 20}
		for i := s.From; raw && i <= s.To; i++ {
			s.Raw = append(s.Raw, testRaw(1, i))
		}
		o.putEntries(s)
		o.skip(testLog(2), 20)
		o.skip(testLog(1), 15)
		o.skip(testLog(1), 3)
		o.skip(testLog(1), 100)
		if len(o.ranges) != 1 || o.ranges[0].From != 16 || o.ranges[0].To != 20 {
			t.Fatalf("what waits is %+v", o.ranges)
		}
		got, _, err := nextRaw(t.Context(), testDisk{}, &o.ranges[0])
		if err != nil || len(got) != 5 || string(got[0]) != "1 e16" || o.raw != rawSize(o.ranges[0].Raw) {
			t.Errorf("sent are %q, %v, counted %d bytes", got, err, o.raw)
		}
	}
}
