package lan

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/feed"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/lan/peering"
	"github.com/parlance-chat/parlance/netcore/store"
	"github.com/parlance-chat/parlance/netcore/wire"
)

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
			n.feed.OpenDirect(id)
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
	return n.Reply(ctx, id, chat.MessageID{}, text)
}

// Reply is Send with the message that is answered, zero for none.
func (n *Network) Reply(ctx context.Context, id chat.ConversationID, to chat.MessageID, text string) (chat.Message, error) {
	if err := chat.CheckText(text); err != nil {
		return chat.Message{}, err
	}
	return n.append(ctx, id, func(now time.Time) (feed.Commit, error) {
		if err := n.mayWrite(id); err != nil {
			return feed.Commit{}, err
		}
		return n.feed.Append(now, id, feed.Draft{
			Kind: wire.KindText, About: to, Mentions: n.mentions(id, text), Body: wire.TextBody(text),
		})
	})
}

// Edit gives an own message another text.
func (n *Network) Edit(ctx context.Context, id chat.ConversationID, message chat.MessageID, text string) error {
	if err := chat.CheckText(text); err != nil {
		return err
	}
	return n.amend(ctx, id, feed.Draft{Kind: wire.KindEdit, About: message, Body: wire.TextBody(text)})
}

// Retract takes an own message back.
func (n *Network) Retract(ctx context.Context, id chat.ConversationID, message chat.MessageID) error {
	return n.amend(ctx, id, feed.Draft{Kind: wire.KindRetraction, About: message, Body: wire.NullBody})
}

// React says what the user thinks of a message, in place of what was said
// before; an empty text takes that back.
func (n *Network) React(ctx context.Context, id chat.ConversationID, message chat.MessageID, text string) error {
	if len(text) > chat.MaxReaction || chat.CleanText(text) != text {
		return fmt.Errorf("%w as a reaction: it has %d bytes, the most is %d, or characters that nobody can see", chat.ErrText, len(text), chat.MaxReaction)
	}
	return n.amend(ctx, id, feed.Draft{Kind: wire.KindReaction, About: message, Body: wire.TextBody(text)})
}

func (n *Network) amend(ctx context.Context, id chat.ConversationID, d feed.Draft) error {
	_, err := n.append(ctx, id, func(now time.Time) (feed.Commit, error) {
		if err := n.mayWrite(id); err != nil {
			return feed.Commit{}, err
		}
		if d.Kind == wire.KindEdit {
			text, _ := wire.Entry{Kind: d.Kind, Body: d.Body}.Text() // it was just encoded
			d.Mentions = n.mentions(id, text)
		}
		return n.feed.Append(now, id, d)
	})
	return err
}

// mayWrite says why the user must not write in a conversation, and accepts the
// stranger that is written to.
func (n *Network) mayWrite(id chat.ConversationID) error {
	if peer, ok := n.direct[id]; ok {
		return n.acceptRecipient(peer)
	}
	if id == chat.LobbyID && !n.inLobby {
		return fmt.Errorf("%w: you left the lobby; join it again to write there", chat.ErrRefused)
	}
	return nil // the feed knows who is a member
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

// append has the loop make an own entry of a conversation and waits until it is
// on disk. It returns the message that the entry is, if it is one.
func (n *Network) append(ctx context.Context, id chat.ConversationID, write func(now time.Time) (feed.Commit, error)) (chat.Message, error) {
	type result struct {
		message chat.Message
		err     error
	}
	done := make(chan result, 1)
	var attempt func()
	attempt = func() {
		now := time.Now()
		commit, err := write(now)
		if errors.Is(err, chat.ErrRefused) && n.storing[id] > 0 {
			// Messages are shown a moment before they are safe and count. What lets
			// this device write may be among them.
			n.later[id] = append(n.later[id], attempt)
			return
		}
		if err != nil {
			done <- result{err: err}
			return
		}
		n.commitOwn(now, commit, func(messages []chat.Message, err error) {
			r := result{err: err}
			if len(messages) > 0 {
				r.message = messages[0]
			}
			done <- r
		})
	}
	n.inbox.put(attempt)
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

// commitOwn stores own entries, shows them, and passes them on. done is called
// by the store's writer.
func (n *Network) commitOwn(now time.Time, commit feed.Commit, done func([]chat.Message, error)) {
	messages := n.project(commit.Run, now)
	w := store.Write{Entries: commit.Run, Received: now, Incarnation: commit.Incarnation}
	if commit.DropFrom > 0 {
		w.Drop = &store.Drop{Log: commit.Drop, From: commit.DropFrom}
		messages = nil // they are shown already
	}
	var conversation chat.ConversationID
	var log wire.LogID
	if len(commit.Run) > 0 {
		log = commit.Run[0].Log
		conversation = log.Conversation
		for _, e := range commit.Run {
			id := e.ID
			if e.Kind != wire.KindText && !e.Kind.IsMembership() {
				id = chat.MessageID{}
			}
			n.deliveries.Wrote(log, e.Sequence, id)
		}
		if opened, ok := n.opened[conversation]; ok {
			w.Conversation = n.keepOpened(opened)
		}
	}
	w.Visible = func(changed []chat.MessageID) {
		if len(messages) > 0 {
			n.cfg.Emit(chat.MessagesAdded{Messages: messages}) // before any state of it
		}
		if changed = append(changed, answering(commit.Run)...); len(changed) > 0 {
			n.cfg.Changed(conversation, changed)
		}
	}
	w.Done = func(err error) {
		if err != nil {
			if len(commit.Run) > 0 {
				n.inbox.put(func() {
					n.passOn()
					n.replicate(n.feed.Step(time.Now(), feed.Failed{Log: log}), nil)
				})
			}
			done(nil, fmt.Errorf("it could not be stored and was not sent: %w", err))
			return
		}
		if len(commit.Run) > 0 {
			n.inbox.put(func() {
				delete(n.opened, conversation)
				if n.feed.Group(conversation) != nil {
					n.tend(time.Now(), peering.GroupWritten{})
				}
				n.stored(commit.Run)
				if slices.ContainsFunc(commit.Run, func(e wire.SignedEntry) bool { return e.Kind.IsMembership() }) {
					n.passOn() // before what is asked for next, which it may let one do
				}
			})
		}
		done(messages, nil)
	}
	n.cfg.Store.Enqueue(w)
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
