package journal

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/fxamacker/cbor/v2"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/parlance-chat/parlance/netcore/roomserver/core"
)

// maxUnderWay bounds the events sent and not confirmed yet; the others wait.
const maxUnderWay = 1024

// Headers beside the event, so that an index can be made without decoding it.
const (
	headerID   = "Parlance-Id"
	headerTime = "Parlance-Time" // milliseconds since 1970
)

// A time in whole seconds, which is what CBOR has by default, would not do.
var encoding = func() cbor.EncMode {
	mode, err := cbor.EncOptions{Time: cbor.TimeRFC3339Nano}.EncMode()
	if err != nil {
		panic(err)
	}
	return mode
}()

func encode(ev core.Event) ([]byte, error) { return encoding.Marshal(ev) }

func decode(data []byte) (core.Event, error) {
	var ev core.Event
	if err := cbor.Unmarshal(data, &ev); err != nil {
		return ev, fmt.Errorf("stored event: %w", err)
	}
	ev.Time = ev.Time.UTC()
	return ev, nil
}

// pending is an event on its way into the stream.
type pending struct {
	msg    *nats.Msg
	key    string
	until  time.Time
	done   func(seq uint64, err error)
	future jetstream.PubAckFuture
	group  *group        // that it was sent in; nil: by itself
	over   chan struct{} // closed when done was called
	err    error         // why it was not sent
	maybe  bool          // it was sent and not answered: it may be stored
}

// outbox holds events until they are confirmed: first queue, then sent.
type outbox struct {
	mu     sync.Mutex
	queue  []*pending
	closed bool
	stuck  bool          // one is sent again; the next wait for it
	freed  sync.Cond     // of mu: stuck is over
	wake   chan struct{} // holds one when queue has something or closed is set
	sent   chan *pending // in order; closed by send
}

func (o *outbox) init() {
	o.freed.L = &o.mu
	o.wake = make(chan struct{}, 1)
	o.sent = make(chan *pending, maxUnderWay)
}

// pass waits until nothing is sent again, so that events keep their order.
func (o *outbox) pass() {
	o.mu.Lock()
	defer o.mu.Unlock()
	for o.stuck {
		o.freed.Wait()
	}
}

func (o *outbox) setStuck(stuck bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.stuck = stuck
	o.freed.Signal()
}

func (o *outbox) close() {
	o.mu.Lock()
	o.closed = true
	o.mu.Unlock()
	o.signal()
}

func (o *outbox) signal() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// take waits for the events to send next; none means that the box is closed.
func (o *outbox) take() []*pending {
	for {
		o.mu.Lock()
		batch, closed := o.queue, o.closed
		o.queue = nil
		o.mu.Unlock()
		if len(batch) > 0 || closed {
			return batch
		}
		<-o.wake
	}
}

// ErrUnclear says that an event was sent and never confirmed: it may be in the
// stream, or come there yet.
var ErrUnclear = errors.New("not known whether it is stored")

// Append puts an event at the end of the stream and returns at once. done is told
// the event's place, or why it was refused (see ErrUnclear), in the order of the
// calls; it must not call Close.
func (j *Journal) Append(ev core.Event, done func(seq uint64, err error)) {
	p := &pending{key: ev.Key(), until: time.Now().Add(AppendTimeout), done: done, over: make(chan struct{})}
	data, err := encode(ev)
	if err != nil {
		p.err = err
	}
	p.msg = &nats.Msg{Subject: prefix + ev.Subject(), Data: data, Header: nats.Header{
		headerID:   {ev.ID},
		headerTime: {strconv.FormatInt(ev.Time.UnixMilli(), 10)},
	}}
	j.out.mu.Lock()
	closed := j.out.closed
	if !closed {
		j.out.queue = append(j.out.queue, p)
	}
	j.out.mu.Unlock()
	if closed {
		done(0, ErrClosed)
		return
	}
	j.out.signal()
}

// send hands the events to NATS: in a cluster one after the other, which has its
// own ways to make them durable; to the JetStream in this process in groups, for it
// syncs the disk for each, and what comes meanwhile can share the next sync.
func (j *Journal) send() {
	defer close(j.out.sent)
	for {
		batch := j.out.take()
		if len(batch) == 0 {
			return
		}
		for len(batch) > 0 {
			j.out.pass()
			refuseLate(batch, time.Now())
			n := 1
			if !j.Shared() {
				n = groupOf(batch)
			}
			for _, p := range batch[:n] {
				if p.err == nil {
					p.err = j.disk.check(len(p.msg.Data))
				}
			}
			if n == 1 || !j.sendGroup(batch[:n]) {
				for _, p := range batch[:n] {
					if p.err == nil {
						p.future, p.err = j.js.PublishMsgAsync(p.msg, jetstream.WithMsgID(p.key), jetstream.WithRetryAttempts(0))
					}
				}
			}
			for _, p := range batch[:n] {
				j.out.sent <- p
			}
			if !j.Shared() {
				<-batch[n-1].over
			}
			batch = batch[n:]
		}
	}
}

