package main

import (
	"context"
	"fmt"
	"html/template"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/parlance-chat/parlance/netcore"
	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/control"
)

// screenful is how many messages a person at a terminal gets who did not say.
const screenful = 100

type conversationsCommand struct{}

// Run implements command.
func (*conversationsCommand) Run(ctx context.Context, a *app) error {
	return a.with(ctx, func(s *session) error {
		list, err := s.Conversations(ctx)
		if err != nil {
			return err
		}
		if a.JSON {
			for _, c := range list {
				a.out.value(c)
			}
			return nil
		}
		if len(list) == 0 {
			a.note("There are no conversations yet. To begin one: parlance-cli send NAME TEXT")
			return nil
		}
		rows := [][]string{{"WITH", "KIND", "UNREAD", "LAST"}}
		for _, c := range list {
			last := ""
			if m := c.Last; m != nil {
				author := single(m.From.Name)
				if m.Own() {
					author = "You"
				}
				last = fmt.Sprintf("%s  %s: %s", m.Sent.Local().Format("2006-01-02 15:04"), author, excerpt(m.Text, 40))
			}
			unread := ""
			if c.Unread > 0 {
				unread = fmt.Sprint(c.Unread)
			}
			rows = append(rows, []string{single(c.Title), string(c.Kind), unread, last})
		}
		a.out.table(rows)
		return nil
	})
}

type historyCommand struct {
	Limit *int   `help:"The newest N messages only; 0 for all. If not given: 100 at a terminal, all for programs and pipes." placeholder:"N"`
	To    string `arg:"" help:"A name, the beginning of an ID, or udp://host:port."`
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
	return a.with(ctx, func(s *session) error {
		to, err := s.resolve(ctx, c.To)
		if err != nil {
			return err
		}
		return a.printMessages(s.messages(ctx, to.ID, limit), a.JSON, a.width())
	})
}

// messages walks through a conversation, oldest first: all of it, or the newest
// limit messages if limit is not 0.
func (s *session) messages(ctx context.Context, id chat.ConversationID, limit int) iter.Seq2[control.Placed, error] {
	return func(yield func(control.Placed, error) bool) {
		after := control.Beginning
		if limit > 0 {
			newest, err := s.newest(ctx, id, limit)
			if err != nil {
				yield(control.Placed{}, err)
				return
			}
			for _, m := range newest {
				if !yield(m, nil) {
					return
				}
			}
			return
		}
		for {
			page, err := s.History(ctx, id, netcore.Page{After: after, Limit: control.MaxPage})
			if err != nil {
				yield(control.Placed{}, err)
				return
			}
			for _, m := range page {
				if !yield(m, nil) {
					return
				}
			}
			if len(page) == 0 {
				return
			}
			after = page[len(page)-1].Position
		}
	}
}

// newest returns the newest limit messages, oldest first.
func (s *session) newest(ctx context.Context, id chat.ConversationID, limit int) ([]control.Placed, error) {
	var pages [][]control.Placed
	var before chat.Position
	for limit > 0 {
		page, err := s.History(ctx, id, netcore.Page{Before: before, Limit: min(limit, control.MaxPage)})
		if err != nil {
			return nil, err
		}
		if len(page) == 0 {
			break
		}
		pages = append(pages, page)
		limit -= len(page)
		before = page[0].Position
	}
	slices.Reverse(pages)
	return slices.Concat(pages...), nil
}

// printMessages prints a conversation.
func (a *app) printMessages(messages iter.Seq2[control.Placed, error], asJSON bool, width int) error {
	t := transcript{out: a.out, width: width}
	for m, err := range messages {
		switch {
		case err != nil:
			return err
		case asJSON:
			a.out.value(m.Message)
		default:
			t.message(m.Message)
		}
		if a.out.err != nil {
			return a.out.err
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
	return a.with(ctx, func(s *session) error {
		found, err := s.Search(ctx, strings.Join(c.Words, " "), min(c.Limit, control.MaxPage))
		if err != nil {
			return err
		}
		if a.JSON {
			for _, m := range found {
				a.out.value(m.Message)
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
			titles[c.ID] = single(c.Title)
		}
		for _, m := range found {
			who := single(m.From.Name)
			switch title := titles[m.Conversation]; {
			case m.Own():
				who = "You to " + title
			case title != who:
				who += " in " + title
			}
			a.out.line("%s", block(fmt.Sprintf("%s  %s: ", m.Sent.Local().Format("2006-01-02 15:04"), who), m.Text, a.width()))
		}
		return nil
	})
}

type exportCommand struct {
	Format string `help:"jsonl, txt or html." enum:"jsonl,txt,html" default:"txt"`
	To     string `arg:"" help:"A name, the beginning of an ID, or udp://host:port."`
}

// Run implements command.
func (c *exportCommand) Run(ctx context.Context, a *app) error {
	return a.with(ctx, func(s *session) error {
		to, err := s.resolve(ctx, c.To)
		if err != nil {
			return err
		}
		all := s.messages(ctx, to.ID, 0)
		if c.Format == "html" && !a.JSON {
			return a.exportHTML(to, s.self, all)
		}
		return a.printMessages(all, a.JSON || c.Format == "jsonl", 0) // a file has no edge
	})
}

// exportHTML writes a page that stands alone, message by message.
func (a *app) exportHTML(with control.Conversation, self control.Self, all iter.Seq2[control.Placed, error]) error {
	write := func(name string, data any) error {
		if a.out.err == nil {
			a.out.begun = true
			a.out.err = page.ExecuteTemplate(a.world.out, name, data)
		}
		return a.out.err
	}
	if err := write("head", map[string]any{
		"Title": single(with.Title), "Kind": with.Kind, "Self": single(self.Name), "At": time.Now().Format(day + ", " + clock),
	}); err != nil {
		return err
	}
	last := ""
	for m, err := range all {
		if err != nil {
			return err
		}
		if d := m.Sent.Local().Format(day); d != last {
			last = d
			if err := write("day", d); err != nil {
				return err
			}
		}
		if err := write("message", map[string]any{
			"Own": m.Own(), "From": single(m.From.Name), "State": m.State, "Text": clean(m.Text), "Late": late(m.Message),
			"At": m.Sent.Local().Format(clock), "Exact": m.Sent.Format(time.RFC3339Nano),
		}); err != nil {
			return err
		}
	}
	return write("foot", nil)
}

var page = template.Must(template.New("").Parse(`
{{- define "head"}}<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{{.Title}}</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 46em; margin: 2em auto; padding: 0 1em; color: #222; background: #fff }
h2 { font-size: 1em; text-align: center; color: #777; margin: 2em 0 1em }
p { margin: .5em 0; white-space: pre-wrap; overflow-wrap: anywhere }
b { color: #26547c } .own b { color: #3a7d44 } small { color: #777 }
@media (prefers-color-scheme: dark) { body { color: #ddd; background: #1b1b1b } b { color: #8ab6d9 } .own b { color: #8fd19e } }
</style>
<h1>{{.Title}}</h1>
<small>A {{.Kind}} conversation, as {{.Self}} had it on {{.At}}.</small>
{{end}}
{{- define "day"}}<h2>{{.}}</h2>
{{end}}
{{- define "message"}}<p{{if .Own}} class="own"{{end}}><b>{{.From}}</b> <small><time datetime="{{.Exact}}">{{.At}}</time>{{.Late}}{{with .State}} {{.}}{{end}}</small>
{{.Text}}</p>
{{end}}
{{- define "foot"}}</html>
{{end}}`))
