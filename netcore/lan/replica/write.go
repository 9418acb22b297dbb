package replica

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/feed"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/lan/loop"
	"github.com/parlance-chat/parlance/netcore/lan/peering"
	"github.com/parlance-chat/parlance/netcore/store"
	"github.com/parlance-chat/parlance/netcore/wire"
)

// Open makes the direct conversation with a peer.
func (c Conversations) Open(ctx context.Context, id identity.DeviceID) (chat.ConversationID, error) {
	conversation := chat.DirectID(c.r.self, id)
	var known bool
	var open store.Conversation
	err := c.r.loop.Call(ctx, func() {
		if _, known = c.r.network.Trust(id); known {
			c.r.network.Keep(id)
			open = c.r.conversationWith(id)
			c.r.feed.OpenDirect(id)
			c.r.direct[conversation] = id
		}
	})
	if err != nil {
		return conversation, err
	}
	if !known {
		return conversation, fmt.Errorf("%w device %s", chat.ErrUnknown, id.Short())
	}
	return conversation, c.r.cfg.Store.AddConversation(ctx, open)
}

func (r *Replica) conversationWith(peer identity.DeviceID) store.Conversation {
	return store.Conversation{
		ID: chat.DirectID(r.self, peer), Kind: chat.Direct, Title: r.directory.NameOf(peer),
		Peer: peer, Members: []identity.DeviceID{r.self, peer},
	}
}

// Send writes text into the own log of a conversation; the message is on disk
// when it returns. Writing to a stranger accepts it.
func (c Conversations) Send(ctx context.Context, id chat.ConversationID, text string) (chat.Message, error) {
	return c.Reply(ctx, id, chat.MessageID{}, text)
}

// Reply is Send with the message that is answered, zero for none.
func (c Conversations) Reply(ctx context.Context, id chat.ConversationID, to chat.MessageID, text string) (chat.Message, error) {
	if err := chat.CheckText(text); err != nil {
		return chat.Message{}, err
	}
	return c.r.append(ctx, id, func(now time.Time) (feed.Commit, error) {
		if err := c.r.mayWrite(id); err != nil {
			return feed.Commit{}, err
		}
		return c.r.feed.Append(now, id, feed.Draft{
			Kind: wire.KindText, About: to, Mentions: c.r.mentions(id, text), Body: wire.TextBody(text),
		})
	})
}

// Edit gives an own message another text.
func (c Conversations) Edit(ctx context.Context, id chat.ConversationID, message chat.MessageID, text string) error {
	if err := chat.CheckText(text); err != nil {
		return err
	}
	return c.r.amend(ctx, id, feed.Draft{Kind: wire.KindEdit, About: message, Body: wire.TextBody(text)})
}

// Retract takes an own message back.
func (c Conversations) Retract(ctx context.Context, id chat.ConversationID, message chat.MessageID) error {
	return c.r.amend(ctx, id, feed.Draft{Kind: wire.KindRetraction, About: message, Body: wire.NullBody})
}

// React says what the user thinks of a message, in place of what was said
// before; an empty text takes that back.
func (c Conversations) React(ctx context.Context, id chat.ConversationID, message chat.MessageID, text string) error {
	blank := text != "" && strings.TrimSpace(text) == ""
	if len(text) > chat.MaxReaction || chat.CleanText(text) != text || blank {
		return fmt.Errorf("%w as a reaction: it has %d bytes, the most is %d, or characters that nobody can see", chat.ErrText, len(text), chat.MaxReaction)
	}
	return c.r.amend(ctx, id, feed.Draft{Kind: wire.KindReaction, About: message, Body: wire.TextBody(text)})
}

func (r *Replica) amend(ctx context.Context, id chat.ConversationID, d feed.Draft) error {
	_, err := r.append(ctx, id, func(now time.Time) (feed.Commit, error) {
		if err := r.mayWrite(id); err != nil {
			return feed.Commit{}, err
		}
		if d.Kind == wire.KindEdit {
			text, _ := wire.Entry{Kind: d.Kind, Body: d.Body}.Text() // it was just encoded
			d.Mentions = r.mentions(id, text)
		}
		return r.feed.Append(now, id, d)
	})
	return err
}

