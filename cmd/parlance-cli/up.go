package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/parlance-chat/parlance/cmd/parlance-cli/session"
	"github.com/parlance-chat/parlance/cmd/parlance-cli/show"
	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/control"
)

type upCommand struct{}

// Run implements command. It ends well when it is interrupted: that is how one
// leaves.
func (*upCommand) Run(ctx context.Context, a *app) error {
	s, err := a.door.Own(ctx, true)
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
func (a *app) watch(ctx context.Context, s *session.Session) error {
	stream, err := s.Events(ctx)
	if err != nil {
		return err
	}
	defer stream.Close()
	names := show.NewNames()
	w := watcher{
		app: a, session: s, names: names, viewer: show.Viewer{Self: s.Self.ID.String(), Name: names.Call},
		told: make(map[string]control.Peer), titles: make(map[chat.ConversationID]string),
	}
	for a.out.Err == nil {
		e, err := stream.Next()
		if err != nil {
			return err
		}
		if a.JSON {
			a.out.Raw(e.Line)
		} else {
			w.tell(ctx, e)
		}
	}
	return a.out.Err
}

// watcher tells people what happens.
type watcher struct {
	*app
	session *session.Session
	names   *show.Names
	viewer  show.Viewer
	shown   show.Memory
	told    map[string]control.Peer        // by ID: as they were told last
	titles  map[chat.ConversationID]string // of conversations
}

func (w *watcher) tell(ctx context.Context, e control.Event) {
	at := e.Time.Local().Format("15:04:05")
	say := func(format string, args ...any) {
		w.out.Line("%s", show.Block(at+"  ", fmt.Sprintf(format, args...), w.width()))
	}
	switch body := e.Body.(type) {
	case control.Ready:
		w.out.Line("%s is on the network as %s at %s; press Ctrl+C to leave", show.Single(body.Name), body.ID.Short(), body.Link)
	case control.Peer:
		id := body.ID.String()
		w.names.Learn(id, body.Name)
		if len(w.told) > chat.MaxPeers {
			clear(w.told)
		}
		who := w.names.Of(id)
		told := w.told[id]
		w.told[id] = body
		// Addresses and trust come and go; people are told of what concerns them.
		switch {
		case body.Trust == chat.Changed && told.Trust != chat.Changed:
			say("%s is here with another key than before; compare IDs before you trust it", who)
		case body.State == told.State && told.Name != "" && told.Name != body.Name:
			say("%s is called %s now", show.Single(told.Name), who)
		case body.State == told.State:
		case body.State == chat.Online && body.Trust == chat.New:
			say("%s is here, somebody new%s", who, where(body))
		case body.State == chat.Online:
			say("%s is here%s", who, where(body))
		case told.State == chat.Online:
			say("%s left", who)
		}
	case control.Message:
		w.message(ctx, e.Name, body, at)
	case control.StateChange:
		switch {
		case body.State == chat.Delivered && body.Peer != "":
			say("delivered to %s", w.names.Of(body.Peer))
		case body.State == chat.Read && body.Peer != "":
			say("read by %s", w.names.Of(body.Peer))
		}
	case control.Identity:
		say("%s", shared(body.Address))
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

// message tells of a message that was added, or changed.
func (w *watcher) message(ctx context.Context, event string, m control.Message, at string) {
	say := func(text string) { w.out.Line("%s", show.Block(at+"  ", text, w.width())) }
	in := ""
	if m.Kind != chat.Direct && m.Kind != chat.Plain {
		in = " in " + w.title(ctx, m.Conversation)
	}
	switch {
	case event == control.EventChanged:
		for _, text := range w.shown.News(w.viewer, m, w.shown.Quote(w.viewer, m)+in) {
			say(text)
		}
		return
	case m.Change != nil:
		say(w.viewer.Sentence(m) + in)
		return
	}
	w.shown.Learn(m)
	who := w.viewer.Author(m) + in
	if m.Own() {
		who = "You to " + w.title(ctx, m.Conversation)
	}
	w.out.Line("%s", w.viewer.Message(m, at+"  "+who+show.Notes(m, false), w.width()))
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
			w.titles[c.ID] = show.Single(c.Title)
		}
		if w.titles[id] == "" {
			w.titles[id] = "a conversation"
		}
	}
	return w.titles[id]
}
