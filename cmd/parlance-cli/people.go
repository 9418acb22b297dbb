package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/control"
)

type idCommand struct{}

// Run implements command.
func (*idCommand) Run(ctx context.Context, a *app) error {
	return a.with(ctx, func(s *session) error {
		if a.JSON {
			a.out.value(s.self)
			return nil
		}
		addresses := make([]string, len(s.self.Addresses))
		for i, address := range s.self.Addresses {
			addresses[i] = address.String()
		}
		a.out.table([][]string{
			{"Name", single(s.self.Name)},
			{"ID", s.self.ID.String()},
			{"Addresses", strings.Join(addresses, ", ")},
			{"Profile", single(s.self.Profile)},
		})
		return nil
	})
}

type peersCommand struct{}

// Run implements command.
func (*peersCommand) Run(ctx context.Context, a *app) error {
	return a.with(ctx, func(s *session) error {
		if err := s.settle(ctx); err != nil {
			return err
		}
		peers, err := s.Peers(ctx)
		if err != nil {
			return err
		}
		if a.JSON {
			for _, p := range peers {
				a.out.value(p.Peer)
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
			rows = append(rows, []string{single(p.Name), string(p.State), string(p.Trust), p.ID.Short(), address})
		}
		a.out.table(rows)
		return nil
	})
}

type connectCommand struct {
	Address string `arg:"" help:"host, or host:port."`
}

// Run implements command.
func (c *connectCommand) Run(ctx context.Context, a *app) error {
	return a.with(ctx, func(s *session) error {
		p, err := s.Connect(ctx, c.Address)
		if err != nil {
			return err
		}
		if a.JSON {
			a.out.value(p.Peer)
			return nil
		}
		a.out.line("Connected to %s (%s).", single(p.Name), p.ID.Short())
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
	return a.trust(ctx, c.Peer, chat.Blocked, "%s (%s) is blocked. To undo it: parlance-cli accept")
}

// trust says what the user thinks of a peer.
func (a *app) trust(ctx context.Context, peer string, trust chat.Trust, done string) error {
	return a.with(ctx, func(s *session) error {
		c, err := s.resolve(ctx, peer)
		if err != nil {
			return err
		}
		return a.setTrust(ctx, s, c, trust, done)
	})
}

// setTrust does it, for the peer of a conversation.
func (a *app) setTrust(ctx context.Context, s *session, c control.Conversation, trust chat.Trust, done string) error {
	if c.Peer == "" {
		return &usageError{fmt.Sprintf("%s has no ID: trust is for people", single(c.Title))}
	}
	p, err := s.SetTrust(ctx, c.Peer, trust)
	if err != nil {
		return err
	}
	if a.JSON {
		a.out.value(p.Peer)
		return nil
	}
	a.out.line(done, single(p.Name), p.ID.Short())
	return nil
}

type verifyCommand struct {
	Peer string `arg:"" help:"A name, or the beginning of an ID."`
	Yes  bool   `short:"y" help:"The IDs were compared already: do not ask."`
}

// Run implements command.
func (c *verifyCommand) Run(ctx context.Context, a *app) error {
	return a.with(ctx, func(s *session) error {
		with, err := s.resolve(ctx, c.Peer)
		if err != nil {
			return err
		}
		if with.Peer != "" && !c.Yes && !a.JSON && a.asked {
			a.out.line("Compare these with %s, side by side or by a voice you know:", single(with.Title))
			a.out.table([][]string{{"  You", s.self.ID.String()}, {"  " + single(with.Title), with.Peer}})
			answer, err := a.ask(ctx, "Are both the same on the other screen? [y/N] ")
			if err != nil {
				return err
			}
			if answer := strings.ToLower(strings.TrimSpace(answer)); answer != "y" && answer != "yes" {
				return fmt.Errorf("%s is not verified; nothing was changed", single(with.Title))
			}
		}
		return a.setTrust(ctx, s, with, chat.Verified, "%s (%s) is verified.")
	})
}

type doctorCommand struct{}

// marks stand before findings.
var marks = map[string]string{"good": "✓", "note": "•", "bad": "✗"}

// Run implements command.
func (*doctorCommand) Run(ctx context.Context, a *app) error {
	return a.with(ctx, func(s *session) error {
		if err := s.settle(ctx); err != nil {
			return err
		}
		report, err := s.Doctor(ctx)
		if err != nil {
			return err
		}
		worst := "good"
		for _, f := range report.Findings {
			if f.State == "bad" || f.State == "note" && worst == "good" {
				worst = f.State
			}
		}
		a.printFindings(report.Findings)
		if a.JSON {
			a.out.value(control.Finding{Topic: "summary", State: worst, Text: report.Sentence})
		} else {
			a.out.line("")
			a.out.line("%s", block("", report.Sentence, a.width()))
		}
		if worst == "bad" {
			return errBad
		}
		return nil
	})
}

// printFindings prints findings, those of one topic together.
func (a *app) printFindings(findings []control.Finding) {
	var topics []string
	byTopic := make(map[string][]control.Finding)
	for _, f := range findings {
		if a.JSON {
			a.out.value(f)
			continue
		}
		if byTopic[f.Topic] == nil {
			topics = append(topics, f.Topic)
		}
		byTopic[f.Topic] = append(byTopic[f.Topic], f)
	}
	for _, topic := range topics {
		a.out.line("%s", single(topic))
		for _, f := range byTopic[topic] {
			mark, ok := marks[f.State]
			if !ok {
				mark = "?"
			}
			a.out.line("%s", block("  "+mark+" ", f.Text, a.width()))
			if f.Advice != "" {
				a.out.line("%s", block("    → ", f.Advice, a.width()))
			}
		}
	}
}
