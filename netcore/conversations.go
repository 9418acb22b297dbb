package netcore

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/store"
)

// plainScheme begins a plain UDP address where names are written.
const plainScheme = "udp://"

// defaultPage is how many messages a page holds if nothing else is said.
const defaultPage = 100

// Conversations returns all conversations, the latest first.
func (n *Node) Conversations(ctx context.Context) ([]chat.Conversation, error) {
	lines, err := n.store.Conversations(ctx)
	if err != nil {
		return nil, err
	}
	list := make([]chat.Conversation, len(lines))
	for i, line := range lines {
		list[i] = n.complete(line)
	}
	return list, nil
}

// Conversation returns one conversation.
func (n *Node) Conversation(ctx context.Context, id chat.ConversationID) (chat.Conversation, error) {
	line, err := n.store.Conversation(ctx, id)
	if err != nil {
		return chat.Conversation{}, err
	}
	return n.complete(line), nil
}

// complete adds what only the networks know: the peer's name of now, and how
// far the last message is on its way.
func (n *Node) complete(line store.Line) chat.Conversation {
	c := line.Conversation
	if p, ok := n.lan.Peer(c.Peer); ok && c.Kind == chat.Direct {
		c.Title = p.Name
	}
	if c.Last != nil {
		last := n.shown(store.Message{Message: *c.Last, Log: line.Log, Sequence: line.Sequence}, c.Peer)
		c.Last = &last
	}
	return c
}

// shown is a stored message with its author's name of now, and its state if it
// was handed to a link and waits for the receipt.
func (n *Node) shown(m store.Message, peer identity.DeviceID) chat.Message {
	if m.State == chat.Queued && m.Kind == chat.Direct && n.lan.IsSent(m.Log, m.Sequence, peer) {
		m.State = chat.Sent
	}
	n.sign(&m.Message)
	return m.Message
}

// History returns a page of a conversation, oldest first.
func (n *Node) History(ctx context.Context, id chat.ConversationID, page Page) ([]chat.Message, error) {
	if page.Limit <= 0 {
		page.Limit = defaultPage
	}
	c, err := n.store.Conversation(ctx, id)
	if err != nil {
		return nil, err
	}
	stored, err := n.store.History(ctx, id, store.Page{Before: page.Before, After: page.After, Limit: page.Limit})
	if err != nil {
		return nil, err
	}
	messages := make([]chat.Message, len(stored))
	for i, m := range stored {
		messages[i] = n.shown(m, c.Peer)
	}
	return messages, nil
}

// sign puts the author's name of now on a message.
func (n *Node) sign(m *chat.Message) {
	switch {
	case m.Own:
		self := n.Self()
		m.From.Device, m.From.Name = self.ID, self.Name
	case !m.From.Device.IsZero():
		if p, ok := n.lan.Peer(m.From.Device); ok {
			m.From.Name = p.Name
		}
	}
}

// Count returns how many messages a conversation holds.
func (n *Node) Count(ctx context.Context, id chat.ConversationID) (int, error) {
	return n.store.Count(ctx, id)
}

// Search returns the newest messages that hold all words, the newest first.
func (n *Node) Search(ctx context.Context, words string, limit int) ([]chat.Message, error) {
	if limit <= 0 {
		limit = defaultPage
	}
	found, err := n.store.Search(ctx, words, limit)
	if err != nil {
		return nil, err
	}
	messages := make([]chat.Message, len(found))
	for i, m := range found {
		n.sign(&m.Message)
		messages[i] = m.Message
	}
	return messages, nil
}

// Direct returns the conversation with a peer, and makes it if need be.
func (n *Node) Direct(ctx context.Context, peer identity.DeviceID) (chat.ConversationID, error) {
	return n.lan.Open(ctx, peer)
}

// OpenPlain returns the conversation with a plain UDP address, "host:port", and
// switches the plain UDP network on.
func (n *Node) OpenPlain(ctx context.Context, address string) (chat.ConversationID, error) {
	to, err := resolveAddress(ctx, strings.TrimPrefix(address, plainScheme), n.Plain().Port)
	if err != nil {
		return chat.ConversationID{}, err
	}
	if status := n.Plain(); !status.On {
		if err := n.SetPlain(ctx, true, status.Port); err != nil {
			return chat.ConversationID{}, err
		}
	}
	return n.plain.Open(ctx, to)
}

