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

// perGet is how many messages are asked for at a time.
const perGet = 1000

// Find answers a question about a conversation with its events, oldest first.
// Events behind upTo are left out: the asker has not applied them yet.
func (j *Journal) Find(ctx context.Context, q core.History, upTo uint64) ([]core.Event, error) {
	ix := j.indexes.get(q.Subject)
	ix.mu.Lock()
	defer ix.mu.Unlock()
	for {
		if err := j.extend(ctx, ix, upTo); err != nil {
			return nil, err
		}
		places, err := ix.find(q, upTo)
		if err != nil || len(places) == 0 {
			return nil, err
		}
		events, err := j.load(ctx, q.Subject, places)
		if err != nil || len(events) == len(places) {
			return events, err
		}
		// A replica lags, or some were removed meanwhile; then the index is made anew.
		if err := pause(ctx, lagTime); err != nil {
			return nil, err
		}
	}
}

// load reads the events at places, those that are found.
func (j *Journal) load(ctx context.Context, subject string, places []place) ([]core.Event, error) {
	last := places[len(places)-1].seq
	var events []core.Event
	for from, i := places[0].seq, 0; from <= last; {
		got, err := j.get(ctx, subject, from, min(perGet, len(places)), last)
		if err != nil {
			return nil, err
		}
		if len(got) == 0 {
			break
		}
		for _, m := range got {
			from = m.seq + 1
			for i < len(places) && places[i].seq < m.seq {
				i++
			}
			if i == len(places) || places[i].seq != m.seq {
				continue
			}
			ev, err := decode(m.msg.Data)
			if err != nil {
				return nil, err
			}
			ev.Time = time.UnixMilli(places[i].at).UTC()
			events = append(events, ev)
		}
	}
	return events, nil
}

// extend brings an index up to what is stored, which is at least what stands at
// the sequence known. Any replica answers with messages, also one that lags; so
// the leader says how many there are. A new leader may lag for a moment, too.
func (j *Journal) extend(ctx context.Context, ix *index, known uint64) error {
	defer func() { j.indexes.count(ix, len(ix.places)) }()
	if ix.stream == nil {
		s, err := j.js.Stream(ctx, stream)
		if err != nil {
			return err
		}
		ix.stream = s
	}
	for {
		info, err := ix.stream.Info(ctx, jetstream.WithSubjectFilter(prefix+ix.subject))
		if err != nil {
			return err
		}
		ix.forgetBefore(info.State.FirstSeq)
		if err := j.extendTo(ctx, ix, info.State.LastSeq); err != nil {
			return err
		}
		switch there := int(info.State.Subjects[prefix+ix.subject]); {
		case info.State.LastSeq < known || info.State.LastSeq+1 < ix.next:
			if err := pause(ctx, lagTime); err != nil {
				return err
			}
		case len(ix.places) == there:
			ix.next = max(ix.next, info.State.LastSeq+1)
			return nil
		case len(ix.places) > there: // some were removed by others
			ix.places, ix.next = nil, 1
		default:
			if err := pause(ctx, lagTime); err != nil {
				return err
			}
		}
	}
}

// extendTo adds to an index what a replica has up to a sequence.
func (j *Journal) extendTo(ctx context.Context, ix *index, last uint64) error {
	for ix.next <= last {
		got, err := j.get(ctx, ix.subject, ix.next, perGet, last)
		if err != nil || len(got) == 0 {
			return err
		}
		for _, m := range got {
			at, err := strconv.ParseInt(m.msg.Header.Get(headerTime), 10, 64)
			if err != nil {
				return fmt.Errorf("time of stored event %d: %w", m.seq, err)
			}
			ix.add(m.seq, time.UnixMilli(at), m.msg.Header.Get(headerID))
		}
	}
	return nil
}

type found struct {
	seq uint64
	msg *nats.Msg
}

// get reads messages of a subject, "" for all, from a sequence on, at most count
// and none behind upTo, in one round trip (NATS ADR-31, batched direct get).
func (j *Journal) get(ctx context.Context, subject string, from uint64, count int, upTo uint64) ([]found, error) {
	filter := ""
	if subject != "" {
		filter = prefix + subject
	}
	request, err := json.Marshal(struct {
		Seq     uint64 `json:"seq"`
		NextFor string `json:"next_by_subj,omitempty"`
		Batch   int    `json:"batch"`
		Bytes   int    `json:"max_bytes"`
	}{from, filter, count, 16 << 20})
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
			return nil, fmt.Errorf("messages of %s: %w", subject, err)
		}
		switch status := msg.Header.Get("Status"); status {
		case "":
		case "204", "404": // the end, or nothing there
			return got, nil
		default:
			return nil, fmt.Errorf("messages of %s: status %s %s", subject, status, msg.Header.Get("Description"))
		}
		seq, err := sequence(msg)
		if err != nil {
			return nil, err
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
	if err := j.extend(ctx, ix, 0); err != nil {
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
