package journal

import (
	"slices"
	"strconv"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Bounds of a group. A small one is no gain: JetStream writes it down twice, first
// beside the stream.
const (
	minGroup      = 4
	maxGroup      = 200
	maxGroupBytes = 1 << 20
)

// Headers of JetStream's atomic batches (ADR-50): all of a batch is stored, in one
// piece and with one sync, or nothing of it.
const (
	headerBatch    = "Nats-Batch-Id" // at most 64 bytes
	headerPlace    = "Nats-Batch-Sequence"
	headerComplete = "Nats-Batch-Commit"
)

// group is events on their way together. It belongs to confirm.
type group struct {
	events []*pending
	future jetstream.PubAckFuture // nil once it has answered
	last   uint64                 // the place of the last event
	err    error
}

// groupOf returns how many events of a queue go together.
func groupOf(queue []*pending) int {
	n, size := 0, 0
	for _, p := range queue[:min(len(queue), maxGroup)] {
		if size += len(p.msg.Data); p.err != nil || size > maxGroupBytes {
			break
		}
		n++
	}
	if n < minGroup {
		return 1
	}
	return n
}

// sendGroup hands events to NATS as one; false: nothing was sent.
func (j *Journal) sendGroup(events []*pending) bool {
	if slices.ContainsFunc(events, func(p *pending) bool { return p.err != nil }) {
		return false
	}
	g := &group{events: events}
	id := events[0].key
	for i, p := range events {
		m := &nats.Msg{Subject: p.msg.Subject, Data: p.msg.Data, Header: nats.Header{
			headerBatch: {id}, headerPlace: {strconv.Itoa(i + 1)}, jetstream.MsgIDHeader: {p.key},
		}}
		for name, values := range p.msg.Header {
			m.Header[name] = values
		}
		var err error
		if i < len(events)-1 {
			err = j.conn.PublishMsg(m)
		} else {
			m.Header.Set(headerComplete, "1")
			g.future, err = j.js.PublishMsgAsync(m, jetstream.WithRetryAttempts(0))
		}
		if err != nil { // what has no end is never stored
			return false
		}
	}
	for _, p := range events {
		p.group = g
	}
	return true
}

// wait returns the place of an event, or why nothing of the group was stored.
func (g *group) wait(p *pending) (uint64, error) {
	if g.future != nil {
		select {
		case ack := <-g.future.Ok():
			g.last = ack.Sequence
		case g.err = <-g.future.Err():
		}
		g.future = nil
	}
	return g.last - uint64(len(g.events)-1-slices.Index(g.events, p)), g.err
}