// Send stores text as a message and sends it on its way. The message is on
// disk when Send returns; with an error nothing was kept.
func (n *Node) Send(ctx context.Context, id chat.ConversationID, text string) (chat.Message, error) {
	if err := chat.CheckText(text); err != nil {
		return chat.Message{}, err
	}
	kind, err := n.kindOf(ctx, id)
	if err != nil {
		return chat.Message{}, err
	}
	for _, network := range n.networks {
		if network.Serves(kind) {
			m, err := network.Send(ctx, id, text)
			if err == nil {
				n.sign(&m)
			}
			return m, err
		}
	}
	return chat.Message{}, fmt.Errorf("%w: nothing here sends to conversations of kind %q", chat.ErrUnknown, kind)
}

// kindOf returns a conversation's kind, which never changes.
func (n *Node) kindOf(ctx context.Context, id chat.ConversationID) (chat.Kind, error) {
	if kind, ok := n.kinds.Load(id); ok {
		return kind.(chat.Kind), nil
	}
	c, err := n.store.Conversation(ctx, id)
	if err != nil {
		return "", err
	}
	n.kinds.Store(id, c.Kind)
	return c.Kind, nil
}

// SetDraft keeps what is typed and not sent.
func (n *Node) SetDraft(ctx context.Context, id chat.ConversationID, text string) error {
	return n.store.SetDraft(ctx, id, text)
}

// MarkSeen says that the user has seen all of a conversation.
func (n *Node) MarkSeen(ctx context.Context, id chat.ConversationID) error {
	if err := n.store.MarkSeen(ctx, id); err != nil {
		return err
	}
	c, err := n.Conversation(ctx, id)
	if err == nil {
		n.hub.emit(chat.ConversationChanged{Conversation: c})
	}
	return err
}

// Resolve finds the conversation that to stands for: a peer's name, the
// beginning of a device ID, udp://host:port, or a conversation's title or ID. A
// peer's conversation is made if need be. The error is a *ResolveError.
func (n *Node) Resolve(ctx context.Context, to string) (chat.ConversationID, error) {
	to = strings.TrimSpace(to)
	if strings.HasPrefix(to, plainScheme) {
		return n.OpenPlain(ctx, to)
	}
	var id chat.ConversationID
	if id.UnmarshalText([]byte(to)) == nil {
		if _, err := n.Conversation(ctx, id); err == nil {
			return id, nil
		}
	}
	peers := n.Peers()
	// A whole name wins over beginnings of IDs, and those over beginnings of
	// names.
	for _, matches := range []func(chat.Peer) bool{
		func(p chat.Peer) bool { return strings.EqualFold(p.Name, to) },
		func(p chat.Peer) bool { return len(to) >= minIDPrefix && p.ID.HasPrefix(to) },
		func(p chat.Peer) bool { return hasPrefixFold(p.Name, to) },
	} {
		var found []chat.Peer
		for _, p := range peers {
			if to != "" && matches(p) {
				found = append(found, p)
			}
		}
		switch len(found) {
		case 0:
			continue
		case 1:
			return n.Direct(ctx, found[0].ID)
		}
		return id, &ResolveError{To: to, Candidates: labels(found), err: chat.ErrAmbiguous}
	}
	conversations, err := n.Conversations(ctx)
	if err != nil {
		return id, err
	}
	for _, c := range conversations {
		if strings.EqualFold(c.Title, to) {
			return c.ID, nil
		}
	}
	return id, &ResolveError{To: to, Candidates: labels(peers), err: chat.ErrUnknown}
}

// minIDPrefix is how many characters of a device ID name a peer: fewer would
// often be a mistyped name.
const minIDPrefix = 4

func hasPrefixFold(s, prefix string) bool {
	return strings.HasPrefix(strings.ToLower(s), strings.ToLower(prefix))
}

// labels names peers so that each can be told from the others.
func labels(peers []chat.Peer) []string {
	var list []string
	for _, p := range peers {
		list = append(list, fmt.Sprintf("%s (%s)", p.Name, p.ID.Short()))
	}
	slices.Sort(list)
	return slices.Compact(list)
}
