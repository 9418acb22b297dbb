package replica

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/feed"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/lan/delivery"
	"github.com/parlance-chat/parlance/netcore/lan/peering"
	"github.com/parlance-chat/parlance/netcore/store"
	"github.com/parlance-chat/parlance/netcore/wire"
)

// stored notes what is on disk now. Entries that one commit of the store put
// there go on as one run, which costs the others one signature to verify.
func (r *Replica) stored(run []wire.SignedEntry) {
	id := run[0].Log
	if held := r.fresh[id]; len(held) > 0 && held[len(held)-1].Sequence+1 != run[0].Sequence {
		r.PassOn()
	}
	r.fresh[id] = append(r.fresh[id], run...)
}

// PassOn passes on what came to be on disk. It is to be called when all is done that
// was in the queue.
func (r *Replica) PassOn() {
	for id, run := range r.fresh {
		delete(r.fresh, id)
		r.replicate(r.feed.Step(time.Now(), feed.Stored{Run: run}), nil)
		if id.Author == r.self {
			r.network.Tend(time.Now(), peering.PendingChanged{})
		}
	}
}

// Received takes a run that came over a link and was verified. release is called
// when it is stored or dropped.
func (r *Replica) Received(now time.Time, peer identity.DeviceID, run []wire.SignedEntry, release func()) {
	r.replicate(r.feed.Step(now, feed.Received{Peer: peer, Run: run}), release)
}

// Rolled takes membership entries that came over a link and were verified.
func (r *Replica) Rolled(now time.Time, roll []wire.SignedEntry) {
	r.replicate(r.feed.Step(now, feed.Rolled{Entries: roll}), nil)
}

// Heard takes a peer's frontiers.
func (r *Replica) Heard(now time.Time, peer identity.DeviceID, f wire.Frontiers) {
	if out := r.network.Outbox(peer); out != nil {
		for _, frontier := range f.List {
			for _, line := range frontier.Logs {
				out.Skip(wire.LogID{Conversation: frontier.Conversation, Author: line.Author, Incarnation: line.Incarnation}, line.Highest)
			}
		}
	}
	r.replicate(r.feed.Step(now, feed.Heard{Peer: peer, Frontiers: f}), nil)
}

// Early takes the word of a peer, whose clock is about this device's, that it does not
// take own entries before their time, and says whether that is being mended.
func (r *Replica) Early(now time.Time) bool {
	effects := r.feed.Step(now, feed.Early{})
	r.replicate(effects, nil)
	return len(effects) > 0
}

// enroll stores membership entries beside the logs.
func (r *Replica) enroll(e feed.Enroll) {
	r.cfg.Store.Enqueue(store.Write{Roll: e.Entries, Done: func(err error) {
		if err != nil {
			r.cfg.Log.Warn("membership entries not stored; they will come again", "error", err)
			return
		}
		r.loop.Put(func() {
			r.PassOn()
			r.replicate(r.feed.Step(time.Now(), feed.Enrolled(e)), nil)
		})
	}})
}

// replicate carries out what the feed decided. release, if any, is called when
// what was received is stored or dropped.
func (r *Replica) replicate(effects []feed.Effect, release func()) {
	for _, effect := range effects {
		switch e := effect.(type) {
		case feed.Opened:
			r.opened[e.Conversation] = e
			if e.Kind == chat.Direct {
				r.direct[e.Conversation] = e.Peer
			} else {
				r.showGroup(e.Conversation)
			}
		case feed.Commit:
			if e.DropFrom > 0 || e.Incarnation != 0 {
				r.commitOwn(time.Now(), e, func([]chat.Message, error) {})
				continue
			}
			r.commit(e, release)
			release = nil
		case feed.MembersChanged:
			r.membersChanged(e.Conversation)
		case feed.SendFrontiers:
			r.sendFrontiers(e)
		case feed.SendEntries:
			if out := r.network.Outbox(e.Peer); out != nil {
				r.network.Tend(time.Now(), peering.Used{Peer: e.Peer})
				out.PutEntries(e)
			}
		case feed.Enroll:
			r.enroll(e)
		case feed.SendRoll:
			if out := r.network.Outbox(e.Peer); out != nil {
				out.PutRoll(e.Raw)
			}
		case feed.Delivered:
			r.deliveries.Delivered(delivery.To{Log: e.Log, Peer: e.Peer}, e.From, e.To)
			r.keepReceipt(store.Told{Log: e.Log, Peer: e.Peer, Highest: e.To})
		case feed.ReadBy:
			r.deliveries.Read(delivery.To{Log: e.Log, Peer: e.Peer}, e.From, e.To)
			r.keepReceipt(store.Told{Log: e.Log, Peer: e.Peer, Read: e.To})
		case feed.KeepRead:
			r.cfg.Store.Enqueue(store.Write{Read: []store.Read{{Log: e.Log, Highest: e.Highest}}, Lazy: true})
		case feed.Diverged:
			r.rereadOwn(e)
		case feed.Forked:
			r.directory.Refused(e.Entry.Log.Author, fmt.Errorf("%w: two different messages of it bear the number %d, as when a disk was copied or set back",
				feed.ErrFork, e.Entry.Sequence))
			r.cfg.Store.Enqueue(store.Write{Fork: &e.Entry, Lazy: true})
		case feed.Refused:
			r.Refused(e.Peer, e.Err)
		}
	}
	if release != nil {
		release()
	}
}

