package netcore

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
)

// CreateGroup founds a group of this device and others, who are accepted by
// that. The error wraps chat.ErrRefused if the name has no letter or one of them
// must not be written to.
func (n *Node) CreateGroup(ctx context.Context, name string, members []identity.DeviceID) (chat.ConversationID, error) {
	return n.lan.CreateGroup(ctx, name, members)
}

// AddMembers lets others into a group; they get all of its history.
func (n *Node) AddMembers(ctx context.Context, id chat.ConversationID, who []identity.DeviceID) error {
	return n.lan.AddMembers(ctx, id, who)
}

// RemoveMembers puts members out of a group; they get nothing of it any more.
// The error wraps chat.ErrRefused if one of them was a member before this
// device.
func (n *Node) RemoveMembers(ctx context.Context, id chat.ConversationID, who []identity.DeviceID) error {
	return n.lan.RemoveMembers(ctx, id, who)
}

// RenameGroup gives a group another name.
func (n *Node) RenameGroup(ctx context.Context, id chat.ConversationID, name string) error {
	return n.lan.RenameGroup(ctx, id, name)
}

// Leave leaves a group, the lobby or a room; with the conversation of a server
// itself, all its rooms. What is stored of it stays.
func (n *Node) Leave(ctx context.Context, id chat.ConversationID) error {
	if id == chat.LobbyID {
		return n.setLobby(ctx, false)
	}
	if n.isRoom(ctx, id) {
		return n.leaveRoom(ctx, id)
	}
	return n.lan.LeaveGroup(ctx, id)
}

// Join answers a request (chat.Conversation.Request) with yes, or takes part in
// the lobby again.
func (n *Node) Join(ctx context.Context, id chat.ConversationID) error {
	if id == chat.LobbyID {
		return n.setLobby(ctx, true)
	}
	if n.isRoom(ctx, id) {
		return fmt.Errorf("%w: a room is joined by its address", chat.ErrRefused)
	}
	if err := n.lan.JoinGroup(ctx, id); err != nil {
		return err
	}
	n.refresher.touched(id)
	return nil
}

func (n *Node) setLobby(ctx context.Context, takesPart bool) error {
	if err := n.set(ctx, settingLobbyLeft, strconv.FormatBool(!takesPart)); err != nil {
		return err
	}
	return n.lan.SetLobby(ctx, takesPart)
}

// Members returns the members of a group by name, or those who are online in the
// lobby; of a direct conversation the two sides. Those of a room, the highest ranks
// first, have a name and a status only, which says what they may do there.
func (n *Node) Members(ctx context.Context, id chat.ConversationID) ([]chat.Member, error) {
	c, err := n.store.Conversation(ctx, id)
	if err != nil {
		return nil, err
	}
	var list []chat.Member
	switch c.Kind {
	case chat.Group:
		g, _ := n.lan.Group(id)
		for _, m := range g.Members {
			member := n.member(m.ID)
			member.Since, member.Removable = m.Since, m.Removable
			list = append(list, member)
		}
	case chat.Lobby:
		if n.takesPartInLobby() {
			list = append(list, n.member(n.key.ID()))
		}
		here, err := n.lan.Lobby(ctx)
		if err != nil {
			return nil, err
		}
		for _, peer := range here {
			list = append(list, n.member(peer))
		}
	case chat.Direct:
		list = []chat.Member{n.member(n.key.ID()), n.member(c.Peer)}
	case chat.Room:
		return n.roomMembers(ctx, id)
	default:
		return nil, fmt.Errorf("%w: this conversation has no members", chat.ErrRefused)
	}
	slices.SortFunc(list, func(a, b chat.Member) int {
		return strings.Compare(strings.ToLower(a.Peer.Name), strings.ToLower(b.Peer.Name))
	})
	return list, nil
}

func (n *Node) member(id identity.DeviceID) chat.Member {
	if self := n.Self(); id == self.ID {
		return chat.Member{Peer: chat.Peer{ID: id, Name: self.Name}, Self: true}
	}
	if p, ok := n.lan.Peer(id); ok {
		return chat.Member{Peer: p}
	}
	return chat.Member{Peer: chat.Peer{ID: id, Name: n.lan.NameOf(id), State: chat.Offline, Trust: chat.New}}
}

// SetMuted says whether the user is to be disturbed by a conversation.
func (n *Node) SetMuted(ctx context.Context, id chat.ConversationID, muted bool) error {
	if err := n.store.SetMuted(ctx, id, muted); err != nil {
		return err
	}
	n.refresher.touched(id)
	return nil
}

// ReadMarks says whether others are told what this device's user has read.
func (n *Node) ReadMarks() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.settings[settingReadMarksOff] != "true"
}

// SetReadMarks changes that.
func (n *Node) SetReadMarks(ctx context.Context, on bool) error {
	if err := n.set(ctx, settingReadMarksOff, strconv.FormatBool(!on)); err != nil {
		return err
	}
	return n.lan.SetTellRead(ctx, on)
}

func (n *Node) takesPartInLobby() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.settings[settingLobbyLeft] != "true"
}
