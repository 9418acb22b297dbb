package talk

import (
	"context"
	"slices"

	"github.com/parlance-chat/parlance/cmd/parlance-cli/show"
	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/control"
)

// here says whether a conversation is the one on the screen.
func (t *talk) here(id chat.ConversationID) bool { return t.with != nil && t.with.ID == id }

// happened takes one event.
func (t *talk) happened(ctx context.Context, e control.Event) error {
	if t.JSON {
		t.print(e)
	}
	switch body := e.Body.(type) {
	case control.Ready:
		t.there = make(map[string]bool)
	case control.Peer:
		t.peer(body)
	case control.Message:
		switch {
		case t.JSON: // printed already
		case e.Name == control.EventChanged:
			t.changed(body)
		default:
			return t.added(ctx, body)
		}
	case control.StateChange:
		if w := t.waiting[body.Message]; w != nil {
			return t.lookUp(ctx, w, &body)
		}
	case control.Typing:
		t.hearsTyping(body)
	case control.Conversation:
		t.refresh(body)
	case control.Identity:
		if !t.JSON {
			t.Notice(t.Shared(body.Address))
		}
	case control.Notice:
		if !t.JSON {
			t.Notice(body.Text)
		}
	case nil:
		if e.Name != control.EventLagged {
			break
		}
		if t.Terminal != nil {
			t.say("Too much happened at once; /history shows what was said.")
		}
		return t.lookUpAll(ctx)
	}
	return nil
}

// print prints an event of the conversation, for programs.
func (t *talk) print(e control.Event) {
	var ours bool
	switch body := e.Body.(type) {
	case control.Message:
		ours = t.here(body.Conversation)
	case control.Gone:
		ours = t.here(body.Conversation)
	case control.Typing:
		ours = t.here(body.Conversation)
	case control.StateChange:
		ours = t.waiting[body.Message] != nil
	}
	if ours {
		t.Out.Raw(e.Line)
	}
}

// peer takes the news of a peer.
func (t *talk) peer(p control.Peer) {
	id := p.ID.String()
	t.names.Learn(id, p.Name)
	was, is := t.there[id], p.State == chat.Online
	if is {
		t.there[id] = true
	} else {
		delete(t.there, id)
	}
	if was == is || t.Terminal == nil || p.Trust == chat.Blocked {
		return
	}
	switch {
	case t.with != nil && t.with.Peer == id && is:
		t.say("%s is here.", t.names.Of(id))
	case t.with != nil && t.with.Peer == id:
		t.say("%s left. What you write is kept until both are here.", t.names.Of(id))
	case t.with == nil && is:
		if !slices.ContainsFunc(t.choices, func(c choice) bool { return c.to == id }) {
			t.choices = append(t.choices, choice{t.names.Of(id), id})
			t.Out.Line("%3d  %s  online", len(t.choices), t.names.Of(id))
		}
	}
}

// added takes a message that is new.
func (t *talk) added(ctx context.Context, m control.Message) error {
	if !m.Own() {
		t.names.Learn(m.From.ID, m.From.Name)
		t.noLongerTypes(m.From.ID)
	}
	switch {
	case t.here(m.Conversation) && !m.Own():
		t.show(m)
		return t.seen(ctx)
	case t.here(m.Conversation) && t.Terminal != nil && t.waiting[m.ID] == nil:
		t.show(m) // written in another program
	case !m.Own() && t.Terminal != nil && m.Change != nil:
		t.say("%s elsewhere.", t.viewer.Sentence(m))
	case !m.Own() && t.Terminal != nil:
		t.say("%s says elsewhere: %s", t.names.Of(m.From.ID), t.viewer.Summary(m, 60))
	}
	return nil
}

// show prints a message of the conversation on the screen.
func (t *talk) show(m control.Message) {
	t.shown.Learn(m)
	label := ""
	if t.Terminal != nil {
		t.numbers.learn(m)
		label = t.numbers.label(m)
	}
	t.Out.Line("%s", t.viewer.Entry(m, label, t.columns()))
}

// changed tells what is different of a message that was shown.
func (t *talk) changed(m control.Message) {
	if !t.here(m.Conversation) {
		return
	}
	label := t.numbers.label(m)
	if label == "" {
		label = t.shown.Quote(t.viewer, m)
	}
	for _, text := range t.shown.News(t.viewer, m, label) {
		t.Out.Line("%s", show.Block("· ", text, t.columns()))
	}
}
