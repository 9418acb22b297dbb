package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/parlance-chat/parlance/cmd/parlance-cli/session"
	"github.com/parlance-chat/parlance/cmd/parlance-cli/show"
	"github.com/parlance-chat/parlance/netcore"
)

type identityCommands struct {
	Renew identityRenewCommand `cmd:"" help:"Become somebody new to others; what was said stays here."`
}

type identityRenewCommand struct {
	Yes bool `short:"y" help:"Do not ask."`
}

const renewal = `This device gets a new key. To others it is somebody new, whom they have to accept and verify again. What was said stays here; nothing can be written in the old direct conversations any more. The old key is kept beside the new one.`

// Run implements command.
func (c *identityRenewCommand) Run(ctx context.Context, a *app) error {
	profile, err := a.door.Profile()
	if err != nil {
		return err
	}
	if _, err := os.Stat(profile); err != nil { // a new profile has a new key anyway
		return fmt.Errorf("there is no profile to renew: %w", err)
	}
	if !c.Yes {
		if !a.asked || a.JSON {
			return &usageError{"renewing an identity cannot be undone: to do it without being asked, add --yes"}
		}
		a.out.Line("%s", show.Block("", renewal, a.width()))
		answer, err := a.ask(ctx, "Renew the identity? [y/N] ")
		if err != nil {
			return err
		}
		if !isYes(answer) {
			return errors.New("the identity stays; nothing was changed")
		}
	}
	err = a.renew(profile)
	if inUse := (*netcore.InUseError)(nil); errors.As(err, &inUse) {
		return fmt.Errorf("the identity stays: %w", err)
	}
	if err != nil || a.JSON {
		return err
	}
	a.out.Line("This device has a new identity. To see it: parlance-cli id")
	return nil
}

func isYes(answer string) bool {
	answer = strings.ToLower(strings.TrimSpace(answer))
	return answer == "y" || answer == "yes"
}

// shared says what is wrong when another machine has this device's key.
func shared(address string) string {
	return fmt.Sprintf("Another machine, at %s, uses the same identity as this one, as copies of a disk do. Messages may go to either. To become a device of its own, close Parlance on one of them and run there: parlance-cli identity renew", show.Single(address))
}

type setCommands struct {
	ReadMarks setReadMarksCommand `cmd:"" help:"Whether others are told what you have read."`
}

type setReadMarksCommand struct {
	On string `arg:"" optional:"" enum:"on,off," default:"" help:"on or off; leave it out to ask which it is."`
}

// Run implements command.
func (c *setReadMarksCommand) Run(ctx context.Context, a *app) error {
	return a.with(ctx, func(s *session.Session) error {
		if c.On != "" {
			if err := s.SetReadMarks(ctx, c.On == "on"); err != nil {
				return err
			}
		}
		on, err := s.ReadMarks(ctx)
		if err != nil {
			return err
		}
		switch {
		case a.JSON:
			a.out.Value(map[string]bool{"read-marks": on})
		case on:
			a.out.Line("Others are told what you have read.")
		default:
			a.out.Line("Others are not told what you have read.")
		}
		return nil
	})
}
