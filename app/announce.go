package app

import (
	"fmt"

	"github.com/parlance-chat/parlance/app/notify"
	"github.com/parlance-chat/parlance/app/phrase"
	"github.com/parlance-chat/parlance/netcore/chat"
)

// announce tells the desktop about messages nobody is looking at: those of
// people one knows, one notification for all that came together. Of what is muted,
// and of the lobby, it tells only what calls the user.
func (w *window) announce(id chat.ConversationID, messages []chat.Message) {
	c, ok := w.model.Conversations[id]
	p, isPeer := w.model.PeerOf(c)
	switch {
	case !w.notifying, w.focused, !ok, c.Request, c.Closed != "":
		return
	case isPeer && p.Trust != chat.Accepted && p.Trust != chat.Verified:
		return
	}
	var news []chat.Message
	for _, m := range messages {
		if !m.Own && m.Change == nil && !m.Hidden && !m.Retracted && (m.Mentioned || w.model.Loud(c)) {
			news = append(news, m)
		}
	}
	if len(news) == 0 {
		return
	}
	last := news[len(news)-1]
	body := last.Text
	switch {
	case c.Kind == chat.Room && phrase.IsAction(body):
		body = phrase.Action(last.From.Name, body)
	case severalRead(c.Kind), w.model.HasMembers(c):
		body = last.From.Name + ": " + body
	}
	if len(news) > 1 {
		body = fmt.Sprintf("%d new messages: %s", len(news), body)
	}
	w.notifier.Show(notify.Notification{Title: w.model.Title(c), Body: phrase.Clip(body, 300), OnOpen: func() {
		w.front()
		w.open(id)
	}})
}
