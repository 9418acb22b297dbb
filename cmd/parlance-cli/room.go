package main

import (
	"context"
	"strings"

	"github.com/parlance-chat/parlance/cmd/parlance-cli/session"
	"github.com/parlance-chat/parlance/cmd/parlance-cli/show"
	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/control"
)

type roomCommands struct {
	Join    roomJoinCommand    `cmd:"" help:"Join a room, now and after each start."`
	Leave   roomLeaveCommand   `cmd:"" help:"Leave a room."`
	List    roomListCommand    `cmd:"" help:"List the rooms, and how the connections are."`
	Members roomMembersCommand `cmd:"" help:"Say who is in a room."`
	Command roomCommandCommand `cmd:"" help:"Do what a slash command says, such as /topic; /help lists them."`
	Trust   roomTrustCommand   `cmd:"" help:"Accept the new certificate of a room's server."`
}

type roomJoinCommand struct {
	URL      string `arg:"" name:"url" help:"ircs://host/#room, irc://…, or tcp+broadcast://, tcp+addressed:// or tcp+paired:// with host:port."`
	Nick     string `help:"What to be called there; your name if not given." placeholder:"NAME"`
	Password string `help:"Of the server." env:"PARLANCE_ROOM_PASSWORD"`
	Key      string `help:"Of the room."`
}

// Run implements command.
func (c *roomJoinCommand) Run(ctx context.Context, a *app) error {
	return a.with(ctx, func(s *session.Session) error {
		room, err := s.JoinRoom(ctx, c.URL, control.RoomOptions{Nick: c.Nick, Password: c.Password, Key: c.Key})
		if err != nil {
			return err
		}
		a.changed(room, "You are in %s.", show.Single(room.Title))
		if strings.HasPrefix(c.URL, "ircs:") || a.JSON {
			return nil
		}
		a.note("The connection is not encrypted: everyone on the way can read it.")
		return nil
	})
}

// findRoom finds a conversation that is on a server.
func findRoom(ctx context.Context, s *session.Session, to string) (control.Conversation, error) {
	c, err := s.Find(ctx, to)
	if err == nil && c.Kind != chat.Room {
		err = &usageError{show.Single(c.Title) + " is no room"}
	}
	return c, err
}

type roomLeaveCommand struct {
	To string `arg:"" help:"#room, or its address."`
}

// Run implements command.
func (c *roomLeaveCommand) Run(ctx context.Context, a *app) error {
	return a.with(ctx, func(s *session.Session) error {
		room, err := findRoom(ctx, s, c.To)
		if err != nil {
			return err
		}
		if err := s.Leave(ctx, room.ID); err != nil {
			return err
		}
		a.changed(room, "You left %s.", show.Single(room.Title))
		return nil
	})
}

type roomListCommand struct{}

// Run implements command.
func (*roomListCommand) Run(ctx context.Context, a *app) error {
	return a.with(ctx, func(s *session.Session) error {
		rooms, err := s.Rooms(ctx)
		if err != nil {
			return err
		}
		if a.JSON {
			for _, r := range rooms {
				a.out.Value(r)
			}
			return nil
		}
		if len(rooms) == 0 {
			a.note("You are in no room. To join one: parlance-cli room join ircs://host/#room")
			return nil
		}
		rows := [][]string{{"ROOM", "AS", "STATE"}}
		for _, r := range rooms {
			rows = append(rows, []string{show.Single(r.Address), show.Single(r.Nick), show.Standing(r)})
		}
		a.out.Table(rows)
		told := make(map[string]bool) // servers
		for _, r := range rooms {
			if trouble := show.Trouble(r); trouble != "" && !told[r.Server] {
				told[r.Server] = true
				a.out.Line("%s", show.Block("", trouble, a.width()))
			}
		}
		return nil
	})
}

type roomMembersCommand struct {
	To string `arg:"" help:"#room, or its address."`
}

// Run implements command.
func (c *roomMembersCommand) Run(ctx context.Context, a *app) error {
	return a.with(ctx, func(s *session.Session) error {
		room, err := findRoom(ctx, s, c.To)
		if err != nil {
			return err
		}
		members, err := s.Members(ctx, room.ID)
		if err != nil {
			return err
		}
		if a.JSON {
			for _, m := range members {
				a.out.Value(m)
			}
			return nil
		}
		a.out.Table(append([][]string{{"NAME", "STATE"}}, show.Members(members)...))
		return nil
	})
}

type roomCommandCommand struct {
	To   string   `arg:"" help:"#room, or its address."`
	Line []string `arg:"" help:"Such as /topic Lunch."`
}

// Run implements command.
func (c *roomCommandCommand) Run(ctx context.Context, a *app) error {
	return a.with(ctx, func(s *session.Session) error {
		room, err := findRoom(ctx, s, c.To)
		if err != nil {
			return err
		}
		text, err := s.RoomCommand(ctx, room.ID, strings.Join(c.Line, " "))
		switch {
		case err != nil:
			return err
		case a.JSON:
			a.out.Value(map[string]string{"text": text})
		case text != "":
			a.out.Line("%s", show.Block("", text, a.width()))
		}
		a.stay(ctx, s)
		return nil
	})
}

type roomTrustCommand struct {
	To          string `arg:"" help:"#room, or its address."`
	Fingerprint string `arg:"" help:"Of the new certificate, as who runs the server says it."`
}

// Run implements command.
func (c *roomTrustCommand) Run(ctx context.Context, a *app) error {
	return a.with(ctx, func(s *session.Session) error {
		room, err := findRoom(ctx, s, c.To)
		if err != nil {
			return err
		}
		if err := s.TrustServer(ctx, room.ID, c.Fingerprint); err != nil {
			return err
		}
		a.changed(room, "The server of %s is trusted.", show.Single(room.Title))
		return nil
	})
}
