package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/parlance-chat/parlance/netcore"
	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/control"
)

type sendCommand struct {
	Wait *time.Duration `help:"Wait so long for the delivery, such as 10s." placeholder:"DURATION"`
	To   string         `arg:"" help:"A name, the beginning of an ID, or udp://host:port."`
	Text []string       `arg:"" optional:"" help:"What to say; - or nothing reads it from standard input."`
}

// sent is what send prints for programs.
type sent struct {
	ID    chat.MessageID `json:"id"`
	State chat.State     `json:"state"`
}

// Run implements command.
func (c *sendCommand) Run(ctx context.Context, a *app) error {
	text, err := c.text(a)
	if err != nil {
		return err
	}
	return a.with(ctx, func(s *session) error {
		to, err := s.resolve(ctx, c.To)
		if err != nil {
			return err
		}
		m, err := s.Send(ctx, to.ID, text)
		if err != nil {
			return err
		}
		// From here on the message is kept, and nothing may begin again.
		if !a.JSON || c.Wait == nil {
			a.printSent(m.ID, m.State)
		}
		switch {
		case c.Wait != nil:
			state := a.await(ctx, s, m, *c.Wait)
			if a.JSON {
				a.printSent(m.ID, state)
			}
			if !arrived(m.Kind, state) {
				if !a.JSON {
					a.note("%s has not got it yet. It is kept, and goes out as soon as both are there.", single(to.Title))
				}
				return errQueued
			}
		case s.own():
			if state := a.await(ctx, s, m, a.linger); !arrived(m.Kind, state) && !a.JSON {
				a.note("%s has not got it yet. It is kept, and goes out when this profile is open and both are there.", single(to.Title))
			}
		}
		return nil
	})
}

func (a *app) printSent(id chat.MessageID, state chat.State) {
	if a.JSON {
		a.out.value(sent{id, state})
	} else {
		a.out.line("%s", id)
	}
}

// text returns what is to be sent.
func (c *sendCommand) text(a *app) (string, error) {
	if len(c.Text) > 1 || len(c.Text) == 1 && c.Text[0] != "-" {
		return strings.Join(c.Text, " "), nil
	}
	if len(c.Text) == 0 && a.asked {
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

// arrived says that a message in a conversation of that kind has come as far as
// can be known.
func arrived(kind chat.Kind, state chat.State) bool {
	switch state {
	case chat.Delivered, chat.Read:
		return true
	case chat.Sent:
		return kind == chat.Plain // nobody sends receipts there
	}
	return false
}

// await waits until a message has arrived, for so long and no longer, and
// returns its state. When the program that had the profile open ends meanwhile,
// this one opens it and goes on.
func (a *app) await(ctx context.Context, s *session, m control.Placed, wait time.Duration) chat.State {
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	state := m.State
	for {
		if a.awaitIn(ctx, s, m, &state); ctx.Err() != nil || arrived(m.Kind, state) {
			return state
		}
		again, err := a.session(ctx)
		if err != nil {
			return state
		}
		defer again.Close()
		s = again
	}
}

// awaitIn does what await does until the session ends.
func (a *app) awaitIn(ctx context.Context, s *session, m control.Placed, state *chat.State) {
	stream, err := s.Events(ctx)
	if err != nil {
		return
	}
	defer stream.Close()
	for {
		e, err := stream.Next()
		if err != nil {
			return
		}
		var change *control.StateChange
		switch body := e.Body.(type) {
		case control.StateChange:
			if body.Message != m.ID {
				continue
			}
			change = &body
		case control.Ready:
		default:
			if e.Name != control.EventLagged {
				continue
			}
		}
		if now, err := s.stateOf(ctx, m, change); err == nil {
			*state = now
		}
		if arrived(m.Kind, *state) {
			return
		}
	}
}

// stateOf returns how far an own message has come. change is an event that told
// of it, if one did: it speaks of one recipient, and where there is no other it
// needs no looking up.
func (s *session) stateOf(ctx context.Context, m control.Placed, change *control.StateChange) (chat.State, error) {
	if change != nil && (m.Kind == chat.Direct || m.Kind == chat.Plain) {
		return change.State, nil
	}
	before := m.Position
	for i := len(before) - 1; i >= 0; i-- {
		before[i]--
		if before[i] != 0xff {
			break
		}
	}
	page, err := s.History(ctx, m.Conversation, netcore.Page{After: before, Limit: 1})
	if err != nil {
		return "", err
	}
	if len(page) == 0 || page[0].ID != m.ID {
		return "", fmt.Errorf("message %s is not where it was", m.ID)
	}
	return page[0].State, nil
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
