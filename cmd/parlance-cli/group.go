package main

import (
	"context"
	"fmt"

	"github.com/parlance-chat/parlance/cmd/parlance-cli/session"
	"github.com/parlance-chat/parlance/cmd/parlance-cli/show"
	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/control"
)

type groupCommands struct {
	Create  groupCreateCommand  `cmd:"" help:"Found a group."`
	Add     groupAddCommand     `cmd:"" help:"Add people."`
	Remove  groupRemoveCommand  `cmd:"" help:"Remove people: they get nothing more."`
	Rename  groupRenameCommand  `cmd:"" help:"Give a group another name."`
	Leave   groupLeaveCommand   `cmd:"" help:"Leave a group, or say no to being in one."`
	Members groupMembersCommand `cmd:"" help:"Say who is in a group, or in the lobby."`
}

// changed prints a conversation that was changed.
func (a *app) changed(c control.Conversation, format string, args ...any) {
	if a.JSON {
		a.out.Value(c)
		return
	}
	a.out.Line("%s", show.Block("", fmt.Sprintf(format, args...), a.width()))
}

// change is what a command does to a conversation, which it returns as it is
// then.
type change func(*session.Session, control.Conversation) (control.Conversation, error)

// change finds a conversation and does something to it that others are told of.
func (a *app) change(ctx context.Context, to string, do change, format string) error {
	return a.with(ctx, func(s *session.Session) error {
		if err := a.changeHere(ctx, s, to, do, format); err != nil {
			return err
		}
		a.stay(ctx, s)
		return nil
	})
}

// changeHere is change for what concerns nobody else.
func (a *app) changeHere(ctx context.Context, s *session.Session, to string, do change, format string) error {
	c, err := s.Find(ctx, to)
	if err != nil {
		return err
	}
	if c, err = do(s, c); err != nil {
		return err
	}
	a.changed(c, format, show.Single(c.Title))
	return nil
}

type groupCreateCommand struct {
	Group string   `arg:"" name:"name" help:"What to call it."`
	Peer  []string `arg:"" help:"Names, or beginnings of IDs."`
}

// Run implements command.
func (c *groupCreateCommand) Run(ctx context.Context, a *app) error {
	return a.with(ctx, func(s *session.Session) error {
		group, err := session.Patiently(ctx, s, func() (control.Conversation, error) { return s.CreateGroup(ctx, c.Group, c.Peer) })
		if err != nil {
			return err
		}
		a.changed(group, "%s is founded, with %d members. To write to it: parlance-cli send %q TEXT", show.Single(group.Title), group.Members, show.Single(group.Title))
		a.stay(ctx, s)
		return nil
	})
}

type groupAddCommand struct {
	Group string   `arg:"" help:"The group's name."`
	Peer  []string `arg:"" help:"Names, or beginnings of IDs."`
}

// Run implements command.
func (c *groupAddCommand) Run(ctx context.Context, a *app) error {
	return a.change(ctx, c.Group, func(s *session.Session, group control.Conversation) (control.Conversation, error) {
		return session.Patiently(ctx, s, func() (control.Conversation, error) { return s.AddMembers(ctx, group.ID, c.Peer) })
	}, "Added to %s.")
}

type groupRemoveCommand struct {
	Group string   `arg:"" help:"The group's name."`
	Peer  []string `arg:"" help:"Names, or beginnings of IDs."`
}

// Run implements command.
func (c *groupRemoveCommand) Run(ctx context.Context, a *app) error {
	return a.change(ctx, c.Group, func(s *session.Session, group control.Conversation) (control.Conversation, error) {
		return s.RemoveMembers(ctx, group.ID, c.Peer)
	}, "Removed from %s.")
}

type groupRenameCommand struct {
	Group string `arg:"" help:"The group's name."`
	New   string `arg:"" name:"new-name" help:"What to call it from now on."`
}

// Run implements command.
func (c *groupRenameCommand) Run(ctx context.Context, a *app) error {
	return a.change(ctx, c.Group, func(s *session.Session, group control.Conversation) (control.Conversation, error) {
		return s.RenameGroup(ctx, group.ID, c.New)
	}, "The group is called %s now.")
}

// leave leaves a group or the lobby.
func leave(ctx context.Context) change {
	return func(s *session.Session, c control.Conversation) (control.Conversation, error) {
		return c, s.Leave(ctx, c.ID)
	}
}

// join accepts a request, or takes part in the lobby again.
func join(ctx context.Context) change {
	return func(s *session.Session, c control.Conversation) (control.Conversation, error) {
		return s.Join(ctx, c.ID)
	}
}

type groupLeaveCommand struct {
	Group string `arg:"" help:"The group's name."`
}

// Run implements command.
func (c *groupLeaveCommand) Run(ctx context.Context, a *app) error {
	return a.change(ctx, c.Group, leave(ctx), "You left %s.")
}

type groupMembersCommand struct {
	Group string `arg:"" help:"The group's name, or lobby."`
}

// Run implements command.
func (c *groupMembersCommand) Run(ctx context.Context, a *app) error {
	return a.with(ctx, func(s *session.Session) error {
		group, err := s.Find(ctx, c.Group)
		if err != nil {
			return err
		}
		if group.Kind == chat.Lobby {
			if err := s.Settle(ctx); err != nil {
				return err
			}
		}
		members, err := s.Members(ctx, group.ID)
		if err != nil {
			return err
		}
		if a.JSON {
			for _, m := range members {
				a.out.Value(m)
			}
			return nil
		}
		rows := [][]string{{"NAME", "STATE", "TRUST", "ID", "SINCE"}}
		a.out.Table(append(rows, show.Members(members)...))
		return nil
	})
}

type lobbyCommands struct {
	Leave lobbyLeaveCommand `cmd:"" help:"Take no part in the lobby any more."`
	Join  lobbyJoinCommand  `cmd:"" help:"Take part in the lobby again."`
}

// lobby is the name of the lobby where a conversation is wanted.
const lobby = "lobby"

type lobbyLeaveCommand struct{}

// Run implements command.
func (*lobbyLeaveCommand) Run(ctx context.Context, a *app) error {
	return a.change(ctx, lobby, leave(ctx), "You left the %s.")
}

type lobbyJoinCommand struct{}

// Run implements command.
func (*lobbyJoinCommand) Run(ctx context.Context, a *app) error {
	return a.change(ctx, lobby, join(ctx), "You take part in the %s.")
}

type joinCommand struct {
	To string `arg:"" help:"The group's name, or lobby."`
}

// Run implements command.
func (c *joinCommand) Run(ctx context.Context, a *app) error {
	return a.change(ctx, c.To, join(ctx), "You take part in %s.")
}

type muteCommand struct {
	To string `arg:"" help:"lobby, a name, the beginning of an ID, #room, or udp://host:port."`
}

// Run implements command.
func (c *muteCommand) Run(ctx context.Context, a *app) error {
	return a.mute(ctx, c.To, true, "%s is muted.")
}

type unmuteCommand struct {
	To string `arg:"" help:"lobby, a name, the beginning of an ID, #room, or udp://host:port."`
}

// Run implements command.
func (c *unmuteCommand) Run(ctx context.Context, a *app) error {
	return a.mute(ctx, c.To, false, "%s is muted no longer.")
}

func (a *app) mute(ctx context.Context, to string, muted bool, done string) error {
	return a.with(ctx, func(s *session.Session) error {
		return a.changeHere(ctx, s, to, func(s *session.Session, c control.Conversation) (control.Conversation, error) {
			return s.SetMuted(ctx, c.ID, muted)
		}, done)
	})
}
