package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/control"
)

type upCommand struct{}

// Run implements command. It ends well when it is interrupted: that is how one
// leaves.
func (*upCommand) Run(ctx context.Context, a *app) error {
	s, err := a.openOwn(ctx, true)
	if err != nil {
		return err
	}
	err = a.watch(ctx, s)
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		err = nil
	}
	return errors.Join(err, s.Close())
}

// watch prints the session's events until ctx or the session ends.
func (a *app) watch(ctx context.Context, s *session) error {
	stream, err := s.Events(ctx)
	if err != nil {
		return err
	}
	defer stream.Close()
	w := watcher{app: a, session: s, names: newNames(), told: make(map[string]control.Peer), titles: make(map[chat.ConversationID]string)}
	for a.out.err == nil {
		e, err := stream.Next()
		if err != nil {
			return err
		}
		if a.JSON {
			a.out.raw(e.Line)
		} else {
			w.tell(ctx, e)
		}
	}
	return a.out.err
}

// watcher tells people what happens.
type watcher struct {
	*app
	session *session
	names   *names
	told    map[string]control.Peer        // by ID: as they were told last
	titles  map[chat.ConversationID]string // of conversations
}

func (w *watcher) tell(ctx context.Context, e control.Event) {
	at := e.Time.Local().Format("15:04:05")
	say := func(format string, args ...any) {
		w.out.line("%s", block(at+"  ", fmt.Sprintf(format, args...), w.width()))
	}
	switch body := e.Body.(type) {
	case control.Ready:
		w.out.line("%s is on the network as %s at %s; press Ctrl+C to leave", single(body.Name), body.ID.Short(), body.Link)
	case control.Peer:
		id := body.ID.String()
		w.names.learn(id, body.Name)
		if len(w.told) > chat.MaxPeers {
			clear(w.told)
		}
		who := w.names.of(id)
		told := w.told[id]
		w.told[id] = body
		// Addresses and trust come and go; people are told of what concerns them.
		switch {
		case body.Trust == chat.Changed && told.Trust != chat.Changed:
			say("%s is here with another key than before; compare IDs before you trust it", who)
		case body.State == told.State && told.Name != "" && told.Name != body.Name:
			say("%s is called %s now", single(told.Name), who)
		case body.State == told.State:
		case body.State == chat.Online && body.Trust == chat.New:
			say("%s is here, somebody new%s", who, where(body))
		case body.State == chat.Online:
			say("%s is here%s", who, where(body))
		case told.State == chat.Online:
			say("%s left", who)
		}
	case control.Message:
		var who string
		if body.Own() {
			who = "You to " + w.title(ctx, body.Conversation)
		} else {
			w.names.learn(body.From.ID, body.From.Name)
			who = w.names.of(body.From.ID)
			if body.Kind != chat.Direct && body.Kind != chat.Plain {
				who += " in " + w.title(ctx, body.Conversation)
			}
		}
		w.out.line("%s", block(fmt.Sprintf("%s  %s%s: ", at, who, late(body)), body.Text, w.width()))
	case control.StateChange:
		switch {
		case body.State == chat.Delivered && body.Peer != "":
			say("delivered to %s", w.names.of(body.Peer))
		case body.State == chat.Read && body.Peer != "":
			say("read by %s", w.names.of(body.Peer))
		}
	case control.Notice:
		if !w.noted[body.Text] {
			say("%s", body.Text)
		}
	case nil:
		if e.Name == control.EventLagged {
			say("too much happened at once; some of it is not shown here, and nothing is lost")
		}
	}
}

func where(p control.Peer) string {
	if len(p.Addresses) == 0 {
		return ""
	}
	return " (" + p.Addresses[0].String() + ")"
}

// title returns what a conversation is called.
func (w *watcher) title(ctx context.Context, id chat.ConversationID) string {
	if _, ok := w.titles[id]; !ok {
		list, err := w.session.Conversations(ctx)
		if err != nil {
			return "a conversation"
		}
		clear(w.titles)
		for _, c := range list {
			w.titles[c.ID] = single(c.Title)
		}
		if w.titles[id] == "" {
			w.titles[id] = "a conversation"
		}
	}
	return w.titles[id]
}
