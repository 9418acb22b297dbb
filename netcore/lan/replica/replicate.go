package lan

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
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
func (n *Network) stored(run []wire.SignedEntry) {
	id := run[0].Log
	if held := n.fresh[id]; len(held) > 0 && held[len(held)-1].Sequence+1 != run[0].Sequence {
		n.passOn()
	}
	n.fresh[id] = append(n.fresh[id], run...)
}

// passOn tells the feed what came to be on disk.
func (n *Network) passOn() {
	for id, run := range n.fresh {
		delete(n.fresh, id)
		n.replicate(n.feed.Step(time.Now(), feed.Stored{Run: run}), nil)
		if id.Author == n.self {
			n.tend(time.Now(), peering.PendingChanged{})
		}
	}
}

// entriesArrived takes a run that a session's reader verified.
func (n *Network) entriesArrived(s *session, run []wire.SignedEntry, size int) {
	release := func() { s.credit.give(size) }
	peer := s.link.Peer()
	if n.sessions[peer] != s || len(run) == 0 || !n.welcome(peer, run[0].Log.Conversation) {
		release()
		return
	}
	now := time.Now()
	n.tend(now, peering.Used{Peer: peer})
	n.tellEarly(s, run)
	n.replicate(n.feed.Step(now, feed.Received{Peer: peer, Run: run}), release)
}

// rollArrived takes membership entries that a session's reader verified.
func (n *Network) rollArrived(s *session, roll []wire.SignedEntry, size int) {
	defer s.credit.give(size)
	peer := s.link.Peer()
	if n.sessions[peer] != s || len(roll) == 0 || !n.welcome(peer, roll[0].Log.Conversation) {
		return
	}
	n.replicate(n.feed.Step(time.Now(), feed.Rolled{Entries: roll}), nil)
}

// enroll stores membership entries beside the logs.
func (n *Network) enroll(e feed.Enroll) {
	n.cfg.Store.Enqueue(store.Write{Roll: e.Entries, Done: func(err error) {
		if err != nil {
			n.cfg.Log.Warn("membership entries not stored; they will come again", "error", err)
			return
		}
		n.inbox.put(func() {
			n.passOn()
			n.replicate(n.feed.Step(time.Now(), feed.Enrolled(e)), nil)
		})
	}})
}

// tellEarly tells the author of a run that it is not taken before its time, if
// that is so.
func (n *Network) tellEarly(s *session, run []wire.SignedEntry) {
	now := time.Now()
	last := run[len(run)-1]
	if last.Log.Author != s.link.Peer() || last.Time <= wire.HybridAt(now.Add(chat.MaxClockAhead)) || now.Sub(s.toldEarly) < time.Minute {
		return
	}
	s.toldEarly = now
	s.out.Put(wire.Early{Conversation: last.Log.Conversation, Now: now})
}

// earlyArrived tells the user that somebody does not take messages before their
// time.
func (n *Network) earlyArrived(s *session, f wire.Early) {
	ahead := time.Until(f.Now).Abs().Round(time.Minute)
	if n.sessions[s.link.Peer()] != s || time.Since(n.toldOfClock) < time.Hour {
		return
	}
	n.toldOfClock = time.Now()
	text := fmt.Sprintf("%s does not take your messages yet: they bear a time more than a day ahead of the clock there.", n.nameOf(s.link.Peer()))
	if ahead > chat.ClockNotice {
		text += fmt.Sprintf(" The two clocks are %v apart; set the one that is wrong.", ahead)
	}
	n.cfg.Emit(chat.Notice{Text: text + " The messages wait on your disk and go when their time has come."})
}

// frontiersArrived takes a peer's frontiers.
func (n *Network) frontiersArrived(s *session, f wire.Frontiers) {
	peer := s.link.Peer()
	if n.sessions[peer] != s {
		return
	}
	for _, frontier := range f.List {
		for _, line := range frontier.Logs {
			s.out.Skip(wire.LogID{Conversation: frontier.Conversation, Author: line.Author, Incarnation: line.Incarnation}, line.Highest)
		}
	}
	n.replicate(n.feed.Step(time.Now(), feed.Heard{Peer: peer, Frontiers: f}), nil)
}

