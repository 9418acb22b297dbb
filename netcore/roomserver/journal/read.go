package journal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/parlance-chat/parlance/netcore/roomserver/core"
)

// Bounds of what waits between NATS and the reader. What is beyond them is read
// from the stream instead.
const (
	maxUnread      = 100_000
	maxUnreadBytes = 32 << 20
)

const (
	// askTime is how often a cluster is asked whether there is more than it said:
	// the server that would have said it may be gone.
	askTime = time.Second
	// answerTime is how long it may take to answer.
	answerTime = 2 * time.Second
	// lagTime is how long a replica is left alone that has not yet all there is.
	lagTime = 20 * time.Millisecond
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
//
// What is stored is read with direct gets, and what comes is what the stream
// publishes again: neither needs a consumer, which in a cluster lives on one
// server and takes long to replace.
func (j *Journal) Read(ctx context.Context, from uint64, caughtUp func(), next func(Stored) bool) error {
	sub, err := j.conn.SubscribeSync(published + ">")
	if err != nil {
		return err
	}
	defer sub.Unsubscribe()
	if err := sub.SetPendingLimits(maxUnread, maxUnreadBytes); err != nil {
		return err
	}
	r := reader{j: j, at: max(1, from), next: next}
	if err := r.upToNow(ctx); err != nil || r.over {
		return err
	}
	caughtUp()
	for !r.over {
		msg, err := r.wait(ctx, sub)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err == nil:
			err = r.published(ctx, msg)
		case errors.Is(err, context.DeadlineExceeded), errors.Is(err, nats.ErrSlowConsumer):
			err = r.upToNow(ctx)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// reader is somewhere in the stream.
type reader struct {
	j    *Journal
	at   uint64 // the sequence that comes next
	next func(Stored) bool
	over bool // next said no
}

// wait waits for what the stream publishes, in a cluster no longer than askTime.
func (r *reader) wait(ctx context.Context, sub *nats.Subscription) (*nats.Msg, error) {
	if r.j.Shared() {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, askTime)
		defer cancel()
	}
	return sub.NextMsgWithContext(ctx)
}

// published takes an event that was stored now, and first what was missed before
// it.
func (r *reader) published(ctx context.Context, msg *nats.Msg) error {
	seq, err := sequence(msg)
	if err != nil || seq < r.at {
		return err
	}
	if err := r.onDisk(ctx, seq); err != nil {
		return err
	}
	if err := r.stored(ctx, seq-1); err != nil || r.over {
		return err
	}
	r.give(found{seq, msg})
	return nil
}

// upToNow reads all that is stored.
func (r *reader) upToNow(ctx context.Context) error {
	try, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	info, err := r.j.stream.Info(try)
	if err != nil {
		return err
	}
	if err := r.onDisk(ctx, info.State.LastSeq); err != nil {
		return err
	}
	return r.stored(ctx, info.State.LastSeq)
}

// onDisk waits until what stands at a sequence is on disk. A cluster says nothing
// that it does not keep.
func (r *reader) onDisk(ctx context.Context, seq uint64) error {
	if r.j.Shared() {
		return nil
	}
	for moved := r.j.onDisk.before(seq); moved != nil; moved = r.j.onDisk.before(seq) {
		select {
		case <-moved:
		case <-ctx.Done():
			return ctx.Err()
		case <-r.j.ctx.Done():
			return ErrClosed
		}
	}
	return nil
}

// stored reads what is stored up to a sequence.
func (r *reader) stored(ctx context.Context, last uint64) error {
	for r.at <= last && !r.over {
		try, cancel := context.WithTimeout(ctx, AppendTimeout)
		got, err := r.j.get(try, "", r.at, perGet, last)
		if err == nil && len(got) == 0 {
			err = r.nothing(try, last)
		}
		cancel()
		if err != nil {
			return err
		}
		for _, m := range got {
			if r.give(m); r.over {
				break
			}
		}
	}
	return nil
}

// nothing is called when a replica has nothing from here to last. Either all of
// it was removed, then it is passed over; or the replica lags.
func (r *reader) nothing(ctx context.Context, last uint64) error {
	there, err := r.j.leaderHas(ctx, r.at)
	switch {
	case err != nil:
		return err
	case there == 0 || there > last:
		r.at = last + 1
		return nil
	}
	return pause(ctx, lagTime)
}

func (r *reader) give(m found) {
	r.at = m.seq + 1
	ev, err := decode(m.msg.Data)
	if err != nil {
		r.j.log.Error("an event cannot be read", "sequence", m.seq, "error", err)
		return
	}
	r.over = !r.next(Stored{m.seq, ev})
}

// leaderHas returns the first sequence from one on that has a message, 0 if none
// has. Unlike a direct get, which any replica answers, this asks who knows.
func (j *Journal) leaderHas(ctx context.Context, from uint64) (uint64, error) {
	msg, err := j.conn.RequestWithContext(ctx, "$JS.API.STREAM.MSG.GET."+stream, fmt.Appendf(nil, `{"seq":%d,"next_by_subj":">"}`, from))
	if err != nil {
		return 0, err
	}
	var answer struct {
		Error   *jetstream.APIError `json:"error"`
		Message struct {
			Seq uint64 `json:"seq"`
		} `json:"message"`
	}
	if err := json.Unmarshal(msg.Data, &answer); err != nil {
		return 0, err
	}
	if answer.Error != nil && answer.Error.ErrorCode == jetstream.JSErrCodeMessageNotFound {
		return 0, nil
	}
	if answer.Error != nil {
		return 0, answer.Error
	}
	return answer.Message.Seq, nil
}

// sequence is where a message stands in the stream.
func sequence(msg *nats.Msg) (uint64, error) {
	seq, err := strconv.ParseUint(msg.Header.Get(jetstream.SequenceHeader), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("sequence of a message of the stream: %w", err)
	}
	return seq, nil
}

// pause waits, unless ctx ends before.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
