package main

import (
	"context"
	"errors"

	"github.com/parlance-chat/parlance/cmd/parlance-cli/session"
	"github.com/parlance-chat/parlance/cmd/parlance-cli/talk"
)

type chatCommand struct {
	To string `arg:"" optional:"" help:"lobby, a name, the beginning of an ID, #room, or udp://host:port."`
}

// Run implements command.
func (c *chatCommand) Run(ctx context.Context, a *app) error {
	cfg := talk.Config{
		To: c.To, In: a.in, Out: a.out, JSON: a.JSON, Linger: a.linger, Door: a.door,
		Note: a.note, Notice: a.notice, Shared: shared,
	}
	if !a.JSON {
		cfg.Terminal = a.terminal()
	}
	if t := cfg.Terminal; t != nil {
		out, stderr := a.out.W, a.world.err
		a.out.W, a.world.err = t, t
		defer func() {
			t.Close()
			a.out.W, a.world.err = out, stderr
		}()
	}
	if c.To == "" && cfg.Terminal == nil {
		return &usageError{"chat needs a name where there is no terminal: parlance-cli chat TO"}
	}
	err := a.with(ctx, func(s *session.Session) error { return talk.Run(ctx, s, cfg) })
	if errors.Is(err, context.Canceled) {
		return nil // leaving is how a chat ends
	}
	return err
}
