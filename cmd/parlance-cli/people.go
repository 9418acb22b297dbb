package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/parlance-chat/parlance/cmd/parlance-cli/session"
	"github.com/parlance-chat/parlance/cmd/parlance-cli/show"
	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/control"
)

type idCommand struct{}

// Run implements command.
func (*idCommand) Run(ctx context.Context, a *app) error {
	return a.with(ctx, func(s *session.Session) error {
		if a.JSON {
			a.out.Value(s.Self)
			return nil
		}
		addresses := make([]string, len(s.Self.Addresses))
		for i, address := range s.Self.Addresses {
			addresses[i] = address.String()
		}
		a.out.Table([][]string{
			{"Name", show.Single(s.Self.Name)},
			{"ID", s.Self.ID.String()},
			{"Addresses", strings.Join(addresses, ", ")},
			{"Profile", show.Single(s.Self.Profile)},
		})
		if s.Self.Shared != "" {
			a.note("%s", shared(s.Self.Shared))
		}
		return nil
	})
}

type peersCommand struct{}

// Run implements command.
func (*peersCommand) Run(ctx context.Context, a *app) error {
	return a.with(ctx, func(s *session.Session) error {
		if err := s.Settle(ctx); err != nil {
			return err
		}
		peers, err := s.Peers(ctx)
		if err != nil {
			return err
		}
		if a.JSON {
			for _, p := range peers {
				a.out.Value(p.Peer)
			}
			return nil
		}
		if len(peers) == 0 {
			a.note("Nobody else is here. If somebody should be: parlance-cli doctor")
			return nil
		}
		rows := [][]string{{"NAME", "STATE", "TRUST", "ID", "ADDRESS"}}
		for _, p := range peers {
			address := ""
			if len(p.Addresses) > 0 {
				address = p.Addresses[0].String()
			}
			rows = append(rows, []string{show.Single(p.Name), string(p.State), string(p.Trust), p.ID.Short(), address})
		}
		a.out.Table(rows)
		return nil
	})
}

type connectCommand struct {
	Address string `arg:"" help:"host, or host:port."`
}

// Run implements command.
func (c *connectCommand) Run(ctx context.Context, a *app) error {
	return a.with(ctx, func(s *session.Session) error {
		p, err := s.Connect(ctx, c.Address)
		if err != nil {
			return err
		}
		if a.JSON {
			a.out.Value(p.Peer)
			return nil
		}
		a.out.Line("Connected to %s (%s).", show.Single(p.Name), p.ID.Short())
		return nil
	})
}

type acceptCommand struct {
	Peer string `arg:"" help:"A name, or the beginning of an ID."`
}

// Run implements command.
func (c *acceptCommand) Run(ctx context.Context, a *app) error {
	return a.trust(ctx, c.Peer, chat.Accepted, "%s (%s) is accepted.")
}

type blockCommand struct {
	Peer string `arg:"" help:"A name, or the beginning of an ID."`
}

// Run implements command.
func (c *blockCommand) Run(ctx context.Context, a *app) error {
	return a.trust(ctx, c.Peer, chat.Blocked, "%s (%[2]s) is blocked. To undo it: parlance-cli accept %[2]s")
}

// trust says what the user thinks of a peer.
func (a *app) trust(ctx context.Context, peer string, trust chat.Trust, done string) error {
	return a.with(ctx, func(s *session.Session) error {
		c, err := s.Find(ctx, peer)
		if err != nil {
			return err
		}
		return a.setTrust(ctx, s, c, trust, done)
	})
}

// setTrust does it, for the peer of a conversation.
func (a *app) setTrust(ctx context.Context, s *session.Session, c control.Conversation, trust chat.Trust, done string) error {
	if c.Peer == "" {
		return &usageError{fmt.Sprintf("%s has no ID: trust is for people", show.Single(c.Title))}
	}
	p, err := s.SetTrust(ctx, c.Peer, trust)
	if err != nil {
		return err
	}
	if a.JSON {
		a.out.Value(p.Peer)
		return nil
	}
	a.out.Line(done, show.Single(p.Name), p.ID.Short())
	return nil
}

type verifyCommand struct {
	Peer string `arg:"" help:"A name, or the beginning of an ID."`
	Yes  bool   `short:"y" help:"The IDs were compared already: do not ask."`
}

// Run implements command.
func (c *verifyCommand) Run(ctx context.Context, a *app) error {
	return a.with(ctx, func(s *session.Session) error {
		with, err := s.Find(ctx, c.Peer)
		if err != nil {
			return err
		}
		if with.Peer != "" && !c.Yes && !a.JSON && a.asked {
			a.out.Line("Compare these with %s, side by side or by a voice you know:", show.Single(with.Title))
			a.out.Table([][]string{{"  You", s.Self.ID.String()}, {"  " + show.Single(with.Title), with.Peer}})
			answer, err := a.ask(ctx, "Are both the same on the other screen? [y/N] ")
			if err != nil {
				return err
			}
			if !isYes(answer) {
				return fmt.Errorf("%s is not verified; nothing was changed", show.Single(with.Title))
			}
		}
		return a.setTrust(ctx, s, with, chat.Verified, "%s (%s) is verified.")
	})
}
