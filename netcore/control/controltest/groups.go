package controltest

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
)

// group is a group in memory.
type group struct {
	name    string
	members []chat.Author // this device included while it is one
	closed  string
	request bool
}

func (g *group) has(id identity.DeviceID) bool {
	return slices.ContainsFunc(g.members, func(a chat.Author) bool { return a.Device == id })
}

// Found has somebody else found a group with this node in it. With request it is
// a stranger's, to be joined or left.
func (n *Node) Found(name string, request bool, founder chat.Peer, others ...chat.Peer) chat.ConversationID {
	n.mu.Lock()
	defer n.mu.Unlock()
	who := []chat.Author{n.own()}
	for _, p := range others {
		who = append(who, chat.Author{Device: p.ID, Name: p.Name})
	}
	from := chat.Author{Device: founder.ID, Name: founder.Name}
	id := n.found(name, from, who)
	n.groups[id].request = request
	return id
}

func (n *Node) found(name string, founder chat.Author, who []chat.Author) chat.ConversationID {
	id := chat.GroupID(founder.Device, [16]byte{byte(len(n.groups))})
	n.groups[id] = &group{name: name, members: append([]chat.Author{founder}, who...)}
	n.tell(id, founder, chat.Change{Kind: chat.Founded, Name: name, Who: who})
	return id
}

// tell adds a change of a group to what is said in it.
func (n *Node) tell(id chat.ConversationID, from chat.Author, c chat.Change) {
	n.add(id, from, "")
	stored := &n.messages[id][len(n.messages[id])-1]
	stored.Change = &c
	n.emit(chat.MessagesAdded{Messages: []chat.Message{*stored}})
	if conversation, ok := n.conversation(id); ok {
		n.emit(chat.ConversationChanged{Conversation: conversation})
	}
}

// changeGroup does what is asked of a group that this node is in.
func (n *Node) changeGroup(id chat.ConversationID, do func(*group) (chat.Change, error)) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	g := n.groups[id]
	if g == nil {
		return fmt.Errorf("%w: this is no group", chat.ErrRefused)
	}
	if g.closed != "" {
		return fmt.Errorf("%w: %s", chat.ErrRefused, g.closed)
	}
	change, err := do(g)
	if err == nil {
		n.tell(id, n.own(), change)
	}
	return err
}

// authors names devices; unknown ones are refused.
func (n *Node) authors(ids []identity.DeviceID) ([]chat.Author, error) {
	var out []chat.Author
	for _, id := range ids {
		p := n.peer(id)
		if p == nil {
			return nil, fmt.Errorf("%w device %s", chat.ErrUnknown, id.Short())
		}
		out = append(out, chat.Author{Device: id, Name: p.Name})
	}
	return out, nil
}

// CreateGroup implements control.Node.
func (n *Node) CreateGroup(_ context.Context, name string, members []identity.DeviceID) (chat.ConversationID, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if chat.CleanName(name) == "" {
		return chat.ConversationID{}, fmt.Errorf("%w: a group needs a name", chat.ErrText)
	}
	who, err := n.authors(members)
	if err != nil {
		return chat.ConversationID{}, err
	}
	return n.found(name, n.own(), who), n.fail["CreateGroup"]
}

// AddMembers implements control.Node.
func (n *Node) AddMembers(_ context.Context, id chat.ConversationID, who []identity.DeviceID) error {
	return n.changeGroup(id, func(g *group) (chat.Change, error) {
		added, err := n.authors(who)
		g.members = append(g.members, added...)
		return chat.Change{Kind: chat.Added, Who: added}, err
	})
}

// RemoveMembers implements control.Node.
func (n *Node) RemoveMembers(_ context.Context, id chat.ConversationID, who []identity.DeviceID) error {
	return n.changeGroup(id, func(g *group) (chat.Change, error) {
		var removed []chat.Author
		g.members = slices.DeleteFunc(g.members, func(a chat.Author) bool {
			gone := slices.Contains(who, a.Device)
			if gone {
				removed = append(removed, a)
			}
			return gone
		})
		return chat.Change{Kind: chat.Removed, Who: removed}, nil
	})
}

// RenameGroup implements control.Node.
func (n *Node) RenameGroup(_ context.Context, id chat.ConversationID, name string) error {
	if chat.CleanName(name) == "" {
		return fmt.Errorf("%w: a group needs a name", chat.ErrText)
	}
	return n.changeGroup(id, func(g *group) (chat.Change, error) {
		g.name = name
		return chat.Change{Kind: chat.Renamed, Name: name}, nil
	})
}

// Leave implements control.Node.
func (n *Node) Leave(_ context.Context, id chat.ConversationID) error {
	if id == chat.LobbyID {
		n.mu.Lock()
		defer n.mu.Unlock()
		n.outside = true
		return nil
	}
	n.mu.Lock()
	r := n.rooms[id]
	if r != nil {
		r.left = true
	}
	n.mu.Unlock()
	if r != nil {
		return nil
	}
	return n.changeGroup(id, func(g *group) (chat.Change, error) {
		g.members = slices.DeleteFunc(g.members, func(a chat.Author) bool { return a.Device == n.self.ID })
		g.closed, g.request = "You left this group.", false
		return chat.Change{Kind: chat.Left}, nil
	})
}

// Join implements control.Node.
func (n *Node) Join(_ context.Context, id chat.ConversationID) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	g := n.groups[id]
	switch {
	case id == chat.LobbyID:
		n.outside = false
	case g == nil || !g.request:
		return fmt.Errorf("%w: there is no request to join", chat.ErrRefused)
	default:
		g.request = false
	}
	return nil
}

// Members implements control.Node.
func (n *Node) Members(_ context.Context, id chat.ConversationID) ([]chat.Member, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	members := []chat.Author{n.own()}
	var since time.Time
	if r := n.rooms[id]; r != nil {
		return r.members, n.fail["Members"]
	}
	switch g := n.groups[id]; {
	case g != nil:
		members, since = g.members, epoch
	case id == chat.LobbyID:
		for _, p := range n.peers {
			if p.State == chat.Online {
				members = append(members, chat.Author{Device: p.ID, Name: p.Name})
			}
		}
	default:
		return nil, fmt.Errorf("%w: this is no group", chat.ErrRefused)
	}
	var out []chat.Member
	for _, a := range members {
		m := chat.Member{Peer: chat.Peer{ID: a.Device, Name: a.Name, State: chat.Offline, Trust: chat.New}, Self: a.Device == n.self.ID, Since: since}
		m.Removable = !m.Self && id != chat.LobbyID
		if p := n.peer(a.Device); p != nil {
			m.Peer = *p
		}
		if m.Self {
			m.Peer = chat.Peer{ID: a.Device, Name: a.Name}
		}
		out = append(out, m)
	}
	return out, n.fail["Members"]
}

// SetMuted implements control.Node.
func (n *Node) SetMuted(_ context.Context, id chat.ConversationID, muted bool) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.muted[id] = muted
	return nil
}

// ReadMarks implements control.Node.
func (n *Node) ReadMarks() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return !n.hidden
}

// SetReadMarks implements control.Node.
func (n *Node) SetReadMarks(_ context.Context, on bool) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.hidden = !on
	return n.fail["SetReadMarks"]
}
