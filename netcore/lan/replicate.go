package lan

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/feed"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/store"
	"github.com/parlance-chat/parlance/netcore/wire"
)

// load brings conversations, logs and receipts from the store to the feed.
func (n *Network) load(ctx context.Context) error {
	if err := n.loadPeers(ctx); err != nil {
		return err
	}
	held, err := n.cfg.Store.Held(ctx)
	if err != nil {
		return err
	}
	for _, c := range held.Conversations {
		if c.Kind == chat.Direct {
			n.feed.Open(c.ID, []identity.DeviceID{n.self, c.Peer}, c.Clock)
			n.direct[c.ID] = c.Peer
		}
	}
	for _, l := range held.Logs {
		n.feed.Load(l.ID, l.Range, l.Hash)
	}
	for _, t := range held.Told {
		n.feed.LoadDelivered(t.Log, t.Peer, t.Highest)
		n.states.load(delivery{t.Log, t.Peer}, t.Highest)
	}
	return nil
}

// Open makes the direct conversation with a peer.
func (n *Network) Open(ctx context.Context, id identity.DeviceID) (chat.ConversationID, error) {
	conversation := chat.DirectID(n.self, id)
	var known bool
	var open store.Conversation
	err := n.call(ctx, func() {
		p := n.peers[id]
		if known = p != nil; known {
			n.keep(p)
			open = n.conversationWith(p)
			n.feed.Open(conversation, open.Members, 0)
			n.direct[conversation] = id
		}
	})
	if err != nil {
		return conversation, err
	}
	if !known {
		return conversation, fmt.Errorf("%w device %s", chat.ErrUnknown, id.Short())
	}
	return conversation, n.cfg.Store.AddConversation(ctx, open)
}

func (n *Network) conversationWith(p *peer) store.Conversation {
	return store.Conversation{
		ID: chat.DirectID(n.self, p.id), Kind: chat.Direct, Title: p.name,
		Peer: p.id, Members: []identity.DeviceID{n.self, p.id},
	}
}

// Send writes text into the own log of a conversation; the message is on disk
// when it returns. Writing to a stranger accepts it.
func (n *Network) Send(ctx context.Context, id chat.ConversationID, text string) (chat.Message, error) {
	if err := chat.CheckText(text); err != nil {
		return chat.Message{}, err
	}
	type result struct {
		message chat.Message
		err     error
	}
	done := make(chan result, 1)
	n.inbox.put(func() {
		if err := n.acceptRecipient(n.direct[id]); err != nil {
			done <- result{err: err}
			return
		}
		now := time.Now()
		entry, commit, err := n.feed.Append(now, id, wire.KindText, wire.TextBody(text))
		if err != nil {
			done <- result{err: err}
			return
		}
		messages := n.project(commit.Run, now)
		n.states.wrote(entry.Log, entry.Sequence, entry.ID)
		n.cfg.Store.Enqueue(store.Write{
			Entries:  commit.Run,
			Received: now,
			Done: func(err error) {
				if err != nil {
					n.inbox.put(func() { n.replicate(n.feed.Step(time.Now(), feed.Failed{Log: entry.Log}), nil) })
					done <- result{err: fmt.Errorf("the message could not be stored and was not sent: %w", err)}
					return
				}
				n.cfg.Emit(chat.MessagesAdded{Messages: messages}) // before any state of it
				n.inbox.put(func() { n.stored(commit.Run) })
				done <- result{message: messages[0]}
			},
		})
	})
	select {
	case r := <-done:
		return r.message, r.err
	case <-n.ended:
		// What the loop had begun is stored or refused all the same.
		select {
		case r := <-done:
			return r.message, r.err
		case <-time.After(time.Second):
			return chat.Message{}, fmt.Errorf("the network is closed: %w", context.Canceled)
		}
	}
}

// acceptRecipient makes a stranger that is written to an accepted peer, and
// refuses those who must not be written to.
func (n *Network) acceptRecipient(id identity.DeviceID) error {
	p := n.peers[id]
	switch {
	case p == nil:
		return fmt.Errorf("%w device %s", chat.ErrUnknown, id.Short())
	case p.trust == chat.Blocked:
		return fmt.Errorf("%w: %s is blocked; accept them first", chat.ErrRefused, p.name)
	case p.trust == chat.Changed:
		return fmt.Errorf("%w: %s bears the name of somebody you know and has another key; compare device IDs, then accept them", chat.ErrRefused, p.name)
	case p.trust == chat.New:
		n.setTrust(p, chat.Accepted)
	}
	return nil
}

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
			n.reconsider()
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
	s.busyAt = time.Now()
	n.replicate(n.feed.Step(s.busyAt, feed.Received{Peer: peer, Run: run}), release)
}

