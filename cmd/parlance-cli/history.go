package main

import (
	"context"
	"fmt"
	"iter"
	"strings"

	"github.com/parlance-chat/parlance/cmd/parlance-cli/session"
	"github.com/parlance-chat/parlance/cmd/parlance-cli/show"
	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/control"
)

// screenful is how many messages a person at a terminal gets who did not say.
const screenful = 100

type conversationsCommand struct{}

// Run implements command.
func (*conversationsCommand) Run(ctx context.Context, a *app) error {
	return a.with(ctx, func(s *session.Session) error {
		list, err := s.Conversations(ctx)
		if err != nil {
			return err
		}
		if a.JSON {
			for _, c := range list {
				a.out.Value(c)
			}
			return nil
		}
		rooms, err := s.Rooms(ctx)
		if err != nil {
			return err
		}
		a.printConversations(list, rooms, show.Of(s.Self))
		return nil
	})
}

func (a *app) printConversations(list []control.Conversation, rooms []control.Room, viewer show.Viewer) {
	joined := make(map[chat.ConversationID]control.Room)
	for _, r := range rooms {
		joined[r.ID] = r
	}
	quiet := true
	rows := [][]string{{"WITH", "KIND", "UNREAD", "LAST"}}
	for _, c := range list {
		kind := string(c.Kind)
		if c.Members > 0 {
			kind = fmt.Sprintf("%s of %d", kind, c.Members)
		}
		if r, ok := joined[c.ID]; ok {
			kind += fmt.Sprintf(" on %s (%s)", show.Single(r.Server), show.Standing(r))
		}
		unread := ""
		if c.Unread > 0 {
			unread = fmt.Sprint(c.Unread)
		}
		last := ""
		if m := c.Last; m != nil {
			quiet = false
			last = m.Sent.Local().Format("2006-01-02 15:04") + "  " + viewer.Brief(*m, 40)
		}
		rows = append(rows, []string{show.Single(c.Title) + standing(c), kind, unread, last})
	}
	a.out.Table(rows)
	if quiet {
		a.note("Nothing was said yet. To begin: parlance-cli send NAME TEXT")
	}
}

// standing says in brackets what is special about a conversation.
func standing(c control.Conversation) string {
	var notes []string
	if c.Request {
		notes = append(notes, "join or leave?")
	}
	if c.Mentioned {
		notes = append(notes, "calls you")
	}
	if c.Muted {
		notes = append(notes, "muted")
	}
	if c.Closed != "" {
		notes = append(notes, "closed")
	}
	if len(notes) == 0 {
		return ""
	}
	return " (" + strings.Join(notes, ", ") + ")"
}

type historyCommand struct {
	Limit *int   `help:"The newest N messages only; 0 for all. If not given: 100 at a terminal, all for programs and pipes." placeholder:"N"`
	IDs   bool   `name:"ids" help:"Print each message's ID."`
	To    string `arg:"" help:"lobby, a name, the beginning of an ID, #room, or udp://host:port."`
}

// Run implements command.
func (c *historyCommand) Run(ctx context.Context, a *app) error {
	limit := 0
	switch {
	case c.Limit != nil && *c.Limit < 0:
		return &usageError{fmt.Sprintf("--limit %d is below 0", *c.Limit)}
	case c.Limit != nil:
		limit = *c.Limit
	case !a.JSON && a.width() > 0:
		limit = screenful
	}
	return a.with(ctx, func(s *session.Session) error {
		to, err := s.Find(ctx, c.To)
		if err != nil {
			return err
		}
		t := show.Transcript{Out: a.out, Viewer: show.Of(s.Self), Width: a.width()}
		if c.IDs {
			t.Label = func(m control.Message) string { return m.ID.String() }
		}
		return a.printMessages(s.Messages(ctx, to.ID, limit), a.JSON, &t)
	})
}

// printMessages prints a conversation.
func (a *app) printMessages(messages iter.Seq2[control.Placed, error], asJSON bool, t *show.Transcript) error {
	for m, err := range messages {
		switch {
		case err != nil:
			return err
		case asJSON:
			a.out.Value(m.Message)
		default:
			t.Message(m.Message)
		}
		if a.out.Err != nil {
			return a.out.Err
		}
	}
	return nil
}

type searchCommand struct {
	Limit int      `help:"At most N messages." default:"50" placeholder:"N"`
	Words []string `arg:"" help:"All of them must be in the message."`
}

// Run implements command.
func (c *searchCommand) Run(ctx context.Context, a *app) error {
	if c.Limit < 1 {
		return &usageError{fmt.Sprintf("--limit %d is below 1", c.Limit)}
	}
	return a.with(ctx, func(s *session.Session) error {
		found, err := s.Search(ctx, strings.Join(c.Words, " "), min(c.Limit, control.MaxPage))
		if err != nil {
			return err
		}
		if a.JSON {
			for _, m := range found {
				a.out.Value(m.Message)
			}
			return nil
		}
		if len(found) == 0 {
			a.note("Nothing found.")
			return nil
		}
		conversations, err := s.Conversations(ctx)
		if err != nil {
			return err
		}
		titles := make(map[chat.ConversationID]string)
		for _, c := range conversations {
			titles[c.ID] = show.Single(c.Title)
		}
		viewer := show.Of(s.Self)
		for _, m := range found {
			who := show.Single(m.From.Name)
			switch title := titles[m.Conversation]; {
			case m.Own():
				who = "You to " + title
			case title != who:
				who += " in " + title
			}
			at := m.Sent.Local().Format("2006-01-02 15:04") + "  "
			a.out.Line("%s", viewer.Message(m.Message, at+who, a.width()))
		}
		return nil
	})
}

type exportCommand struct {
	Format string `help:"jsonl, txt or html." enum:"jsonl,txt,html" default:"txt"`
	To     string `arg:"" help:"lobby, a name, the beginning of an ID, #room, or udp://host:port."`
}

// Run implements command.
func (c *exportCommand) Run(ctx context.Context, a *app) error {
	return a.with(ctx, func(s *session.Session) error {
		to, err := s.Find(ctx, c.To)
		if err != nil {
			return err
		}
		all := s.Messages(ctx, to.ID, 0)
		if c.Format == "html" && !a.JSON {
			return show.Page(a.out, to, s.Self, all)
		}
		file := show.Transcript{Out: a.out, Viewer: show.Of(s.Self)} // a file has no edge
		return a.printMessages(all, a.JSON || c.Format == "jsonl", &file)
	})
}
