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
	err    error // why it was not sent
}

// outbox holds events until they are confirmed: first queue, then sent.
type outbox struct {
	mu     sync.Mutex
	queue  []*pending
	closed bool
	wake   chan struct{} // holds one when queue has something or closed is set
	sent   chan *pending // in order; closed by send
}

func (o *outbox) init() {
	o.wake = make(chan struct{}, 1)
	o.sent = make(chan *pending, maxUnderWay)
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

// Append puts an event at the end of the stream and returns at once. done is told
// the event's place, or why it was refused, in the order of the calls; it must
// not call Close.
func (j *Journal) Append(ev core.Event, done func(seq uint64, err error)) {
	p := &pending{key: ev.Key(), until: time.Now().Add(AppendTimeout), done: done}
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

// send hands the events to NATS, one after the other.
func (j *Journal) send() {
	defer close(j.out.sent)
	for {
		batch := j.out.take()
		if len(batch) == 0 {
			return
		}
		for _, p := range batch {
			if p.err == nil {
				p.err = j.disk.check(len(p.msg.Data))
			}
			if p.err == nil {
				p.future, p.err = j.js.PublishMsgAsync(p.msg, jetstream.WithMsgID(p.key), jetstream.WithRetryAttempts(0))
			}
			j.out.sent <- p
		}
	}
}

// confirm waits for the confirmations, in the order of the events.
func (j *Journal) confirm() {
	for p := range j.out.sent {
		seq, err := j.await(p)
		p.done(seq, err)
	}
}

func (j *Journal) await(p *pending) (uint64, error) {
	if p.future == nil && !retryable(p.err) {
		return 0, p.err
	}
	err := p.err
	if p.future != nil {
		select {
		case ack := <-p.future.Ok():
			return ack.Sequence, nil
		case err = <-p.future.Err():
		}
	}
	// Unclear: the event may be stored without our knowing. Its key makes it safe
	// to send it again.
	for retryable(err) {
		ctx, cancel := context.WithDeadline(context.Background(), p.until)
		var ack *jetstream.PubAck
		ack, again := j.js.PublishMsg(ctx, p.msg, jetstream.WithMsgID(p.key))
		over := ctx.Err() != nil
		cancel()
		if again == nil {
			return ack.Sequence, nil
		}
		if over {
			break
		}
		err = again
		time.Sleep(min(100*time.Millisecond, max(0, time.Until(p.until))))
	}
	return 0, fmt.Errorf("event %s not stored: %w", p.key, err)
}

// retryable says whether err leaves open if the event was stored, or may go away
// within a moment. What the stream itself answers is its last word.
func retryable(err error) bool {
	var api *jetstream.APIError
	return err != nil && !errors.As(err, &api) && !errors.Is(err, ErrFull) && !errors.Is(err, nats.ErrConnectionClosed)
}
