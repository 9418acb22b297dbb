package controltest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
)

// Send implements control.Node.
func (n *Node) Send(_ context.Context, id chat.ConversationID, text string) (chat.Message, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if err := n.fail["Send"]; err != nil {
		return chat.Message{}, err
	}
	return n.send(id, text, nil)
}

// Reply implements control.Node.
func (n *Node) Reply(_ context.Context, id chat.ConversationID, to chat.MessageID, text string) (chat.Message, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	m, err := n.message(id, to)
	if err != nil {
		return chat.Message{}, err
	}
	return n.send(id, text, &chat.Quote{ID: to, From: m.From, Text: m.Text})
}

func (n *Node) send(id chat.ConversationID, text string, answers *chat.Quote) (chat.Message, error) {
	if err := chat.CheckText(text); err != nil {
		return chat.Message{}, err
	}
	c, ok := n.conversation(id)
	switch {
	case !ok:
		return chat.Message{}, fmt.Errorf("%w conversation %s", chat.ErrUnknown, id)
	case c.Closed != "":
		return chat.Message{}, fmt.Errorf("%w: %s", chat.ErrRefused, c.Closed)
	}
	if p := n.peer(c.Peer); p != nil && p.Trust == chat.Blocked {
		return chat.Message{}, fmt.Errorf("%w: %s is blocked", chat.ErrRefused, p.Name)
	}
	n.add(id, n.own(), text)
	stored := &n.messages[id][len(n.messages[id])-1]
	stored.Answers = answers
	stored.Tally.Recipients = max(0, c.Members-1)
	m := *stored
	n.emit(chat.MessagesAdded{Messages: []chat.Message{m}})
	if c.Kind == chat.Room && n.refusal != "" {
		stored.Refusal = n.refusal
		n.move(id, identity.DeviceID{}, chat.Refused, []chat.MessageID{m.ID})
		n.emit(chat.MessagesChanged{Messages: []chat.Message{*stored}})
		n.emit(chat.Notice{Conversation: id, Text: "Not accepted: " + n.refusal})
	}
	if c.Kind == chat.Plain {
		n.move(id, identity.DeviceID{}, chat.Sent, []chat.MessageID{m.ID})
	}
	for _, p := range n.peers {
		if n.deliver && p.State == chat.Online && n.takesPart(id, p.ID) {
			n.move(id, p.ID, chat.Sent, []chat.MessageID{m.ID})
			n.move(id, p.ID, chat.Delivered, []chat.MessageID{m.ID})
		}
	}
	return m, nil
}

// takesPart says whether a peer is in a conversation.
func (n *Node) takesPart(id chat.ConversationID, peer identity.DeviceID) bool {
	g := n.groups[id]
	return id == chat.LobbyID || id == chat.DirectID(n.self.ID, peer) || g != nil && g.has(peer)
}

// Edit implements control.Node.
func (n *Node) Edit(_ context.Context, id chat.ConversationID, message chat.MessageID, text string) error {
	if err := chat.CheckText(text); err != nil {
		return err
	}
	return n.change(id, message, true, func(m *chat.Message) { n.edit(m, text) })
}

// EditOf is Edit by the author, whoever that is.
func (n *Node) EditOf(id chat.ConversationID, message chat.MessageID, text string) {
	_ = n.change(id, message, false, func(m *chat.Message) { n.edit(m, text) }) // the test has it
}

func (n *Node) edit(m *chat.Message, text string) {
	n.earlier[m.ID] = append(n.earlier[m.ID], chat.Revision{Text: m.Text, Sent: m.Sent})
	m.Text, m.Edited = text, m.Sent.Add(time.Minute)
}

// Retract implements control.Node.
func (n *Node) Retract(_ context.Context, id chat.ConversationID, message chat.MessageID) error {
	return n.change(id, message, true, retract)
}

// RetractOf is Retract by the author, whoever that is.
func (n *Node) RetractOf(id chat.ConversationID, message chat.MessageID) {
	_ = n.change(id, message, false, retract) // the test has it
}

func retract(m *chat.Message) { m.Text, m.Retracted, m.Reactions, m.Answers = "", true, nil, nil }

// React implements control.Node.
func (n *Node) React(_ context.Context, id chat.ConversationID, message chat.MessageID, text string) error {
	if len(text) > chat.MaxReaction {
		return fmt.Errorf("%w: a reaction has at most %d bytes", chat.ErrText, chat.MaxReaction)
	}
	return n.change(id, message, false, func(m *chat.Message) { n.react(m, n.own(), text) })
}

// ReactOf is React by p.
func (n *Node) ReactOf(p chat.Peer, id chat.ConversationID, message chat.MessageID, text string) {
	_ = n.change(id, message, false, func(m *chat.Message) { // the test has it
		n.react(m, chat.Author{Device: p.ID, Name: p.Name}, text)
	})
}

func (n *Node) react(m *chat.Message, from chat.Author, text string) {
	m.Reactions = slices.DeleteFunc(slices.Clone(m.Reactions), func(r chat.Reaction) bool { return r.From.Device == from.Device })
	if text != "" {
		m.Reactions = append(m.Reactions, chat.Reaction{From: from, Own: from.Device == n.self.ID, Text: text})
	}
}

// Change alters a message as the test says, and tells of it.
func (n *Node) Change(id chat.ConversationID, message chat.MessageID, do func(*chat.Message)) {
	_ = n.change(id, message, false, do) // the test has it
}

