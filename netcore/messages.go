package netcore

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/store"
	"github.com/parlance-chat/parlance/netcore/wire"
)

// Reply sends text as an answer to another message of the conversation.
func (n *Node) Reply(ctx context.Context, id chat.ConversationID, to chat.MessageID, text string) (chat.Message, error) {
	kind, err := n.understands(ctx, id, "answers")
	if err != nil {
		return chat.Message{}, err
	}
	if _, err := n.Message(ctx, id, to); err != nil {
		return chat.Message{}, err
	}
	var m chat.Message
	if kind != chat.Room {
		m, err = n.lan.Reply(ctx, id, to, text)
	} else if err = chat.CheckText(text); err == nil {
		m, err = n.room.Reply(ctx, id, to, text)
	}
	if err == nil {
		n.sign(&m)
	}
	return m, err
}

// Edit gives an own message another text. The error wraps chat.ErrRefused if it
// is not one's own or was taken back.
func (n *Node) Edit(ctx context.Context, id chat.ConversationID, message chat.MessageID, text string) error {
	if err := n.mayAmend(ctx, id, message); err != nil {
		return err
	}
	return n.lan.Edit(ctx, id, message, text)
}

// Retract takes an own message back, on every device that takes part; in a room,
// only one that the server refused or that was not sent yet. The error wraps
// chat.ErrRefused if it is another, or was taken back already.
func (n *Node) Retract(ctx context.Context, id chat.ConversationID, message chat.MessageID) error {
	if n.isRoom(ctx, id) {
		n.awaitRooms(ctx)
		return n.room.TakeBack(ctx, id, message)
	}
	if err := n.mayAmend(ctx, id, message); err != nil {
		return err
	}
	return n.lan.Retract(ctx, id, message)
}

func (n *Node) mayAmend(ctx context.Context, id chat.ConversationID, message chat.MessageID) error {
	if err := n.onLAN(ctx, id, "changes to what was sent"); err != nil {
		return err
	}
	m, err := n.Message(ctx, id, message)
	switch {
	case err != nil:
		return err
	case !m.Own:
		return fmt.Errorf("%w: only who wrote a message can change it", chat.ErrRefused)
	case m.From.Device != n.key.ID():
		return fmt.Errorf("%w: this device had another identity when it wrote that", chat.ErrRefused)
	case m.Retracted:
		return fmt.Errorf("%w: you took this message back", chat.ErrRefused)
	case m.Change != nil:
		return fmt.Errorf("%w: this is a change of the group, not a text", chat.ErrRefused)
	}
	return nil
}

// React says what the user thinks of a message, such as an emoji, in place of
// what was said before; an empty text takes that back.
func (n *Node) React(ctx context.Context, id chat.ConversationID, message chat.MessageID, text string) error {
	kind, err := n.understands(ctx, id, "reactions")
	if err != nil {
		return err
	}
	m, err := n.Message(ctx, id, message)
	if err != nil {
		return err
	}
	if m.Retracted || m.Change != nil {
		return fmt.Errorf("%w: there is nothing to react to", chat.ErrRefused)
	}
	if kind == chat.Room {
		return n.room.React(ctx, id, message, text)
	}
	return n.lan.React(ctx, id, message, text)
}

// understands returns the kind of a conversation, and says why it does not bear
// what neither Parlance's own devices nor servers of rooms pass on.
func (n *Node) understands(ctx context.Context, id chat.ConversationID, what string) (chat.Kind, error) {
	kind, err := n.enter(ctx, id)
	switch {
	case err != nil:
	case kind == chat.Room:
		n.awaitRooms(ctx)
	default:
		err = n.onLAN(ctx, id, what)
	}
	return kind, err
}

// onLAN says why a conversation does not bear what only Parlance's own devices
// understand.
func (n *Node) onLAN(ctx context.Context, id chat.ConversationID, what string) error {
	kind, err := n.enter(ctx, id)
	if err == nil && !n.lan.Serves(kind) {
		err = fmt.Errorf("%w: the other side does not know %s", chat.ErrRefused, what)
	}
	return err
}

// Message returns one message. The error wraps chat.ErrUnknown if the
// conversation has none with that ID.
func (n *Node) Message(ctx context.Context, id chat.ConversationID, message chat.MessageID) (chat.Message, error) {
	list, err := n.messages(ctx, id, []chat.MessageID{message})
	if err == nil && len(list) == 0 {
		err = fmt.Errorf("%w message %s", chat.ErrUnknown, message)
	}
	if err != nil {
		return chat.Message{}, err
	}
	return list[0], nil
}

