package store

import (
	"context"
	"net/netip"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/wire"
)

// Write is what is stored together or not at all.
type Write struct {
	// Conversation is made or brought up to date before the rest is stored.
	Conversation *Conversation
	// Drop removes the end of an own log, before the entries are appended. They are
	// of another log.
	Drop *Drop
	// Incarnation, if not 0, is that of this device's logs from now on.
	Incarnation uint64
	// Entries are consecutive entries of one log, whose conversation is known.
	// They must follow the highest entry held; those held already are passed over.
	// What they mean for the screen becomes part of the messages; kinds that the
	// program does not know are only stored.
	Entries []wire.SignedEntry
	// Jump lets the first of Entries that is not held leave numbers out, in the
	// lobby. The log is then held from it on; what was held of it before is read as
	// ever until Expire removes it, and can no longer be passed on.
	Jump bool
	// Quiet says that what the entries say is not news: it is never unread.
	Quiet bool
	// Received is when the entries came; zero: now.
	Received time.Time
	// Message is a message of a network without logs. Its position, state and
	// author's address are kept as they are.
	Message *chat.Message
	// Told are receipts; those for logs that are not held are passed over.
	Told []Told
	// Read is what this device's user has seen of others' logs; logs that are not
	// held are passed over.
	Read []Read
	// Roll are membership entries of groups that stand in no log here; those held
	// already are passed over.
	Roll []wire.SignedEntry
	// Fork is an entry whose number another one has: evidence against its author.
	// The first of each number is kept, and no more than 100.
	Fork *wire.SignedEntry
	// Peer is saved as by SavePeer.
	Peer *Peer

	// Lazy says that what is written may be lost with the power, because it can be
	// had again: receipts, or where a peer was seen. Done then comes with Visible,
	// and the disk is not troubled until something else wants it.
	Lazy bool

	// Visible, if not nil, is called when what is written can be read and survives
	// the end of this process, however sudden. changed names the messages that are
	// held and are not, or no longer, what their own entry alone says: those that
	// Entries or Drop edited, retracted or reacted to; new ones of which that was
	// known before; and those of which another entry was held.
	Visible func(changed []chat.MessageID)
	// Done, if not nil, is called once: with nil when what is written survives a
	// loss of power as well (unless it is Lazy), after Visible; or with the reason
	// why nothing of it was kept, Visible not having been called. Should the disk
	// fail between the two, Done has an error after Visible, and so has every write
	// from then on.
	//
	// Both run in the goroutine that writes, and hold up everything behind them:
	// they should pass the news on and return, and never wait for the store.
	Done func(error)
}

// Conversation is what the store is told about a conversation. Telling it again
// changes title and address where they are given. The members of a group, where
// any are given, replace those there were, who are then former ones; those of
// other conversations are added.
type Conversation struct {
	ID      chat.ConversationID
	Kind    chat.Kind
	Title   string              // a direct conversation bears its peer's name once that is known
	Peer    identity.DeviceID   // of a direct conversation
	Address netip.AddrPort      // of a plain conversation
	Members []identity.DeviceID // who is to have every entry; with or without this device
	Former  []identity.DeviceID // who was a member of a group and is none
	Request bool                // kept apart; counts when the conversation is made, see SetRequest
}

// Told says that Peer holds Log up to Highest on its disk, and that its user has
// seen it up to Read. Neither ever goes back.
type Told struct {
	Log     wire.LogID
	Peer    identity.DeviceID
	Highest uint64
	Read    uint64
}

// Read says that this device's user has seen Log up to Highest. It never goes
// back.
type Read struct {
	Log     wire.LogID
	Highest uint64
}

// Drop removes an own log's entries from From on, with what they showed. It is
// for entries that turn out to contradict others, as after an old backup was
// restored, or to be ahead of their time: they are signed anew, with the message IDs they had, in a log of
// another incarnation.
type Drop struct {
	Log  wire.LogID
	From uint64
}

// Enqueue hands w over to be written, in the order of the calls, and returns at
// once: it never waits for the disk and never refuses. Nothing of w may be
// changed after. All that is queued while the disk is busy is written in one
// transaction.
//
// A caller that takes in writes from outside looks at Backlog after each call.
// Above HighWater it stops taking in more (reading from links, say), and goes
// on when one of its Done callbacks finds Backlog below: backlog is what has not
// been Done yet, so there will be one.
//
// After Close, Done is called by Enqueue itself, with ErrClosed.
func (s *Store) Enqueue(w Write) {
	if !s.queue.put(request{Write: w, size: w.size()}) && w.Done != nil {
		w.Done(ErrClosed)
	}
}

// Backlog returns how many bytes have been queued and not been Done.
func (s *Store) Backlog() int { return int(s.queue.backlog.Load()) }

// writeOverhead is about what a write and an entry occupy in memory besides
// their bytes.
const writeOverhead = 256

func (w *Write) size() int {
	n := writeOverhead + (len(w.Told)+len(w.Read))*writeOverhead
	for _, list := range [][]wire.SignedEntry{w.Entries, w.Roll} {
		for i := range list {
			n += writeOverhead + len(list[i].Raw)
		}
	}
	if w.Message != nil {
		n += len(w.Message.Text)
	}
	return n
}

// do has the writer call f in a transaction, in turn with the writes, and waits
// until it is Done. When ctx ends before, it may still be done.
func (s *Store) do(ctx context.Context, f func(*writer) error) error {
	return s.await(ctx, request{do: f})
}

// doLazily is do for what may be lost with the power.
func (s *Store) doLazily(ctx context.Context, f func(*writer) error) error {
	return s.await(ctx, request{Write: Write{Lazy: true}, do: f})
}

func (s *Store) await(ctx context.Context, r request) error {
	done := make(chan error, 1)
	r.Done = func(err error) { done <- err }
	r.size = writeOverhead
	if !s.queue.put(r) {
		return ErrClosed
	}
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}