// mayWrite says why the user must not write in a conversation, and accepts the
// stranger that is written to.
func (r *Replica) mayWrite(id chat.ConversationID) error {
	if peer, ok := r.direct[id]; ok {
		return r.acceptRecipient(peer)
	}
	if id == chat.LobbyID && !r.inLobby {
		return fmt.Errorf("%w: you left the lobby; join it again to write there", chat.ErrRefused)
	}
	return nil // the feed knows who is a member
}

// acceptRecipient makes a stranger that is written to an accepted peer, and
// refuses those who must not be written to.
func (r *Replica) acceptRecipient(id identity.DeviceID) error {
	switch trust, known := r.network.Trust(id); {
	case !known:
		return fmt.Errorf("%w device %s", chat.ErrUnknown, id.Short())
	case trust == chat.Blocked:
		return fmt.Errorf("%w: %s is blocked; accept them first", chat.ErrRefused, r.directory.NameOf(id))
	case trust == chat.Changed:
		return fmt.Errorf("%w: %s bears the name of somebody you know and has another key; compare device IDs, then accept them", chat.ErrRefused, r.directory.NameOf(id))
	case trust == chat.New:
		r.network.Accept(id)
	}
	return nil
}

// append has the loop make an own entry of a conversation and waits until it is
// on disk. It returns the message that the entry is, if it is one.
func (r *Replica) append(ctx context.Context, id chat.ConversationID, write func(now time.Time) (feed.Commit, error)) (chat.Message, error) {
	type result struct {
		message chat.Message
		err     error
	}
	done := make(chan result, 1)
	var attempt func()
	attempt = func() {
		now := time.Now()
		commit, err := write(now)
		if errors.Is(err, chat.ErrRefused) && r.storing[id] > 0 {
			// Messages are shown a moment before they are safe and count. What lets
			// this device write may be among them.
			r.later[id] = append(r.later[id], attempt)
			return
		}
		if err != nil {
			done <- result{err: err}
			return
		}
		r.commitOwn(now, commit, func(messages []chat.Message, err error) {
			res := result{err: err}
			if len(messages) > 0 {
				res.message = messages[0]
			}
			done <- res
		})
	}
	r.loop.Put(attempt)
	select {
	case res := <-done:
		return res.message, res.err
	case <-r.loop.Ended():
		// What the loop had begun is stored or refused all the same.
		select {
		case res := <-done:
			return res.message, res.err
		case <-time.After(time.Second):
			return chat.Message{}, loop.ErrEnded
		}
	}
}

// commitOwn stores own entries, shows them, and passes them on. done is called
// by the store's writer.
func (r *Replica) commitOwn(now time.Time, commit feed.Commit, done func([]chat.Message, error)) {
	messages := r.project(commit.Run, now)
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
			switch {
			case e.Kind == wire.KindEdit, e.Kind == wire.KindRetraction:
				r.deliveries.Amended(log, e.Sequence, e.About)
			case e.Kind == wire.KindText, e.Kind.IsMembership():
				r.deliveries.Wrote(log, e.Sequence, e.ID)
			default:
				r.deliveries.Wrote(log, e.Sequence, chat.MessageID{})
			}
		}
		if opened, ok := r.opened[conversation]; ok {
			w.Conversation = r.keepOpened(opened)
		}
	}
	w.Visible = func(changed []chat.MessageID) { r.show(conversation, commit.Run, messages, changed) }
	w.Done = func(err error) {
		if err != nil {
			if len(commit.Run) > 0 {
				r.loop.Put(func() {
					r.PassOn()
					r.replicate(r.feed.Step(time.Now(), feed.Failed{Log: log}), nil)
				})
			}
			done(nil, fmt.Errorf("it could not be stored and was not sent: %w", err))
			return
		}
		if len(commit.Run) > 0 {
			r.loop.Put(func() {
				delete(r.opened, conversation)
				if r.feed.Group(conversation) != nil {
					r.network.Tend(time.Now(), peering.GroupWritten{})
				}
				r.stored(commit.Run)
				if slices.ContainsFunc(commit.Run, func(e wire.SignedEntry) bool { return e.Kind.IsMembership() }) {
					r.PassOn() // before what is asked for next, which it may let one do
				}
			})
		}
		done(messages, nil)
	}
	r.cfg.Store.Enqueue(w)
}