func (n *Node) change(id chat.ConversationID, message chat.MessageID, own bool, do func(*chat.Message)) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	m, err := n.message(id, message)
	if err != nil {
		return err
	}
	if own && !m.Own {
		return fmt.Errorf("%w: the message is %s's", chat.ErrRefused, m.From.Name)
	}
	do(m)
	n.emit(chat.MessagesChanged{Messages: []chat.Message{*m}})
	return nil
}

// Message implements control.Node.
func (n *Node) Message(_ context.Context, id chat.ConversationID, message chat.MessageID) (chat.Message, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if err := n.fail["Message"]; err != nil {
		return chat.Message{}, err
	}
	m, err := n.message(id, message)
	if err != nil {
		return chat.Message{}, err
	}
	return *m, nil
}

func (n *Node) message(id chat.ConversationID, message chat.MessageID) (*chat.Message, error) {
	for i := range n.messages[id] {
		if n.messages[id][i].ID == message {
			return &n.messages[id][i], nil
		}
	}
	return nil, fmt.Errorf("%w message %s", chat.ErrUnknown, message)
}

// Receipts implements control.Node: everyone online has as much as the message
// has at the least.
func (n *Node) Receipts(_ context.Context, id chat.ConversationID, message chat.MessageID) ([]chat.Receipt, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	m, err := n.message(id, message)
	if err != nil {
		return nil, err
	}
	if !m.Own {
		return nil, fmt.Errorf("%w: receipts are for own messages", chat.ErrRefused)
	}
	var out []chat.Receipt
	for _, p := range n.peers {
		if !n.takesPart(id, p.ID) {
			continue
		}
		state := m.State
		if p.State == chat.Online && n.deliver && state == chat.Queued {
			state = chat.Delivered
		}
		out = append(out, chat.Receipt{Peer: chat.Author{Device: p.ID, Name: p.Name}, State: state})
	}
	return out, nil
}

// Revisions implements control.Node.
func (n *Node) Revisions(_ context.Context, id chat.ConversationID, message chat.MessageID) ([]chat.Revision, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	m, err := n.message(id, message)
	if err != nil {
		return nil, err
	}
	at := m.Sent
	if !m.Edited.IsZero() {
		at = m.Edited
	}
	return append(slices.Clone(n.earlier[message]), chat.Revision{Text: m.Text, Sent: at}), nil
}

// SetTyping implements control.Node.
func (n *Node) SetTyping(id chat.ConversationID, active bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.typing[id] = active
}

// IsTyping returns what SetTyping said last.
func (n *Node) IsTyping(id chat.ConversationID) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.typing[id]
}

// epoch is when the first message of every node was written; each next one
// came a minute later.
var epoch = time.Date(2026, 1, 2, 3, 4, 0, 0, time.UTC)

func (n *Node) own() chat.Author { return chat.Author{Device: n.self.ID, Name: n.self.Name} }

func (n *Node) peer(id identity.DeviceID) *chat.Peer {
	for i := range n.peers {
		if n.peers[i].ID == id {
			return &n.peers[i]
		}
	}
	return nil
}

// kind returns a conversation's kind; a stranger's message is a direct one.
func (n *Node) kind(id chat.ConversationID) chat.Kind {
	if c, ok := n.conversation(id); ok {
		return c.Kind
	}
	return chat.Direct
}

// add adds a message to a conversation; who is called "@Name" in it is
// mentioned.
func (n *Node) add(id chat.ConversationID, from chat.Author, text string) chat.Message {
	n.seq++
	at := epoch.Add(time.Duration(n.seq) * time.Minute)
	m := chat.Message{
		ID:           uuid.Must(uuid.NewV7()),
		Conversation: id,
		Kind:         n.kind(id),
		From:         from,
		Own:          from.Device == n.self.ID,
		Text:         text,
		Sent:         at,
		Received:     at,
	}
	for i := range 8 {
		m.Position[i] = byte(n.seq >> (56 - 8*i))
	}
	if m.Own {
		m.State = chat.Queued
	}
	if m.Kind == chat.Group || m.Kind == chat.Lobby {
		n.mention(&m)
	}
	n.messages[id] = append(n.messages[id], m)
	return m
}

func (n *Node) mention(m *chat.Message) {
	if strings.Contains(m.Text, "@"+n.self.Name) {
		m.Mentions = append(m.Mentions, n.own())
		m.Mentioned = !m.Own
	}
	for _, p := range n.peers {
		if strings.Contains(m.Text, "@"+p.Name) {
			m.Mentions = append(m.Mentions, chat.Author{Device: p.ID, Name: p.Name})
		}
	}
}

// move says that messages came further towards a peer. A message in a group has
// the state once the last recipient has it.
func (n *Node) move(id chat.ConversationID, peer identity.DeviceID, state chat.State, ids []chat.MessageID) {
	for i := range n.messages[id] {
		m := &n.messages[id][i]
		if !slices.Contains(ids, m.ID) {
			continue
		}
		if m.Kind != chat.Group && m.Kind != chat.Lobby {
			m.State = state
			continue
		}
		count := map[chat.State]*int{chat.Sent: &m.Tally.Sent, chat.Delivered: &m.Tally.Delivered, chat.Read: &m.Tally.Read}[state]
		*count++
		if *count == m.Tally.Recipients {
			m.State = state
		}
	}
	n.emit(chat.StateChanged{Conversation: id, Messages: ids, Peer: peer, State: state})
}
