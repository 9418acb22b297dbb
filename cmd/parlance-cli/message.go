package main

import (
	"context"
	"fmt"

	"github.com/parlance-chat/parlance/cmd/parlance-cli/session"
	"github.com/parlance-chat/parlance/cmd/parlance-cli/show"
	"github.com/parlance-chat/parlance/netcore/control"
)

// which says which message a command is about.
type which struct {
	In      string `help:"The conversation it is in; the beginning of its ID is enough then." placeholder:"TO"`
	Message string `arg:"" help:"A message's ID."`
}

// about runs do with the message, and prints the message as it is then.
func (w which) about(ctx context.Context, a *app, done string, do func(*session.Session, control.Placed) error) error {
	return a.with(ctx, func(s *session.Session) error {
		m, err := s.Message(ctx, w.In, w.Message)
		if err != nil {
			return err
		}
		if err := do(s, m); err != nil {
			return err
		}
		if a.JSON {
			if m, err = s.Client.Message(ctx, m.Conversation, m.ID); err != nil {
				return err
			}
			a.out.Value(m.Message)
		} else {
			a.out.Line("%s", done)
		}
		a.stay(ctx, s)
		return nil
	})
}

// stay lets what was done here leave, if this program has the profile open: no
// receipt tells when it has. What has not left by then does so the next time.
func (a *app) stay(ctx context.Context, s *session.Session) {
	if s.Own() {
		_ = session.Pause(ctx, a.linger) // an interruption ends it
	}
}

type editCommand struct {
	which
	Text []string `arg:"" optional:"" help:"What it says from now on; - or nothing reads it from standard input."`
}

// Run implements command.
func (c *editCommand) Run(ctx context.Context, a *app) error {
	text, err := a.text(c.Text)
	if err != nil {
		return err
	}
	return c.about(ctx, a, "Edited.", func(s *session.Session, m control.Placed) error {
		return s.Edit(ctx, m.Conversation, m.ID, text)
	})
}

type retractCommand struct{ which }

// Run implements command.
func (c *retractCommand) Run(ctx context.Context, a *app) error {
	return c.about(ctx, a, "Taken back. Whoever has read it has read it; every Parlance that hears of this drops it.", func(s *session.Session, m control.Placed) error {
		return s.Retract(ctx, m.Conversation, m.ID)
	})
}

type reactCommand struct {
	which
	Emoji string `arg:"" optional:"" help:"Such as 👍; leave it out to take yours back."`
}

// Run implements command.
func (c *reactCommand) Run(ctx context.Context, a *app) error {
	done := "Done."
	if c.Emoji == "" {
		done = "The reaction is taken back."
	}
	return c.about(ctx, a, done, func(s *session.Session, m control.Placed) error {
		return s.React(ctx, m.Conversation, m.ID, c.Emoji)
	})
}

type receiptsCommand struct{ which }

// Run implements command.
func (c *receiptsCommand) Run(ctx context.Context, a *app) error {
	return a.with(ctx, func(s *session.Session) error {
		m, err := s.Message(ctx, c.In, c.Message)
		if err != nil {
			return err
		}
		list, err := s.Receipts(ctx, m.Conversation, m.ID)
		if err != nil {
			return err
		}
		if a.JSON {
			for _, r := range list {
				a.out.Value(r)
			}
			return nil
		}
		a.out.Line("%s", show.Block("", fmt.Sprintf("“%s” is %s.", show.Of(s.Self).Summary(m.Message, 60), show.Progress(m.Message)), a.width()))
		var rows [][]string
		for _, r := range list {
			rows = append(rows, []string{show.Single(r.Name), string(r.State)})
		}
		a.out.Table(rows)
		return nil
	})
}

type revisionsCommand struct{ which }

// Run implements command.
func (c *revisionsCommand) Run(ctx context.Context, a *app) error {
	return a.with(ctx, func(s *session.Session) error {
		m, err := s.Message(ctx, c.In, c.Message)
		if err != nil {
			return err
		}
		list, err := s.Revisions(ctx, m.Conversation, m.ID)
		if err != nil {
			return err
		}
		for _, r := range list {
			if a.JSON {
				a.out.Value(r)
			} else {
				a.out.Line("%s", show.Block(r.Sent.Local().Format("2006-01-02 15:04")+"  ", r.Text, a.width()))
			}
		}
		return nil
	})
}