// replicate carries out what the feed decided. release, if any, is called when
// what was received is stored or dropped.
func (n *Network) replicate(effects []feed.Effect, release func()) {
	for _, effect := range effects {
		switch e := effect.(type) {
		case feed.Opened:
			n.opened[e.Conversation] = e
			if e.Kind == chat.Direct {
				n.direct[e.Conversation] = e.Peer
			} else {
				n.showGroup(e.Conversation)
			}
		case feed.Commit:
			if e.DropFrom > 0 || e.Incarnation != 0 {
				n.commitOwn(time.Now(), e, func([]chat.Message, error) {})
				continue
			}
			n.commit(e, release)
			release = nil
		case feed.MembersChanged:
			n.membersChanged(e.Conversation)
		case feed.SendFrontiers:
			n.sendFrontiers(e)
		case feed.SendEntries:
			if s := n.sessions[e.Peer]; s != nil {
				n.tend(time.Now(), peering.Used{Peer: e.Peer})
				s.out.PutEntries(e)
			}
		case feed.Enroll:
			n.enroll(e)
		case feed.SendRoll:
			if s := n.sessions[e.Peer]; s != nil {
				s.out.PutRoll(e.Raw)
			}
		case feed.Delivered:
			n.deliveries.Delivered(delivery.To{Log: e.Log, Peer: e.Peer}, e.From, e.To)
			n.keepReceipt(store.Told{Log: e.Log, Peer: e.Peer, Highest: e.To})
		case feed.ReadBy:
			n.deliveries.Read(delivery.To{Log: e.Log, Peer: e.Peer}, e.From, e.To)
			n.keepReceipt(store.Told{Log: e.Log, Peer: e.Peer, Read: e.To})
		case feed.KeepRead:
			n.cfg.Store.Enqueue(store.Write{Read: []store.Read{{Log: e.Log, Highest: e.Highest}}, Lazy: true})
		case feed.Diverged:
			n.rereadOwn(e)
		case feed.Forked:
			n.directory.Refused(e.Entry.Log.Author, fmt.Errorf("%w: two different messages of it bear the number %d, as when a disk was copied or set back",
				feed.ErrFork, e.Entry.Sequence))
			n.cfg.Store.Enqueue(store.Write{Fork: &e.Entry, Lazy: true})
		case feed.Refused:
			n.refused(e.Peer, e.Err)
		}
	}
	if release != nil {
		release()
	}
}

// receiptsWithin is how long receipts are gathered before they are stored. If they
// are lost meanwhile, the peer's next full frontier says them again.
const receiptsWithin = 100 * time.Millisecond

// keepReceipt notes what a peer has or read, to be stored soon.
func (n *Network) keepReceipt(told store.Told) {
	if len(n.receipts) == 0 {
		n.receiptsDue = time.Now().Add(receiptsWithin)
	}
	of := delivery.To{Log: told.Log, Peer: told.Peer}
	noted := n.receipts[of]
	told.Highest, told.Read = max(told.Highest, noted.Highest), max(told.Read, noted.Read)
	n.receipts[of] = told
}

// storeReceipts stores the receipts that were gathered.
func (n *Network) storeReceipts() {
	n.receiptsDue = time.Time{}
	n.cfg.Store.Enqueue(store.Write{
		Told: slices.Collect(maps.Values(n.receipts)),
		Lazy: true,
		Done: func(err error) {
			if err != nil {
				n.cfg.Log.Warn("receipts not stored", "error", err)
			}
		},
	})
	clear(n.receipts)
}

// commit stores a run from others and shows it.
func (n *Network) commit(c feed.Commit, release func()) {
	now := time.Now()
	run := c.Run
	messages := n.project(run, now)
	w := store.Write{Entries: run, Received: now, Jump: c.Jump, Quiet: n.isHidden(run[0].Log)}
	id := run[0].Log.Conversation
	if opened, ok := n.opened[id]; ok {
		w.Conversation = n.keepOpened(opened)
	}
	w.Visible = func(changed []chat.MessageID) {
		if len(messages) > 0 {
			n.cfg.Emit(chat.MessagesAdded{Messages: messages})
		}
		if changed = append(changed, answering(run)...); len(changed) > 0 {
			n.cfg.Changed(id, changed)
		}
	}
	n.storing[id]++
	w.Done = func(err error) {
		if release != nil {
			release()
		}
		n.inbox.put(func() {
			defer n.noLongerStoring(id)
			if err == nil {
				delete(n.opened, id)
				n.stored(run)
				return
			}
			n.passOn()
			n.cfg.Log.Warn("received entries not stored; they will come again", "error", err)
			n.storeFailed(err)
			n.replicate(n.feed.Step(time.Now(), feed.Failed{Log: run[0].Log}), nil)
		})
	}
	n.cfg.Store.Enqueue(w)
}