// messages returns those messages that there are.
func (n *Node) messages(ctx context.Context, id chat.ConversationID, ids []chat.MessageID) ([]chat.Message, error) {
	stored, err := n.store.Messages(ctx, id, ids)
	if err != nil {
		return nil, err
	}
	list := make([]chat.Message, len(stored))
	for i, m := range stored {
		list[i] = n.shown(m)
	}
	n.react(ctx, list)
	return list, nil
}

// shown is a stored message with names of now, and as far on its way as is known
// by now: receipts reach the store a moment later.
func (n *Node) shown(m store.Message) chat.Message {
	if m.Own && m.Log != (wire.LogID{}) {
		n.advance(&m)
	}
	n.sign(&m.Message)
	return m.Message
}

func (n *Node) advance(m *store.Message) {
	far := n.lan.Reached(m.Log, m.Sequence)
	if g, ok := n.lan.Group(m.Conversation); ok {
		among := make(map[identity.DeviceID]chat.State)
		for _, member := range g.Members {
			if state, ok := far[member.ID]; ok {
				among[member.ID] = state
			}
		}
		far = among
	}
	var t chat.Tally
	for _, state := range far {
		t.Sent++
		if state != chat.Sent {
			t.Delivered++
		}
		if state == chat.Read {
			t.Read++
		}
	}
	wanted := 1 // the other side; in the lobby anybody
	if m.Kind == chat.Group {
		wanted = max(1, m.Tally.Recipients)
	}
	switch {
	case t.Read >= wanted:
		m.State = chat.Read
	case t.Delivered >= wanted && m.State != chat.Read:
		m.State = chat.Delivered
	case t.Sent >= wanted && m.State == chat.Queued:
		m.State = chat.Sent
	}
	if m.Kind != chat.Direct {
		m.Tally.Sent = max(t.Sent, m.Tally.Sent)
		m.Tally.Delivered = max(t.Delivered, m.Tally.Delivered)
		m.Tally.Read = max(t.Read, m.Tally.Read)
	}
}

// sign puts names of now on a message.
func (n *Node) sign(m *chat.Message) { n.lan.Sign(m) }

// emitSigned emits an event of a network that does not know who this device is.
func (n *Node) emitSigned(e chat.Event) {
	switch added := e.(type) {
	case chat.MessagesAdded:
		e = chat.MessagesAdded{Messages: n.signed(added.Messages)}
	case chat.MessagesChanged:
		e = chat.MessagesChanged{Messages: n.signed(added.Messages)}
	}
	n.hub.emit(e)
}

// signed returns messages with names of now; those given may be on their way to the
// disk.
func (n *Node) signed(messages []chat.Message) []chat.Message {
	list := slices.Clone(messages)
	for i := range list {
		n.sign(&list[i])
	}
	return list
}

// Receipts returns how far an own message has come towards each recipient, by
// name. The error wraps chat.ErrUnknown if it is none.
func (n *Node) Receipts(ctx context.Context, id chat.ConversationID, message chat.MessageID) ([]chat.Receipt, error) {
	list, err := n.store.Receipts(ctx, id, message)
	if err != nil {
		return nil, err
	}
	stored, err := n.store.Messages(ctx, id, []chat.MessageID{message})
	if err != nil || len(stored) == 0 {
		return list, err
	}
	far := n.lan.Reached(stored[0].Log, stored[0].Sequence)
	for i := range list {
		r := &list[i]
		if p, ok := n.lan.Peer(r.Peer.Device); ok {
			r.Peer.Name = p.Name
		}
		if state, ok := far[r.Peer.Device]; ok {
			r.State = state
		}
	}
	return list, nil
}

// Revisions returns the texts that a message had, oldest first; the last is that
// of now.
func (n *Node) Revisions(ctx context.Context, id chat.ConversationID, message chat.MessageID) ([]chat.Revision, error) {
	m, err := n.Message(ctx, id, message)
	if err != nil || m.Hidden {
		return nil, err
	}
	return n.store.Revisions(ctx, id, message)
}

// SetTyping says whether the user writes something in a conversation. It is
// called as often as keys are pressed.
func (n *Node) SetTyping(id chat.ConversationID, active bool) {
	ctx, cancel := context.WithTimeout(context.Background(), typingTime)
	defer cancel()
	if n.isRoom(ctx, id) {
		_ = n.room.SetTyping(ctx, id, active) // nobody misses it
		return
	}
	n.lan.SetTyping(id, active)
}

// typingTime is how long a busy server may hold up who types.
const typingTime = 100 * time.Millisecond
