package show

import (
	"fmt"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/control"
)

// remembered is how many messages a Memory holds: far more than a screen.
const remembered = 1000

// Memory knows the messages that were shown last, so that what has changed of
// one can be told.
type Memory struct {
	byID  map[chat.MessageID]control.Message
	order []chat.MessageID // the oldest first
}

// Learn notes a message as it was shown.
func (k *Memory) Learn(m control.Message) {
	if k.byID == nil {
		k.byID = make(map[chat.MessageID]control.Message)
	}
	if _, known := k.byID[m.ID]; !known {
		k.order = append(k.order, m.ID)
		if len(k.order) > remembered {
			delete(k.byID, k.order[0])
			k.order = k.order[1:]
		}
	}
	k.byID[m.ID] = m
}

// Quote returns what to call a message: its beginning as it was learnt.
func (k *Memory) Quote(v Viewer, m control.Message) string {
	if old, known := k.byID[m.ID]; known {
		m = old
	}
	if m.Retracted {
		return "a message"
	}
	return "“" + v.Summary(m, 30) + "”"
}

// News returns sentences that say what has changed of a message since it was
// learnt, and learns it. Of a message that is not known only what it is now can
// be said. label is what to call the message.
func (k *Memory) News(v Viewer, m control.Message, label string) []string {
	old, known := k.byID[m.ID]
	k.Learn(m)
	who := v.Author(m)
	var news []string
	switch {
	case m.Retracted && !old.Retracted:
		return []string{fmt.Sprintf("%s took back %s", who, label)}
	case m.Retracted || m.Hidden:
		return nil
	case !known && len(m.Reactions) > 0:
		return []string{fmt.Sprintf("%s is now: %s  %s", label, Single(m.Text), v.reactions(m))}
	case !m.Edited.Equal(old.Edited.Time):
		news = append(news, fmt.Sprintf("%s edited %s: %s", who, label, m.Text))
	}
	was := make(map[string]string)
	for _, r := range old.Reactions {
		was[r.From.ID] = r.Text
	}
	for _, r := range m.Reactions {
		if was[r.From.ID] != r.Text {
			news = append(news, fmt.Sprintf("%s reacted to %s: %s", v.subject(r.From), label, Single(r.Text)))
		}
		delete(was, r.From.ID)
	}
	for _, r := range old.Reactions {
		if _, gone := was[r.From.ID]; gone {
			news = append(news, fmt.Sprintf("%s took the %s back from %s", v.subject(r.From), Single(r.Text), label))
		}
	}
	return news
}

// subject is name where a sentence begins.
func (v Viewer) subject(a control.Author) string {
	if a.ID == v.Self {
		return "You"
	}
	return v.name(a)
}
