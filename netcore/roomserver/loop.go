package roomserver

import (
	"context"
	"errors"
	"hash/fnv"
	"sync/atomic"
	"time"

	"github.com/parlance-chat/parlance/netcore/roomserver/core"
	"github.com/parlance-chat/parlance/netcore/roomserver/journal"
)

const (
	// batch is how many inputs are worked off before what came of them is
	// written, so that a client gets many lines with one write.
	batch = 256
	// perWrite is how long the loop rests for each connection it wrote to, up to
	// maxRest: several times what a write costs, so that a crowd's messages come
	// with fewer writes. A single message after a quiet moment does not wait.
	perWrite = 10 * time.Microsecond
	maxRest  = 10 * time.Millisecond
	// A snapshot is kept after so many events, or so long after the first.
	snapshotEvents = 10_000
	snapshotTime   = 5 * time.Minute
	// historyTime is how long a question about history may take.
	historyTime = 10 * time.Second
	// maxHashing bounds the passwords that wait; more are refused.
	maxHashing = 256
)

// item is what the loop is given: an input, with its place in the stream if it
// has one, or something to do.
type item struct {
	in       core.Input
	sequence uint64
	do       func()
}

// loop owns the state. Fields without a remark belong to its goroutine.
type loop struct {
	items    chan item     // to it
	over     chan struct{} // closed when it takes nothing more
	done     chan struct{} // closed when it ended
	caughtUp chan struct{} // closed when all that was stored is applied

	state   *core.State
	applied uint64 // sequence of the last event
	saved   uint64 // that of the last snapshot
	savedAt time.Time
	saving  bool
	conns   map[core.ClientID]*conn
	dirty   []*conn
	writers writers
	rested  time.Time    // not flushed again before
	later   []core.Input // of guests, after the outputs under way
	tick    time.Time    // when it is due; zero for never
	hashing atomic.Int64
}

func (l *loop) init() {
	l.items = make(chan item, 4096)
	l.over, l.done, l.caughtUp = make(chan struct{}), make(chan struct{}), make(chan struct{})
	l.conns = map[core.ClientID]*conn{}
}

// post gives the loop an item and says whether it was taken.
func (l *loop) post(it item) bool {
	select {
	case <-l.over:
		return false
	case l.items <- it:
		return true
	}
}

// call has f done by the loop and waits for it.
func (l *loop) call(f func()) {
	done := make(chan struct{})
	if !l.post(item{do: func() { defer close(done); f() }}) {
		return
	}
	select {
	case <-done:
	case <-l.done:
	}
}

func (l *loop) origins() (all []core.Origin) {
	l.call(func() { all = l.state.Origins() })
	return all
}

func (l *loop) catchUp() {
	select {
	case <-l.caughtUp:
	default:
		close(l.caughtUp)
	}
}

func (l *loop) close() { close(l.over) }

// flush has written what was sent, unless much was just written or still is: with a
// write for each of a thousand members the server would do nothing else, and
// messages that follow meanwhile share one.
func (l *loop) flush() {
	now := time.Now()
	if len(l.dirty) == 0 || now.Before(l.rested) || l.writers.busy() {
		return
	}
	count := len(l.dirty)
	l.writers.flush(l.dirty)
	l.rested = now.Add(min(time.Duration(count)*perWrite, maxRest))
	l.dirty = make([]*conn, 0, count)
}

// run is the loop.
func (s *Server) run() {
	l := &s.loop
	defer close(l.done)
	l.writers.start()
	defer l.writers.stop()
	l.savedAt = time.Now()
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		switch {
		case len(l.dirty) > 0 && !l.writers.busy():
			timer.Reset(time.Until(l.rested))
		case !l.tick.IsZero():
			timer.Reset(time.Until(l.tick))
		}
		select {
		case it := <-l.items:
			s.take(it)
		case now := <-timer.C:
			if !l.tick.IsZero() && !now.Before(l.tick) {
				l.tick = time.Time{}
				s.step(core.Tick{})
			}
		case <-l.writers.free:
		case <-l.over:
			return
		}
	more:
		for range batch {
			select {
			case it := <-l.items:
				s.take(it)
			default:
				break more
			}
		}
		l.flush()
		// The tick that is awaited is not put off by what happens meanwhile.
		if next := l.state.Next(); !next.IsZero() && (l.tick.IsZero() || next.Before(l.tick)) {
			l.tick = next
		}
		if events := l.applied - l.saved; events >= snapshotEvents || events > 0 && time.Since(l.savedAt) > snapshotTime {
			s.save(func() {})
		}
	}
}

