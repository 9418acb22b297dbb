package journal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/parlance-chat/parlance/netcore/roomserver/core"
)

// perGet is how many messages are asked for at a time.
const perGet = 1000

// Find answers a question about a conversation with its events, oldest first.
// Events behind upTo are left out: the asker has not applied them yet.
func (j *Journal) Find(ctx context.Context, q core.History, upTo uint64) ([]core.Event, error) {
	ix := j.indexes.get(q.Subject)
	ix.mu.Lock()
	defer ix.mu.Unlock()
	if err := j.extend(ctx, ix); err != nil {
		return nil, err
	}
	places, err := ix.find(q, upTo)
	if err != nil || len(places) == 0 {
		return nil, err
	}
	wanted := make(map[uint64]bool, len(places))
	for _, p := range places {
		wanted[p.seq] = true
	}
	last := places[len(places)-1].seq
	var events []core.Event
	for from := places[0].seq; from <= last; {
		got, err := j.get(ctx, q.Subject, from, min(perGet, len(places)), last)
		if err != nil {
			return nil, err
		}
		if len(got) == 0 {
			break
		}
		for _, m := range got {
			from = m.seq + 1
			if !wanted[m.seq] {
				continue
			}
			ev, err := decode(m.msg.Data)
			if err != nil {
				return nil, err
			}
			events = append(events, ev)
		}
	}
	return events, nil
}

// extend brings an index up to what is stored.
func (j *Journal) extend(ctx context.Context, ix *index) error {
	info, err := j.stream.Info(ctx)
	if err != nil {
		return err
	}
	ix.forgetBefore(info.State.FirstSeq)
	defer func() { j.indexes.count(ix, len(ix.places)) }()
	for ix.next <= info.State.LastSeq {
		got, err := j.get(ctx, ix.subject, ix.next, perGet, info.State.LastSeq)
		if err != nil {
			return err
		}
		for _, m := range got {
			at, err := strconv.ParseInt(m.msg.Header.Get(headerTime), 10, 64)
			if err != nil {
				return fmt.Errorf("time of stored event %d: %w", m.seq, err)
			}
			ix.places = append(ix.places, place{m.seq, at, hashID(m.msg.Header.Get(headerID))})
			ix.next = m.seq + 1
		}
		if len(got) == 0 {
			// A replica that lags says less than there is; what it has not yet
			// is found the next time.
			break
		}
	}
	return nil
}

type found struct {
	seq uint64
	msg *nats.Msg
}

// get reads messages of a subject from a sequence on, at most count and none
// behind upTo, in one round trip (NATS ADR-31, batched direct get).
func (j *Journal) get(ctx context.Context, subject string, from uint64, count int, upTo uint64) ([]found, error) {
	request, err := json.Marshal(struct {
		Seq     uint64 `json:"seq"`
		NextFor string `json:"next_by_subj"`
		Batch   int    `json:"batch"`
		Bytes   int    `json:"max_bytes"`
	}{from, prefix + subject, count, 16 << 20})
	if err != nil {
		return nil, err
	}
	inbox := nats.NewInbox()
	sub, err := j.conn.SubscribeSync(inbox)
	if err != nil {
		return nil, err
	}
	defer sub.Unsubscribe()
	if err := sub.SetPendingLimits(-1, -1); err != nil {
		return nil, err
	}
	if err := j.conn.PublishRequest("$JS.API.DIRECT.GET."+stream, inbox, request); err != nil {
		return nil, err
	}
	var got []found
	for {
		msg, err := sub.NextMsgWithContext(ctx)
		if err != nil {
			return nil, fmt.Errorf("history of %s: %w", subject, err)
		}
		switch status := msg.Header.Get("Status"); status {
		case "":
		case "204", "404": // the end, or nothing there
			return got, nil
		default:
			return nil, fmt.Errorf("history of %s: status %s %s", subject, status, msg.Header.Get("Description"))
		}
		seq, err := strconv.ParseUint(msg.Header.Get(jetstream.SequenceHeader), 10, 64)
		if err != nil {
			return nil, fmt.Errorf("history of %s: sequence %w", subject, err)
		}
		if seq <= upTo {
			got = append(got, found{seq, msg})
		}
	}
}

// Erase removes a message from the stream and overwrites it. That it is not
// there is no error.
func (j *Journal) Erase(ctx context.Context, subject, id string) error {
	ix := j.indexes.get(subject)
	ix.mu.Lock()
	defer ix.mu.Unlock()
	if err := j.extend(ctx, ix); err != nil {
		return err
	}
	i, ok := ix.at(id)
	if !ok {
		return nil
	}
	err := j.stream.SecureDeleteMsg(ctx, ix.places[i].seq)
	var api *jetstream.APIError
	if err != nil && !(errors.As(err, &api) && (api.ErrorCode == jetstream.JSErrCodeMessageNotFound || api.Code == 404)) {
		return err
	}
	ix.forget(id)
	return nil
}
