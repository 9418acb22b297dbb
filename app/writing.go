package app

import (
	"context"

	"github.com/parlance-chat/parlance/app/composer"
	"github.com/parlance-chat/parlance/netcore/chat"
)

// send takes a text from the box, and what it answers, if anything. It returns at
// once; should the text not get to the disk, it comes back into the box with the
// reason.
func (w *window) send(to *chat.Message, text string) error {
	if err := chat.CheckText(text); err != nil {
		return err
	}
	id := w.shown
	delete(w.failed, id)
	command, said := w.slash(w.model.Conversations[id], text)
	if command {
		return w.command(id, text)
	}
	w.drafts.sending(id, text)
	w.tasks.Write(func(ctx context.Context) {
		var err error
		if to == nil {
			_, err = w.core.Send(ctx, id, said)
		} else {
			_, err = w.core.Reply(ctx, id, to.ID, said)
		}
		if err == nil {
			w.drafts.sent(id, text)
			return
		}
		w.do(func() { w.unsent(id, to, text, err) })
	})
	return nil
}

// unsent gives a text back that could not be sent.
func (w *window) unsent(id chat.ConversationID, to *chat.Message, text string, err error) {
	w.drafts.failed(id, text)
	w.failed[id] = err
	w.restore(id, func(s *composer.State) {
		if s.Answering == nil && s.Editing == nil {
			s.Answering = to
		}
	})
	w.refreshList()
}

// restore changes what the box holds of a conversation, whether it is open or
// not.
func (w *window) restore(id chat.ConversationID, change func(*composer.State)) {
	state := w.unfinished[id]
	if w.shown == id {
		state = w.talk.composer.State()
	}
	state.Draft = w.drafts.text(id)
	change(&state)
	w.unfinished[id] = state
	if w.shown == id {
		w.talk.composer.SetState(state)
		w.talk.composer.SetError(w.failed[id])
	}
}

// edit takes another text for a message from the box. It returns at once, as
// send does.
func (w *window) edit(m chat.Message, text string) error {
	if err := chat.CheckText(text); err != nil {
		return err
	}
	id := w.shown
	w.tasks.Write(func(ctx context.Context) {
		var err error
		if m.State == chat.Refused {
			err = w.replace(ctx, m, text)
		} else {
			err = w.core.Edit(ctx, id, m.ID, text)
		}
		if err == nil {
			return
		}
		w.do(func() {
			w.failed[id] = err
			w.restore(id, func(s *composer.State) {
				if s.Editing == nil {
					s.Answering, s.Editing, s.Edit = nil, &m, text
				}
			})
		})
	})
	return nil
}

// sendAgain sends a message that was refused once more.
func (w *window) sendAgain(m chat.Message) {
	w.change(func(ctx context.Context) error { return w.replace(ctx, m, m.Text) })
}

// replace sends a text in place of a message that was refused: under its own time, as
// others see it, and the refused one is taken back.
func (w *window) replace(ctx context.Context, m chat.Message, text string) error {
	var err error
	if m.Answers == nil {
		_, err = w.core.Send(ctx, m.Conversation, text)
	} else {
		_, err = w.core.Reply(ctx, m.Conversation, m.Answers.ID, text)
	}
	if err != nil {
		return err
	}
	return w.core.Retract(ctx, m.Conversation, m.ID)
}

// react says what the user thinks of a message; nothing takes it back.
func (w *window) react(m chat.Message, text string) {
	w.change(func(ctx context.Context) error { return w.core.React(ctx, m.Conversation, m.ID, text) })
}

// typed says that the draft in the box changed.
func (w *window) typed(text string) {
	if !w.shown.IsZero() {
		delete(w.failed, w.shown)
		w.drafts.changed(w.shown, text)
	}
}
