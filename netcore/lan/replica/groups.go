package lan

import (
	"context"
	"fmt"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/feed"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/lan/directory"
	"github.com/parlance-chat/parlance/netcore/wire"
)

// CreateGroup founds a group of this device and others. It is on disk when it
// returns.
func (n *Network) CreateGroup(ctx context.Context, name string, members []identity.DeviceID) (chat.ConversationID, error) {
	var id chat.ConversationID
	clean := chat.CleanName(name)
	if clean == "" {
		return id, fmt.Errorf("%w: a group needs a name with at least one letter", chat.ErrRefused)
	}
	if len(members) >= chat.MaxMembers {
		return id, fmt.Errorf("%w: a group has at most %d members", chat.ErrRefused, chat.MaxMembers)
	}
	_, err := n.append(ctx, chat.ConversationID{}, func(now time.Time) (feed.Commit, error) {
		if err := n.invite(members); err != nil {
			return feed.Commit{}, err
		}
		var commit feed.Commit
		var err error
		id, commit, err = n.feed.Found(now, clean, members)
		if err == nil {
			n.showGroup(id)
			n.opened[id] = feed.Opened{Conversation: id, Kind: chat.Group, Peer: n.self}
		}
		return commit, err
	})
	return id, err
}

// AddMembers lets others into a group; they get all of its history.
func (n *Network) AddMembers(ctx context.Context, id chat.ConversationID, who []identity.DeviceID) error {
	return n.change(ctx, id, func(now time.Time) (feed.Commit, error) {
		if len(n.feed.Group(id).Members())+len(who) > chat.MaxMembers {
			return feed.Commit{}, fmt.Errorf("%w: a group has at most %d members", chat.ErrRefused, chat.MaxMembers)
		}
		if err := n.invite(who); err != nil {
			return feed.Commit{}, err
		}
		return n.feed.Append(now, id, feed.Draft{Kind: wire.KindAdd, Body: wire.DevicesBody(who)})
	})
}

// RemoveMembers puts members out of a group; they get nothing of it any more.
func (n *Network) RemoveMembers(ctx context.Context, id chat.ConversationID, who []identity.DeviceID) error {
	return n.change(ctx, id, func(now time.Time) (feed.Commit, error) {
		g := n.feed.Group(id)
		for _, w := range who {
			if !g.Has(w) {
				return feed.Commit{}, fmt.Errorf("%w: %s is not in this group", chat.ErrRefused, n.nameOf(w))
			}
			if !g.MayRemove(n.self, w) {
				return feed.Commit{}, fmt.Errorf("%w: %s was in the group before you; only those who came before can remove somebody", chat.ErrRefused, n.nameOf(w))
			}
		}
		return n.feed.Remove(now, id, who)
	})
}

// RenameGroup gives a group another name.
func (n *Network) RenameGroup(ctx context.Context, id chat.ConversationID, name string) error {
	clean := chat.CleanName(name)
	if clean == "" {
		return fmt.Errorf("%w: a group needs a name with at least one letter", chat.ErrRefused)
	}
	return n.change(ctx, id, func(now time.Time) (feed.Commit, error) {
		return n.feed.Append(now, id, feed.Draft{Kind: wire.KindRename, Body: wire.TextBody(clean)})
	})
}

// LeaveGroup makes this device a member no longer. What it has of the group
// stays.
func (n *Network) LeaveGroup(ctx context.Context, id chat.ConversationID) error {
	return n.change(ctx, id, func(now time.Time) (feed.Commit, error) {
		return n.feed.Append(now, id, feed.Draft{Kind: wire.KindLeave, Body: wire.NullBody})
	})
}

// change writes a membership entry of a group that this device is in.
func (n *Network) change(ctx context.Context, id chat.ConversationID, write func(now time.Time) (feed.Commit, error)) error {
	_, err := n.append(ctx, id, func(now time.Time) (feed.Commit, error) {
		g := n.feed.Group(id)
		if g == nil {
			return feed.Commit{}, fmt.Errorf("%w group %s", chat.ErrUnknown, id)
		}
		if !g.Has(n.self) {
			return feed.Commit{}, fmt.Errorf("%w: you are not a member of this group", chat.ErrRefused)
		}
		return write(now)
	})
	return err
}

// invite accepts strangers whom the user puts into a group, and refuses those
// who must not be written to.
func (n *Network) invite(who []identity.DeviceID) error {
	if len(who) == 0 {
		return fmt.Errorf("%w: nobody is named", chat.ErrRefused)
	}
	for _, id := range who {
		if id == n.self {
			return fmt.Errorf("%w: you are in the group yourself", chat.ErrRefused)
		}
	}
	for _, id := range who {
		if err := n.acceptRecipient(id); err != nil {
			return err
		}
	}
	return nil
}

// Group returns a group as it is now; ok is false if there is none with that ID.
func (n *Network) Group(id chat.ConversationID) (g directory.Group, ok bool) {
	return n.directory.Group(id)
}
