package journal

import (
	"container/list"
	"hash/fnv"
	"slices"
	"sort"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/parlance-chat/parlance/netcore/roomserver/core"
)

// maxIndexed bounds the messages in all indexes together, 32 bytes each. One
// conversation may pass it; it is then the only one.
const maxIndexed = 2_000_000

// maxIndexes bounds the conversations, of which most have no message.
const maxIndexes = 4096

// place is where a message of a conversation stands.
type place struct {
	seq  uint64
	said int64  // the time stored with it, milliseconds since 1970
	at   int64  // its time, which is another if that was not later than the time before: see core.Following
	id   uint64 // hash of its ID; IDs are random, so two never meet
}

// index is a conversation's messages in order.
type index struct {
	subject string
	mu      sync.Mutex       // held while it is extended and asked
	stream  jetstream.Stream // its own, as one must not be asked twice at a time; nil before the first question
	places  []place
	next    uint64 // the first sequence not looked at
	counted int    // of places, in indexes.total; under indexes.mu
}

// indexes keeps those of the conversations asked for last.
type indexes struct {
	mu    sync.Mutex
	all   map[string]*list.Element
	order *list.List // of *index, asked for last first
	total int
}

func (x *indexes) init() {
	x.all = map[string]*list.Element{}
	x.order = list.New()
}

// get returns the index of a conversation, empty if it was not asked for lately.
func (x *indexes) get(subject string) *index {
	x.mu.Lock()
	defer x.mu.Unlock()
	if e := x.all[subject]; e != nil {
		x.order.MoveToFront(e)
		return e.Value.(*index)
	}
	ix := &index{subject: subject, next: 1}
	x.all[subject] = x.order.PushFront(ix)
	return ix
}

// count says how many places an index has now, and drops others if they are too
// many together.
func (x *indexes) count(ix *index, places int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if e := x.all[ix.subject]; e == nil || e.Value != ix {
		return // dropped meanwhile
	}
	x.total += places - ix.counted
	ix.counted = places
	for x.order.Len() > 1 && (x.total > maxIndexed || x.order.Len() > maxIndexes) {
		last := x.order.Back()
		old := x.order.Remove(last).(*index)
		delete(x.all, old.subject)
		x.total -= old.counted
	}
}

func hashID(id string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(id))
	return h.Sum64()
}

// at returns the position of a message.
func (ix *index) at(id string) (int, bool) {
	h := hashID(id)
	for i := len(ix.places) - 1; i >= 0; i-- { // mostly asked for new ones
		if ix.places[i].id == h {
			return i, true
		}
	}
	return 0, false
}

// add puts a message at the end.
func (ix *index) add(seq uint64, at time.Time, id string) {
	ix.places = append(ix.places, place{seq: seq, said: at.UnixMilli(), id: hashID(id)})
	ix.setTimes(len(ix.places) - 1)
	ix.next = seq + 1
}

// setTimes sets the times of the messages from one on, as far as they change.
func (ix *index) setTimes(from int) {
	for i := from; i < len(ix.places); i++ {
		p := &ix.places[i]
		at := p.said
		if i > 0 {
			at = core.Following(time.UnixMilli(ix.places[i-1].at), time.UnixMilli(at)).UnixMilli()
		}
		if at == p.at {
			return
		}
		p.at = at
	}
}

// before returns how many messages stand before b, and after where those behind
// it begin. Times go back where a clock was set back; then more is found rather
// than less.
func (ix *index) before(b core.Bound) (int, error) {
	if b.ID == "" {
		for i := len(ix.places); i > 0; i-- {
			if ix.places[i-1].at < b.Time.UnixMilli() {
				return i, nil
			}
		}
		return 0, nil
	}
	i, ok := ix.at(b.ID)
	if !ok {
		return 0, core.ErrUnknownMessage
	}
	return i, nil
}

func (ix *index) after(b core.Bound) (int, error) {
	if b.ID == "" {
		for i, p := range ix.places {
			if p.at > b.Time.UnixMilli() {
				return i, nil
			}
		}
		return len(ix.places), nil
	}
	i, err := ix.before(b)
	return i + 1, err
}

// find returns the part of the conversation that a question asks for, of the
// messages up to a sequence.
func (ix *index) find(q core.History, upTo uint64) ([]place, error) {
	end := sort.Search(len(ix.places), func(i int) bool { return ix.places[i].seq > upTo })
	lo, hi := 0, end
	var err error
	switch q.Order {
	case core.Latest:
		if !q.From.IsZero() {
			lo, err = ix.after(q.From)
		}
		lo = max(lo, hi-q.Limit)
	case core.Before:
		hi, err = ix.before(q.From)
		lo = hi - q.Limit
	case core.After:
		lo, err = ix.after(q.From)
		hi = lo + q.Limit
	case core.Around:
		var middle int
		middle, err = ix.before(q.From)
		lo = middle - q.Limit/2
		hi = max(0, lo) + q.Limit
		lo = min(lo, end-q.Limit)
	case core.Between:
		lo, hi, err = ix.between(q)
	case core.Exact:
		lo, err = ix.before(q.From)
		hi = lo + 1
	}
	if err != nil {
		return nil, err
	}
	hi = min(hi, end)
	lo = min(max(lo, 0), hi)
	return ix.places[lo:max(lo, hi)], nil
}

func (ix *index) between(q core.History) (lo, hi int, err error) {
	from, err := ix.before(q.From)
	if err != nil {
		return 0, 0, err
	}
	to, err := ix.before(q.To)
	if err != nil {
		return 0, 0, err
	}
	if from <= to && !later(q.From, q.To) {
		lo, err = ix.after(q.From)
		return lo, min(to, lo+q.Limit), err
	}
	lo, err = ix.after(q.To)
	return max(lo, from-q.Limit), from, err
}

// later says that both are times, the first the later.
func later(a, b core.Bound) bool {
	return a.ID == "" && b.ID == "" && a.Time.Truncate(time.Millisecond).After(b.Time)
}

// forget takes a message out. What is left is as if it had never been there, as
// in an index that is made later.
func (ix *index) forget(id string) {
	if i, ok := ix.at(id); ok {
		ix.places = slices.Delete(ix.places, i, i+1)
		ix.setTimes(i)
	}
}

// forgetBefore drops what retention took away.
func (ix *index) forgetBefore(seq uint64) {
	i := sort.Search(len(ix.places), func(i int) bool { return ix.places[i].seq >= seq })
	if i > 0 {
		ix.places = ix.places[i:]
		ix.setTimes(0)
	}
}
