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
	var list []chat.Conversation
	for _, line := range lines {
		if c := n.complete(line); n.isShown(c) {
			list = append(list, c)
		}
	}
	return list, nil
}

// isShown says whether a conversation is one of the user's: not a group of which
// only the beginning has come, and whether it has this device in it is not known
// yet.
func (n *Node) isShown(c chat.Conversation) bool {
	if c.Kind != chat.Group {
		return true
	}
	g, ok := n.lan.Group(c.ID)
	return ok && (g.Ever || slices.ContainsFunc(n.former, g.Had))
}

// Conversation returns one conversation.
func (n *Node) Conversation(ctx context.Context, id chat.ConversationID) (chat.Conversation, error) {
	line, err := n.store.Conversation(ctx, id)
	if err != nil {
		return chat.Conversation{}, err
	}
	return n.complete(line), nil
}

// complete adds what only the networks know: the peer's name of now, whether
// this device takes part, and how far the last message is on its way.
func (n *Node) complete(line store.Line) chat.Conversation {
	c := line.Conversation
	switch c.Kind {
	case chat.Direct:
		if p, ok := n.lan.Peer(c.Peer); ok {
			c.Title = p.Name
		}
		if c.ID != chat.DirectID(n.key.ID(), c.Peer) {
			c.Closed = "This conversation belongs to the identity that this device had before."
		}
	case chat.Group:
		g, _ := n.lan.Group(c.ID)
		if c.Members = len(g.Members); !g.Member {
			c.Closed, c.Request = "You are not a member of this group any more.", false
			if !g.Ever {
				c.Closed = "This group knows the identity that this device had before. A member can add the new one."
			}
		}
	case chat.Lobby:
		c.Title = lobbyTitle
		if !n.takesPartInLobby() {
			c.Closed = "You left the lobby."
		}
	case chat.Room:
		n.completeRoom(&c)
	}
	if line.Last != nil {
		last := n.shown(store.Message{Message: *c.Last, Log: line.Log, Sequence: line.Sequence})
		c.Last = &last
	}
	return c
}

// lobbyTitle is what the lobby is called where nobody translates it.
const lobbyTitle = "Lobby"

// History returns a page of a conversation, oldest first.
func (n *Node) History(ctx context.Context, id chat.ConversationID, page Page) ([]chat.Message, error) {
	if page.Limit <= 0 {
		page.Limit = defaultPage
	}
	c, err := n.store.Conversation(ctx, id)
	if err != nil {
		return nil, err
	}
	wanted := store.Page{Before: page.Before, After: page.After, Limit: page.Limit}
	stored, err := n.store.History(ctx, id, wanted)
	if err == nil && c.Kind == chat.Room && page.After.IsZero() && len(stored) < page.Limit {
		stored, err = n.older(ctx, id, wanted, stored)
	}
	if err != nil {
		return nil, err
	}
	messages := make([]chat.Message, len(stored))
	for i, m := range stored {
		messages[i] = n.shown(m)
	}
	n.react(ctx, messages)
	return messages, nil
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
		messages[i] = n.shown(m)
	}
	n.react(ctx, messages)
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
	kind, err := n.enter(ctx, id)
	if err != nil {
		return chat.Message{}, err
	}
	if kind == chat.Room {
		n.awaitRooms(ctx)
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

// enter returns the kind of a conversation that the user writes in, which never
// changes. Whoever writes in a group that a stranger put this device into has
// joined it.
func (n *Node) enter(ctx context.Context, id chat.ConversationID) (chat.Kind, error) {
	if kind, ok := n.kinds.Load(id); ok {
		return kind.(chat.Kind), nil
	}
	c, err := n.store.Conversation(ctx, id)
	if err != nil {
		return "", err
	}
	if c.Request {
		if err := n.Join(ctx, id); err != nil {
			return "", err
		}
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
	if err := n.lan.MarkSeen(ctx, id); err != nil {
		return err
	}
	c, err := n.Conversation(ctx, id)
	if err == nil && c.Kind == chat.Room {
		err = n.room.MarkSeen(ctx, id)
	}
	if err == nil {
		n.hub.emit(chat.ConversationChanged{Conversation: c})
	}
	return err
}

// Resolve finds the conversation that to stands for: "lobby", a peer's name, the
// beginning of a device ID, udp://host:port, a room's name or address (#room,
// ircs://host/#room), or a conversation's title or ID. A peer's conversation is
// made if need be. The error is a *ResolveError.
func (n *Node) Resolve(ctx context.Context, to string) (chat.ConversationID, error) {
	to = strings.TrimSpace(to)
	if strings.HasPrefix(to, plainScheme) {
		return n.OpenPlain(ctx, to)
	}
	if strings.EqualFold(to, lobbyTitle) {
		return chat.LobbyID, nil
	}
	if id, ok, err := n.resolveRoom(to); ok {
		return id, err
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
	return n.resolveTitle(ctx, to, labels(peers))
}

// resolveTitle finds a conversation by its title: one that is open rather than
// one that is closed.
func (n *Node) resolveTitle(ctx context.Context, to string, peers []string) (id chat.ConversationID, err error) {
	conversations, err := n.Conversations(ctx)
	if err != nil {
		return id, err
	}
	var found []chat.Conversation
	candidates := peers
	for _, c := range conversations {
		if strings.EqualFold(c.Title, to) && (len(found) == 0 || c.Closed == "") {
			found = append(found, c)
		}
		if c.Kind == chat.Group || c.Kind == chat.Room {
			candidates = append(candidates, c.Title)
		}
	}
	switch {
	case len(found) == 0:
		return id, &ResolveError{To: to, Candidates: candidates, err: chat.ErrUnknown}
	case len(found) > 1 && found[0].Closed == "":
		var labels []string
		for _, c := range found {
			labels = append(labels, fmt.Sprintf("%s (%s)", c.Title, c.ID))
		}
		return id, &ResolveError{To: to, Candidates: labels, err: chat.ErrAmbiguous}
	}
	return found[len(found)-1].ID, nil
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