// noLongerStoring takes note that a run of a conversation is stored or given up,
// and does what waited for that.
func (n *Network) noLongerStoring(id chat.ConversationID) {
	if n.storing[id]--; n.storing[id] > 0 {
		return
	}
	delete(n.storing, id)
	waited := n.later[id]
	delete(n.later, id)
	if len(waited) > 0 {
		n.passOn()
	}
	for _, do := range waited {
		do()
	}
}

// keepOpened returns what the store is told of a conversation that somebody
// began.
func (n *Network) keepOpened(o feed.Opened) *store.Conversation {
	p := n.peerOf(o.Peer)
	if o.Kind == chat.Direct {
		n.keep(p)
		conversation := n.conversationWith(p)
		return &conversation
	}
	stranger := o.Peer != n.self && p.trust != chat.Accepted && p.trust != chat.Verified
	return &store.Conversation{ID: o.Conversation, Kind: chat.Group, Request: stranger}
}

// isHidden says whether what a log says is kept from the user.
func (n *Network) isHidden(id wire.LogID) bool {
	if p := n.peers[id.Author]; p != nil && p.trust == chat.Blocked {
		return true
	}
	g, ok := n.directory.Group(id.Conversation)
	return ok && g.Ever && !g.Had(id.Author)
}

// rereadOwn brings the own entries that are to be written again.
func (n *Network) rereadOwn(e feed.Diverged) {
	n.cfg.Log.Warn("others hold messages of this device that its disk has lost", "conversation", e.Log.Conversation)
	ctx := n.ctx
	n.tasks.Go(func() {
		entries, err := n.readOwn(ctx, e.Log, e.From)
		if err != nil {
			n.cfg.Log.Error("own entries cannot be read", "error", err)
			return
		}
		n.inbox.put(func() {
			n.replicate(n.feed.Step(time.Now(), feed.Reread{Log: e.Log, Entries: entries}), nil)
		})
	})
}

func (n *Network) readOwn(ctx context.Context, log wire.LogID, from uint64) ([]wire.SignedEntry, error) {
	raw, _, err := n.cfg.Store.Entries(ctx, log, from, math.MaxInt)
	if err != nil || len(raw) == 0 {
		return nil, err
	}
	return feed.ParseRun(raw)
}

// storeFailed tells the user, once in a while, that what others sent cannot be
// kept.
func (n *Network) storeFailed(err error) {
	if errors.Is(err, store.ErrGap) || time.Since(n.toldOfStore) < time.Minute {
		return
	}
	n.toldOfStore = time.Now()
	n.cfg.Emit(chat.Notice{Text: fmt.Sprintf("Messages for you cannot be stored: %v. They stay with those who sent them, and come again when there is room.", err)})
}

// sendFrontiers sends frontiers.
func (n *Network) sendFrontiers(e feed.SendFrontiers) {
	s := n.sessions[e.Peer]
	if s == nil {
		return
	}
	s.out.PutFrontiers(e.Frontiers)
	if e.Frontiers.Full {
		n.tend(time.Now(), peering.ToldAll{Peer: e.Peer})
	}
}

// refused counts and logs what a peer sent that was not taken.
func (n *Network) refused(peer identity.DeviceID, err error) {
	n.directory.Refused(peer, err)
	n.cfg.Log.Warn("not taken", "peer", peer.Short(), "error", err)
}

// Reached returns how far an own entry has come towards each peer by now, but for
// those it is only queued for.
func (n *Network) Reached(log wire.LogID, sequence uint64) map[identity.DeviceID]chat.State {
	return n.deliveries.Reached(log, sequence)
}

// MarkSeen says that the user has seen all of a conversation.
func (n *Network) MarkSeen(ctx context.Context, id chat.ConversationID) error {
	return n.call(ctx, func() {
		n.replicate(n.feed.Step(time.Now(), feed.Seen{Conversation: id}), nil)
	})
}

// SetTellRead says whether others are told what the user has seen.
func (n *Network) SetTellRead(ctx context.Context, tell bool) error {
	return n.call(ctx, func() { n.feed.SetTellRead(tell) })
}

// Sign puts names of now on a message, and hides what the user does not want to
// see.
func (n *Network) Sign(m *chat.Message) { n.directory.Sign(m) }
