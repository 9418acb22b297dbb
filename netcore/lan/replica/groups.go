package replica

import (
	"context"
	"fmt"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/feed"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/wire"
)

// CreateGroup founds a group of this device and others. It is on disk, and shown,
// when it returns.
func (c Conversations) CreateGroup(ctx context.Context, name string, members []identity.DeviceID) (chat.ConversationID, error) {
	var id chat.ConversationID
	clean := chat.CleanName(name)
	if clean == "" {
		return id, fmt.Errorf("%w: a group needs a name with at least one letter", chat.ErrRefused)
	}
	if len(members) >= chat.MaxMembers {
		return id, fmt.Errorf("%w: a group has at most %d members", chat.ErrRefused, chat.MaxMembers)
	}
	_, err := c.r.append(ctx, chat.ConversationID{}, func(now time.Time) (feed.Commit, error) {
		if err := c.r.invite(members); err != nil {
			return feed.Commit{}, err
		}
		var commit feed.Commit
		var err error
		id, commit, err = c.r.feed.Found(now, clean, members)
		if err == nil {
			c.r.showGroup(id)
			c.r.opened[id] = feed.Opened{Conversation: id, Kind: chat.Group, Peer: c.r.self}
		}
		return commit, err
	})
	if err == nil {
		c.r.settled(ctx, id)
	}
	return id, err
}

// AddMembers lets others into a group; they get all of its history.
func (c Conversations) AddMembers(ctx context.Context, id chat.ConversationID, who []identity.DeviceID) error {
	return c.r.change(ctx, id, func(now time.Time) (feed.Commit, error) {
		if len(c.r.feed.Group(id).Members())+len(who) > chat.MaxMembers {
			return feed.Commit{}, fmt.Errorf("%w: a group has at most %d members", chat.ErrRefused, chat.MaxMembers)
		}
		if err := c.r.invite(who); err != nil {
			return feed.Commit{}, err
		}
		return c.r.feed.Append(now, id, feed.Draft{Kind: wire.KindAdd, Body: wire.DevicesBody(who)})
	})
}

// RemoveMembers puts members out of a group; they get nothing of it any more.
func (c Conversations) RemoveMembers(ctx context.Context, id chat.ConversationID, who []identity.DeviceID) error {
	return c.r.change(ctx, id, func(now time.Time) (feed.Commit, error) {
		g := c.r.feed.Group(id)
		for _, w := range who {
			if !g.Has(w) {
				return feed.Commit{}, fmt.Errorf("%w: %s is not in this group", chat.ErrRefused, c.r.directory.NameOf(w))
			}
			if !g.MayRemove(c.r.self, w) {
				return feed.Commit{}, fmt.Errorf("%w: %s was in the group before you; only those who came before can remove somebody", chat.ErrRefused, c.r.directory.NameOf(w))
			}
		}
		return c.r.feed.Remove(now, id, who)
	})
}

// RenameGroup gives a group another name.
func (c Conversations) RenameGroup(ctx context.Context, id chat.ConversationID, name string) error {
	clean := chat.CleanName(name)
	if clean == "" {
		return fmt.Errorf("%w: a group needs a name with at least one letter", chat.ErrRefused)
	}
	return c.r.change(ctx, id, func(now time.Time) (feed.Commit, error) {
		return c.r.feed.Append(now, id, feed.Draft{Kind: wire.KindRename, Body: wire.TextBody(clean)})
	})
}

// JoinGroup makes a group one of the user's own that a stranger put this device into.
func (c Conversations) JoinGroup(ctx context.Context, id chat.ConversationID) error {
	if err := c.r.cfg.Store.SetRequest(ctx, id, false); err != nil {
		return err
	}
	return c.r.loop.Call(ctx, func() { delete(c.r.requests, id) })
}

// LeaveGroup makes this device a member no longer. What it has of the group
// stays.
func (c Conversations) LeaveGroup(ctx context.Context, id chat.ConversationID) error {
	return c.r.change(ctx, id, func(now time.Time) (feed.Commit, error) {
		return c.r.feed.Append(now, id, feed.Draft{Kind: wire.KindLeave, Body: wire.NullBody})
	})
}

// change writes a membership entry of a group that this device is in. The group is
// shown as it is then when it returns.
func (r *Replica) change(ctx context.Context, id chat.ConversationID, write func(now time.Time) (feed.Commit, error)) error {
	_, err := r.append(ctx, id, func(now time.Time) (feed.Commit, error) {
		g := r.feed.Group(id)
		if g == nil {
			return feed.Commit{}, fmt.Errorf("%w group %s", chat.ErrUnknown, id)
		}
		if !g.Has(r.self) {
			return feed.Commit{}, fmt.Errorf("%w: you are not a member of this group", chat.ErrRefused)
		}
		return write(now)
	})
	if err == nil {
		r.settled(ctx, id)
	}
	return err
}

// settled waits until what this device changed of a group counts, which it does
// when it is on the disk, and what the group is then can be read from the store.
// The change itself is done, whether or not somebody waits for that.
func (r *Replica) settled(ctx context.Context, id chat.ConversationID) {
	kept := make(chan struct{})
	if r.loop.Call(ctx, func() { r.keepGroup(id, func() { close(kept) }) }) != nil {
		return
	}
	select {
	case <-kept:
	case <-ctx.Done():
	}
}

// invite accepts strangers whom the user puts into a group, and refuses those
// who must not be written to.
func (r *Replica) invite(who []identity.DeviceID) error {
	if len(who) == 0 {
		return fmt.Errorf("%w: nobody is named", chat.ErrRefused)
	}
	for _, id := range who {
		if id == r.self {
			return fmt.Errorf("%w: you are in the group yourself", chat.ErrRefused)
		}
	}
	for _, id := range who {
		if err := r.acceptRecipient(id); err != nil {
			return err
		}
	}
	return nil
}
