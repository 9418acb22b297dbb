package app

import (
	"context"
	"slices"
	"time"

	"github.com/parlance-chat/parlance/netcore"
	"github.com/parlance-chat/parlance/netcore/chat"
)

const (
	// mostTallies is how many messages are read afresh after one receipt: more than
	// a screen shows, and few enough for a friend who comes back after a week.
	mostTallies = 100
	// inviterPage is how far back the change is looked for that made the user a
	// member: a stranger's group is looked at soon after.
	inviterPage = 200
)

// severalRead says whether a conversation's messages have several recipients.
func severalRead(k chat.Kind) bool { return k == chat.Group || k == chat.Lobby }

// follow shows in the log what an event changed about messages that stand there.
func (w *window) follow(ev chat.Event) {
	switch ev := ev.(type) {
	case chat.StateChanged:
		if ev.Conversation != w.shown {
			return
		}
		if severalRead(w.model.Conversations[ev.Conversation].Kind) {
			w.learnTallies(ev.Messages)
		} else {
			w.talk.log.UpdateState(ev.Messages, ev.State)
		}
	case chat.MessagesChanged:
		var here []chat.Message
		for _, m := range ev.Messages {
			if m.Conversation == w.shown {
				here = append(here, m)
			}
		}
		if len(here) > 0 {
			w.talk.log.Update(here)
		}
	case chat.MessagesGone:
		if ev.Conversation == w.shown {
			w.talk.log.Gone(ev.Before)
		}
	case chat.Typing:
		if ev.Conversation == w.shown {
			w.showTyping()
		}
	case chat.ConversationChanged:
		if ev.Conversation.Kind == chat.Room {
			w.learnRooms()
		}
		if ev.Conversation.ID == w.shown {
			w.learnMembers()
			w.learnInviter(ev.Conversation)
		}
	case chat.PeerChanged:
		if w.shown == chat.LobbyID {
			w.learnMembers()
		}
	}
}

// learnTallies asks how far own messages have come by now, once at a time.
func (w *window) learnTallies(messages []chat.MessageID) {
	for _, m := range messages {
		if !slices.Contains(w.tallies, m) {
			w.tallies = append(w.tallies, m)
		}
	}
	if extra := len(w.tallies) - mostTallies; extra > 0 {
		w.tallies = slices.Delete(w.tallies, 0, extra) // the newest are in sight
	}
	if w.counting || len(w.tallies) == 0 {
		return
	}
	w.counting = true
	due, id := w.tallies, w.shown
	w.tallies = nil
	w.ask(func(ctx context.Context) func() {
		var fresh []chat.Message
		for _, m := range due {
			// One that cannot be read keeps the tally it has.
			if msg, err := w.core.Message(ctx, id, m); err == nil {
				fresh = append(fresh, msg)
			}
		}
		return func() {
			w.counting = false
			if w.shown != id {
				w.tallies = nil
				return
			}
			w.talk.log.Update(fresh)
			w.learnTallies(nil)
		}
	})
}

// learnMembers asks who is in the open conversation, once at a time.
func (w *window) learnMembers() {
	c, ok := w.model.Conversations[w.shown]
	if !ok || !severalRead(c.Kind) && !w.model.HasMembers(c) {
		return
	}
	if _, asked := w.counted[c.ID]; asked {
		w.counted[c.ID] = true // and once more
		return
	}
	w.counted[c.ID] = false
	w.ask(func(ctx context.Context) func() {
		members, err := w.core.Members(ctx, c.ID)
		return func() {
			more := w.counted[c.ID]
			delete(w.counted, c.ID)
			if err == nil { // else they stay who they were
				w.model.Members[c.ID] = members
			}
			if w.shown != c.ID {
				return
			}
			w.suit(c)
			w.refresh()
			if more {
				w.learnMembers()
			}
		}
	})
}

// learnInviter looks for who put the user into a group that waits for an answer.
func (w *window) learnInviter(c chat.Conversation) {
	if _, known := w.model.Inviters[c.ID]; !c.Request || known {
		return
	}
	w.ask(func(ctx context.Context) func() {
		messages, err := w.core.History(ctx, c.ID, netcore.Page{Limit: inviterPage})
		return func() {
			w.report(err)
			for _, m := range slices.Backward(messages) {
				if w.model.PutHere(m) {
					w.model.Inviters[c.ID] = m.From
					w.refresh()
					return
				}
			}
		}
	})
}

// showTyping shows who types in the open conversation, and looks again when the
// first of them is believed to have stopped.
func (w *window) showTyping() {
	if w.typingTimer != nil {
		w.typingTimer.Stop()
		w.typingTimer = nil
	}
	now := w.cfg.now()
	names, until := w.model.Typing(w.shown, now)
	w.talk.log.SetTyping(names)
	if !until.IsZero() {
		w.typingTimer = time.AfterFunc(until.Sub(now), func() { w.do(w.showTyping) })
	}
}
