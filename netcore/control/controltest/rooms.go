package controltest

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/parlance-chat/parlance/netcore"
	"github.com/parlance-chat/parlance/netcore/chat"
)

// room is a room in memory.
type room struct {
	netcore.RoomStatus
	left    bool
	members []chat.Member
}

// JoinRoom implements control.Node: servers with "closed" in their address refuse,
// all others are there, with an operator called op.
func (n *Node) JoinRoom(_ context.Context, url string, o netcore.RoomOptions) (chat.ConversationID, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	scheme, rest, ok := strings.Cut(url, "://")
	server, name, _ := strings.Cut(rest, "/")
	switch {
	case !ok:
		return chat.ConversationID{}, fmt.Errorf("%w room %q", chat.ErrUnknown, url)
	case strings.Contains(server, "closed") && o.Password == "":
		return chat.ConversationID{}, fmt.Errorf("%w: the server wants a password", chat.ErrRefused)
	}
	nick := o.Nick
	if nick == "" {
		nick = n.self.Name
	}
	id := chat.RoomID(server, strings.ToLower(name))
	n.rooms[id] = &room{
		RoomStatus: netcore.RoomStatus{
			ID: id, Address: url, Server: scheme + "://" + server, Name: name, Channel: true, Connected: true, Joined: true,
			Encrypted: scheme == "ircs", Nick: nick, Members: 2,
		},
		members: []chat.Member{
			{Peer: chat.Peer{Name: "op", Status: "operator", State: chat.Online}},
			{Peer: chat.Peer{Name: nick, State: chat.Online}, Self: true},
		},
	}
	if len(n.messages[id]) == 0 {
		n.messages[id] = nil // it is listed
	}
	return id, n.fail["JoinRoom"]
}

// ChangeRoom changes what there is to say about a room.
func (n *Node) ChangeRoom(id chat.ConversationID, change func(*netcore.RoomStatus)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	change(&n.rooms[id].RoomStatus)
}

// RefuseInRooms has servers refuse what is said from now on, for a reason.
func (n *Node) RefuseInRooms(why string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.refusal = why
}

// Says has somebody in a room say something.
func (n *Node) Says(id chat.ConversationID, nick, text string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.emit(chat.MessagesAdded{Messages: []chat.Message{n.add(id, chat.Author{Address: nick, Name: nick}, text)}})
}

// Rooms implements control.Node.
func (n *Node) Rooms() []netcore.RoomStatus {
	n.mu.Lock()
	defer n.mu.Unlock()
	var out []netcore.RoomStatus
	for _, r := range n.rooms {
		if !r.left {
			out = append(out, r.RoomStatus)
		}
	}
	slices.SortFunc(out, func(a, b netcore.RoomStatus) int { return strings.Compare(a.Address, b.Address) })
	return out
}

// joined returns a room that was joined and not left.
func (n *Node) joined(id chat.ConversationID) (*room, error) {
	r := n.rooms[id]
	if r == nil {
		return nil, fmt.Errorf("%w: this is no room", chat.ErrRefused)
	}
	if r.left {
		return nil, fmt.Errorf("%w room: it was left; join it again", chat.ErrUnknown)
	}
	return r, nil
}

// RoomCommand implements control.Node: /topic and /help are all there is.
func (n *Node) RoomCommand(_ context.Context, id chat.ConversationID, line string) (string, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	r, err := n.joined(id)
	if err != nil {
		return "", err
	}
	name, rest, _ := strings.Cut(line, " ")
	switch {
	case name == "/help":
		return "/topic [text] – tells or changes the room's topic", nil
	case name != "/topic":
		return "", fmt.Errorf("%w command %s; /help lists them", chat.ErrUnknown, name)
	case rest == "":
		return r.Topic, nil
	}
	r.Topic = rest
	return "", n.fail["RoomCommand"]
}

// TrustServer implements control.Node.
func (n *Node) TrustServer(_ context.Context, id chat.ConversationID, fingerprint string) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	r, err := n.joined(id)
	if err != nil {
		return err
	}
	r.Fingerprint, r.Blocked, r.Why = fingerprint, false, ""
	return n.fail["TrustServer"]
}