// commit stores a run from others and shows it.
func (r *Replica) commit(c feed.Commit, release func()) {
	now := time.Now()
	run := c.Run
	messages := r.project(run, now)
	w := store.Write{Entries: run, Received: now, Jump: c.Jump, Quiet: r.isHidden(run[0].Log)}
	id := run[0].Log.Conversation
	if opened, ok := r.opened[id]; ok {
		w.Conversation = r.keepOpened(opened)
	}
	w.Visible = func(changed []chat.MessageID) { r.show(id, run, messages, changed) }
	r.storing[id]++
	w.Done = func(err error) {
		if release != nil {
			release()
		}
		r.loop.Put(func() {
			defer r.noLongerStoring(id)
			if err == nil {
				delete(r.opened, id)
				r.stored(run)
				return
			}
			r.PassOn()
			r.cfg.Log.Warn("received entries not stored; they will come again", "error", err)
			r.storeFailed(err)
			r.replicate(r.feed.Step(time.Now(), feed.Failed{Log: run[0].Log}), nil)
		})
	}
	r.cfg.Store.Enqueue(w)
}

// show tells of a run that can be read from the store now: of its messages, before
// any state of theirs, and of those that it changes.
func (r *Replica) show(id chat.ConversationID, run []wire.SignedEntry, messages []chat.Message, changed []chat.MessageID) {
	if len(messages) > 0 {
		r.cfg.Emit(chat.MessagesAdded{Messages: messages})
	}
	if changed = append(changed, answering(run)...); len(changed) > 0 {
		r.cfg.Changed(id, changed)
	}
}

// answering returns the IDs of messages in a run that answer others: their
// quotes are read from the store.
func answering(run []wire.SignedEntry) []chat.MessageID {
	var ids []chat.MessageID
	for _, e := range run {
		if e.Kind == wire.KindText && e.About != (chat.MessageID{}) {
			ids = append(ids, e.ID)
		}
	}
	return ids
}

// noLongerStoring takes note that a run of a conversation is stored or given up,
// and does what waited for that.
func (r *Replica) noLongerStoring(id chat.ConversationID) {
	if r.storing[id]--; r.storing[id] > 0 {
		return
	}
	delete(r.storing, id)
	waited := r.later[id]
	delete(r.later, id)
	if len(waited) > 0 {
		r.PassOn()
	}
	for _, do := range waited {
		do()
	}
}

// keepOpened returns what the store is told of a conversation that somebody
// began.
func (r *Replica) keepOpened(o feed.Opened) *store.Conversation {
	if o.Kind == chat.Direct {
		r.network.Keep(o.Peer)
		conversation := r.conversationWith(o.Peer)
		return &conversation
	}
	trust, _ := r.network.Trust(o.Peer)
	stranger := o.Peer != r.self && trust != chat.Accepted && trust != chat.Verified
	if stranger {
		r.requests[o.Conversation] = true
	}
	return &store.Conversation{ID: o.Conversation, Kind: chat.Group, Request: stranger}
}

// isHidden says whether what a log says is kept from the user.
func (r *Replica) isHidden(id wire.LogID) bool {
	if trust, _ := r.network.Trust(id.Author); trust == chat.Blocked {
		return true
	}
	g, ok := r.directory.Group(id.Conversation)
	return ok && g.Ever && !g.Had(id.Author)
}

// rereadOwn brings the own entries that are to be written again.
func (r *Replica) rereadOwn(e feed.Diverged) {
	r.cfg.Log.Warn("own messages have to be written again", "conversation", e.Log.Conversation, "from", e.From)
	r.loop.Go(func(ctx context.Context) {
		entries, err := r.readOwn(ctx, e.Log, e.From)
		if err != nil {
			r.cfg.Log.Error("own entries cannot be read", "error", err)
			return
		}
		r.loop.Put(func() {
			r.replicate(r.feed.Step(time.Now(), feed.Reread{Log: e.Log, Entries: entries}), nil)
		})
	})
}

func (r *Replica) readOwn(ctx context.Context, log wire.LogID, from uint64) ([]wire.SignedEntry, error) {
	raw, _, err := r.cfg.Store.Entries(ctx, log, from, math.MaxInt)
	if err != nil || len(raw) == 0 {
		return nil, err
	}
	return feed.ParseRun(raw)
}

// storeFailed tells the user, once in a while, that what others sent cannot be
// kept.
func (r *Replica) storeFailed(err error) {
	if errors.Is(err, store.ErrGap) || time.Since(r.toldOfStore) < time.Minute {
		return
	}
	r.toldOfStore = time.Now()
	r.cfg.Emit(chat.Notice{Text: fmt.Sprintf("Messages for you cannot be stored: %v. They stay with those who sent them, and come again when there is room.", err)})
}

// sendFrontiers sends frontiers.
func (r *Replica) sendFrontiers(e feed.SendFrontiers) {
	out := r.network.Outbox(e.Peer)
	if out == nil {
		return
	}
	out.PutFrontiers(e.Frontiers)
	if e.Frontiers.Full {
		r.network.Tend(time.Now(), peering.ToldAll{Peer: e.Peer})
	}
}

// Refused counts and logs what a peer sent that was not taken.
func (r *Replica) Refused(peer identity.DeviceID, err error) {
	r.directory.Refused(peer, err)
	r.cfg.Log.Warn("not taken", "peer", peer.Short(), "error", err)
}