func (s *Server) take(it item) {
	if it.do != nil {
		it.do()
	}
	if it.in != nil {
		if it.sequence > 0 {
			s.loop.applied = it.sequence
			s.metrics.applied.Add(1)
		}
		s.step(it.in)
	}
	for len(s.loop.later) > 0 {
		in := s.loop.later[0]
		s.loop.later = s.loop.later[1:]
		s.step(in)
	}
}

func (s *Server) step(in core.Input) {
	if gone, ok := in.(core.Disconnected); ok {
		delete(s.loop.conns, gone.Client)
	}
	for _, out := range s.loop.state.Step(time.Now(), in) {
		s.carryOut(out)
	}
}

func (s *Server) carryOut(out core.Output) {
	l := &s.loop
	switch out := out.(type) {
	case core.Send:
		for _, id := range out.Clients {
			if c := l.conns[id]; c != nil {
				c.send(out.Line)
			}
		}
	case core.Close:
		if c := l.conns[out.Client]; c != nil {
			c.end(out.Reason, "")
		}
	case core.Pause:
		if c := l.conns[out.Client]; c != nil {
			c.pause(out.On)
		}
	case core.Append:
		s.append(out)
	case core.Find:
		s.find(out, l.applied)
	case core.Erase:
		s.historyWorker(out.Subject).do(func() {
			ctx, cancel := context.WithTimeout(context.Background(), historyTime)
			defer cancel()
			if err := s.journal.Erase(ctx, out.Subject, out.ID); err != nil {
				s.log.Error("a message cannot be erased", "id", out.ID, "error", err)
			}
		})
	case core.Hash:
		s.password(func() core.Input {
			keys, err := scram(out.Password)
			if err != nil {
				return core.Hashed{Query: out.Query, Err: err}
			}
			return core.Hashed{Query: out.Query, Hash: HashPassword(out.Password), Scram: keys}
		}, core.Hashed{Query: out.Query, Err: errBusy})
	case core.Verify:
		s.password(func() core.Input {
			ok, err := CheckPassword(out.Password, out.Hash)
			if err != nil {
				s.log.Error("a password cannot be checked", "error", err)
			}
			return core.Verified{Query: out.Query, OK: ok}
		}, core.Verified{Query: out.Query})
	case core.Ousted:
		s.stop(ErrOusted)
	case core.Reload:
		go s.Reload()
	}
}

func (s *Server) append(out core.Append) {
	s.metrics.appends.Add(1)
	at := time.Now()
	s.journal.Append(out.Event, func(_ uint64, err error) {
		s.metrics.appendTime.Add(int64(time.Since(at)))
		if err != nil {
			s.metrics.refused.Add(1)
			s.log.Warn("an event was refused", "error", err)
			if s.journal.Stuck() {
				s.stop(ErrStuck)
			}
			s.loop.post(item{in: core.Refused{Token: out.Token, Err: err, Unclear: errors.Is(err, journal.ErrUnclear)}})
		}
	})
}

func (s *Server) find(out core.Find, upTo uint64) {
	s.metrics.finds.Add(1)
	s.historyWorker(out.History.Subject).do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), historyTime)
		defer cancel()
		events, err := s.journal.Find(ctx, out.History, upTo)
		s.loop.post(item{in: core.Found{Query: out.Query, Events: events, Err: err}})
	})
}

// historyWorker returns the one for a conversation, whose questions and erasures
// stay in order.
func (s *Server) historyWorker(subject string) *worker {
	h := fnv.New32a()
	h.Write([]byte(subject))
	return &s.history[h.Sum32()%uint32(len(s.history))]
}

// password works on a password, which takes its time by design.
func (s *Server) password(work func() core.Input, busy core.Input) {
	n := s.loop.hashing.Add(1)
	if n > maxHashing {
		s.loop.hashing.Add(-1)
		s.loop.later = append(s.loop.later, busy)
		return
	}
	s.hashing[n%int64(len(s.hashing))].do(func() {
		defer s.loop.hashing.Add(-1)
		s.loop.post(item{in: work()})
	})
}

// save keeps a snapshot; then is called when it is stored, or could not be.
func (s *Server) save(then func()) {
	l := &s.loop
	if l.saving || l.applied == l.saved {
		then()
		return
	}
	l.saving, l.savedAt = true, time.Now()
	sequence, snapshot := l.applied, l.state.Snapshot()
	s.history[0].do(func() {
		defer then()
		ctx, cancel := context.WithTimeout(context.Background(), historyTime)
		defer cancel()
		err := s.journal.Save(ctx, sequence, snapshot)
		if err != nil {
			s.log.Warn("no snapshot could be kept", "error", err)
		}
		s.loop.post(item{do: func() {
			l.saving = false
			if err == nil {
				l.saved = max(l.saved, sequence)
			}
		}})
	})
}
