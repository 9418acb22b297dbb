package journal

import (
	"context"
	"errors"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/parlance-chat/parlance/netcore/roomserver/core"
)

// Stored is an event and its place in the stream.
type Stored struct {
	Sequence uint64
	Event    core.Event
}

// Read gives each event from a place on (the first is 1) to next, in order, and
// waits for more, until ctx ends or next says no. caughtUp is called once, when
// what was there at the start has been given. An event that cannot be decoded is
// left out, and logged.
func (j *Journal) Read(ctx context.Context, from uint64, caughtUp func(), next func(Stored) bool) error {
	consumer, err := j.stream.OrderedConsumer(ctx, jetstream.OrderedConsumerConfig{
		DeliverPolicy: jetstream.DeliverByStartSequencePolicy,
		OptStartSeq:   max(1, from),
	})
	if err != nil {
		return err
	}
	info, err := consumer.Info(ctx)
	if err != nil {
		return err
	}
	behind := info.NumPending > 0
	messages, err := consumer.Messages()
	if err != nil {
		return err
	}
	defer context.AfterFunc(ctx, messages.Stop)()
	defer messages.Stop()
	if !behind {
		caughtUp()
	}
	for {
		msg, err := messages.Next()
		if errors.Is(err, jetstream.ErrMsgIteratorClosed) {
			return ctx.Err()
		}
		if err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			j.log.Warn("reading the journal is interrupted", "error", err)
			continue
		}
		meta, err := msg.Metadata()
		if err != nil {
			return err
		}
		ev, err := decode(msg.Data())
		if err != nil {
			j.log.Error("an event cannot be read", "sequence", meta.Sequence.Stream, "error", err)
		} else if !next(Stored{meta.Sequence.Stream, ev}) {
			return nil
		}
		if behind && meta.NumPending == 0 {
			behind = false
			caughtUp()
		}
	}
}