// errLate says that an event waited too long to be sent at all.
var errLate = errors.New("the journal is too slow")

// refuseLate refuses the events, the oldest first, whose time is over before they
// were sent: it is clear what became of them, and those behind them need not wait.
func refuseLate(batch []*pending, now time.Time) {
	for _, p := range batch {
		if now.Before(p.until) {
			return
		}
		if p.err == nil {
			p.err = errLate
		}
	}
}

// confirm waits for the confirmations, in the order of the events.
func (j *Journal) confirm() {
	var quiet time.Time // since when nothing was confirmed
	for p := range j.out.sent {
		seq, err := j.await(p)
		if err == nil {
			quiet = time.Time{}
			j.onDisk.reach(seq)
		} else if quiet.IsZero() && !errors.Is(err, ErrFull) {
			quiet = time.Now()
		}
		j.stuck.Store(!quiet.IsZero() && time.Since(quiet) >= AppendTimeout/2)
		p.done(seq, err)
		close(p.over)
		if len(j.out.sent) == 0 {
			j.out.setStuck(false)
		}
	}
}

func (j *Journal) await(p *pending) (uint64, error) {
	err := p.err
	if p.group != nil {
		seq, failed := p.group.wait(p)
		if failed == nil {
			j.onDisk.reach(p.group.last) // all of them at once, so that Read waits once
			return seq, nil
		}
		if api := (*jetstream.APIError)(nil); !errors.As(failed, &api) {
			p.maybe = true
		}
		// All of it was refused, maybe for one that is stored already.
		err = fmt.Errorf("group of events: %v", failed)
	}
	if p.future != nil {
		select {
		case ack := <-p.future.Ok():
			return ack.Sequence, nil
		case err = <-p.future.Err():
			p.noteFailure(err)
		}
	}
	// Its key makes it safe to send it again.
	for retryable(err) {
		j.out.setStuck(true)
		ctx, cancel := context.WithDeadline(context.Background(), p.until)
		ack, again := j.js.PublishMsg(ctx, p.msg, jetstream.WithMsgID(p.key), jetstream.WithRetryAttempts(0))
		over := ctx.Err() != nil
		cancel()
		if again == nil {
			return ack.Sequence, nil
		}
		p.noteFailure(again)
		if over {
			break
		}
		err = again
		time.Sleep(min(100*time.Millisecond, max(0, time.Until(p.until))))
	}
	if p.maybe {
		return 0, fmt.Errorf("event %s: %w: %w", p.key, ErrUnclear, err)
	}
	return 0, fmt.Errorf("event %s not stored: %w", p.key, err)
}

// Stuck says that the JetStream in this process confirms nothing though the disk
// has room. It does so after a write error, and until it is opened again.
func (j *Journal) Stuck() bool { return !j.Shared() && j.stuck.Load() && j.disk.check(0) == nil }

// noteFailure notes whether an event whose sending failed may be stored all the
// same. It is not if it did not leave, if nobody took it, or if it was refused
// for want of room.
func (p *pending) noteFailure(err error) {
	var api *jetstream.APIError
	switch {
	case errors.Is(err, nats.ErrNoResponders), errors.Is(err, jetstream.ErrNoStreamResponse),
		errors.Is(err, nats.ErrReconnectBufExceeded), errors.Is(err, nats.ErrConnectionReconnecting):
	case errors.As(err, &api) && (api.ErrorCode == noRoomOfAccount || api.ErrorCode == noRoom || api.ErrorCode == noRoomOnDisk):
	default:
		p.maybe = true
	}
}

// What JetStream answers, before it tries, when there is no room for an event.
const (
	noRoomOfAccount jetstream.ErrorCode = 10002
	noRoom          jetstream.ErrorCode = 10023
	noRoomOnDisk    jetstream.ErrorCode = 10047
)

// retryable says whether err leaves open if the event was stored, or may go away
// within a moment. What the stream itself answers is its last word.
func retryable(err error) bool {
	var api *jetstream.APIError
	return err != nil && !errors.As(err, &api) && !errors.Is(err, ErrFull) && !errors.Is(err, errLate) &&
		!errors.Is(err, nats.ErrConnectionClosed)
}