// frontiersArrived takes a peer's frontiers.
func (n *Network) frontiersArrived(s *session, f wire.Frontiers) {
	peer := s.link.Peer()
	if n.sessions[peer] == s {
		n.replicate(n.feed.Step(time.Now(), feed.Heard{Peer: peer, Frontiers: f}), nil)
	}
}

// replicate carries out what the feed decided. release, if any, is called when
// what was received is stored or dropped.
func (n *Network) replicate(effects []feed.Effect, release func()) {
	for _, effect := range effects {
		switch e := effect.(type) {
		case feed.Opened:
			n.opened[e.Conversation] = e.Peer
			n.direct[e.Conversation] = e.Peer
		case feed.Commit:
			n.commit(e.Run, release)
			release = nil
		case feed.SendFrontiers:
			n.sendFrontiers(e)
		case feed.SendEntries:
			if s := n.sessions[e.Peer]; s != nil {
				s.busyAt = time.Now()
				s.out.putEntries(e)
			}
		case feed.Delivered:
			n.states.delivered(delivery{e.Log, e.Peer}, e.From, e.To)
			n.cfg.Store.Enqueue(store.Write{
				Told: []store.Told{{Log: e.Log, Peer: e.Peer, Highest: e.To}},
				Lazy: true, // if it is lost, the peer's next full frontier says it again
				Done: func(err error) {
					if err != nil {
						n.cfg.Log.Warn("receipt not stored", "error", err)
					}
				},
			})
		case feed.Refused:
			n.refused(e.Peer, e.Err)
		}
	}
	if release != nil {
		release()
	}
}

// commit stores a run from others and shows it.
func (n *Network) commit(run []wire.SignedEntry, release func()) {
	now := time.Now()
	messages := n.project(run, now)
	w := store.Write{Entries: run, Received: now}
	id := run[0].Log.Conversation
	if peer, ok := n.opened[id]; ok {
		conversation := n.conversationWith(n.peerOf(peer))
		n.keep(n.peerOf(peer))
		w.Conversation = &conversation
	}
	w.Visible = func([]chat.MessageID) {
		if len(messages) > 0 {
			n.cfg.Emit(chat.MessagesAdded{Messages: messages})
		}
	}
	w.Done = func(err error) {
		if release != nil {
			release()
		}
		n.inbox.put(func() {
			if err == nil {
				delete(n.opened, id)
				n.stored(run)
				return
			}
			n.cfg.Log.Warn("received entries not stored; they will come again", "error", err)
			n.storeFailed(err)
			n.replicate(n.feed.Step(time.Now(), feed.Failed{Log: run[0].Log}), nil)
		})
	}
	n.cfg.Store.Enqueue(w)
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

// sendFrontiers sends frontiers in as many frames as they need.
func (n *Network) sendFrontiers(e feed.SendFrontiers) {
	s := n.sessions[e.Peer]
	if s == nil {
		return
	}
	const perFrame = 1000 // conversations; those with many logs are rare
	list := e.Frontiers.List
	for len(list) > perFrame {
		s.out.putFrame(wire.Frontiers{List: list[:perFrame]})
		list = list[perFrame:]
	}
	s.out.putFrame(wire.Frontiers{Full: e.Frontiers.Full, List: list})
}

// project makes messages of the entries that are shown.
func (n *Network) project(run []wire.SignedEntry, received time.Time) []chat.Message {
	var messages []chat.Message
	for _, e := range run {
		text, err := e.Text()
		if err != nil {
			continue // of another kind, or not shown because it is malformed
		}
		m := chat.Message{
			ID:           e.ID,
			Conversation: e.Log.Conversation,
			Kind:         chat.Direct,
			Position:     e.Position(),
			From:         chat.Author{Device: e.Log.Author, Name: n.nameOf(e.Log.Author)},
			Own:          e.Log.Author == n.self,
			Text:         chat.CleanText(text),
			Sent:         e.Wall,
			Received:     received,
		}
		if m.Own {
			m.State = chat.Queued
		}
		messages = append(messages, m)
	}
	return messages
}

// refused counts and logs what a peer sent that was not taken.
func (n *Network) refused(peer identity.DeviceID, err error) {
	n.directory.refused(peer, err)
	n.cfg.Log.Warn("not taken", "peer", peer.Short(), "error", err)
}

// IsSent says whether a link that is up took an own entry that its recipient
// has not acknowledged.
func (n *Network) IsSent(log wire.LogID, sequence uint64, peer identity.DeviceID) bool {
	return n.states.isSent(delivery{log, peer}, sequence)
}
