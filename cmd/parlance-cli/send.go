package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/parlance-chat/parlance/cmd/parlance-cli/session"
	"github.com/parlance-chat/parlance/cmd/parlance-cli/show"
	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/control"
)

type sendCommand struct {
	Wait  *time.Duration `help:"Wait so long for the delivery to all, in the lobby to anyone, such as 10s." placeholder:"DURATION"`
	Reply string         `help:"The message that this one answers." placeholder:"MESSAGE"`
	To    string         `arg:"" help:"lobby, a name, the beginning of an ID, #room, or udp://host:port."`
	Text  []string       `arg:"" optional:"" help:"What to say; - or nothing reads it from standard input."`
}

// sent is what send prints for programs.
type sent struct {
	ID    chat.MessageID `json:"id"`
	State chat.State     `json:"state"`
}

// Run implements command.
func (c *sendCommand) Run(ctx context.Context, a *app) error {
	text, err := a.text(c.Text)
	if err != nil {
		return err
	}
	return a.with(ctx, func(s *session.Session) error {
		to, err := s.Find(ctx, c.To)
		if err != nil {
			return err
		}
		m, err := c.send(ctx, s, to, text)
		if err != nil {
			return err
		}
		// From here on the message is kept, and nothing may begin again.
		if !a.JSON || c.Wait == nil {
			a.printSent(m.ID, m.State)
		}
		switch {
		case c.Wait != nil:
			now := s.Await(ctx, m.Message, *c.Wait)
			if a.JSON {
				a.printSent(m.ID, now.State)
			}
			if now.State == chat.Refused {
				return refused(to, now)
			}
			if !session.Arrived(now) {
				if !a.JSON {
					a.note("%s It is kept, and goes out as soon as both are there.", missing(to, now))
				}
				return errQueued
			}
		case s.Own():
			now := s.Await(ctx, m.Message, a.linger)
			if now.State == chat.Refused {
				return refused(to, now)
			}
			if !session.Arrived(now) && !a.JSON {
				a.note("%s It is kept, and goes out when this profile is open and both are there.", missing(to, now))
			}
		}
		return nil
	})
}

func (c *sendCommand) send(ctx context.Context, s *session.Session, to control.Conversation, text string) (control.Placed, error) {
	if c.Reply == "" {
		return s.Send(ctx, to.ID, text)
	}
	about, err := s.MessageIn(ctx, to.ID, c.Reply)
	if err != nil {
		return control.Placed{}, err
	}
	return s.Reply(ctx, to.ID, about.ID, text)
}

// refused says that a message was not accepted, and why.
func refused(to control.Conversation, m control.Message) error {
	return fmt.Errorf("%w by the server of %s: %s; it is kept until you take it back with: retract %s", chat.ErrRefused, show.Single(to.Title), show.Single(m.Refusal), m.ID)
}

// missing says who has not got a message yet.
func missing(to control.Conversation, m control.Message) string {
	switch {
	case to.Kind == chat.Lobby:
		return "Nobody in the lobby has got it yet."
	case m.Tally != nil && m.Tally.Delivered > 0:
		return fmt.Sprintf("It is %s in %s.", show.Progress(m), show.Single(to.Title))
	}
	return show.Single(to.Title) + " has not got it yet."
}

func (a *app) printSent(id chat.MessageID, state chat.State) {
	if a.JSON {
		a.out.Value(sent{id, state})
	} else {
		a.out.Line("%s", id)
	}
}

// text returns what is to be sent: words, or what comes from standard input.
func (a *app) text(words []string) (string, error) {
	if len(words) > 1 || len(words) == 1 && words[0] != "-" {
		return strings.Join(words, " "), nil
	}
	if len(words) == 0 && a.asked {
		return "", &usageError{"there is no text: write it after the name, or pipe it in"}
	}
	text, err := io.ReadAll(io.LimitReader(a.in, chat.MaxControlRequest))
	if err != nil {
		return "", fmt.Errorf("read the text from standard input: %w", err)
	}
	// The line feed that ends a file ends no message.
	out := strings.TrimSuffix(strings.TrimSuffix(string(text), "\n"), "\r")
	return out, chat.CheckText(out)
}

// ask puts a question to the person at the terminal.
func (a *app) ask(ctx context.Context, question string) (string, error) {
	fmt.Fprint(a.world.out, question)
	type reply struct {
		line string
		err  error
	}
	// Nothing ends a read of a terminal; the program does, right after.
	got := make(chan reply, 1)
	go func() {
		line, err := bufio.NewReader(a.in).ReadString('\n')
		got <- reply{line, err}
	}()
	select {
	case r := <-got:
		if errors.Is(r.err, io.EOF) {
			r.err = nil
		}
		return r.line, r.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}
