package talk

import (
	"fmt"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/control"
)

// numbered is how many messages have numbers: the latest that were shown.
const numbered = 1000

// numbers gives the messages that were shown numbers to name them by: 1, 2, 3 …
// A message keeps its number.
type numbers struct {
	first int // the number of list[0], less one
	list  []control.Message
	byID  map[chat.MessageID]int
}

// learn gives a message a number.
func (n *numbers) learn(m control.Message) {
	if m.Change != nil || n.byID[m.ID] != 0 {
		return
	}
	if n.byID == nil {
		n.byID = make(map[chat.MessageID]int)
	}
	n.list = append(n.list, m)
	n.byID[m.ID] = n.first + len(n.list)
	if len(n.list) > numbered {
		delete(n.byID, n.list[0].ID)
		n.list = n.list[1:]
		n.first++
	}
}

// at returns the message of a number.
func (n *numbers) at(number int) (control.Message, bool) {
	if i := number - n.first - 1; i >= 0 && i < len(n.list) {
		return n.list[i], true
	}
	return control.Message{}, false
}

// last returns the latest message of a conversation that the user wrote, or that
// somebody else did.
func (n *numbers) last(in chat.ConversationID, own bool) (last control.Message, ok bool) {
	for _, m := range n.list {
		// A history that was asked for later is of earlier messages.
		if m.Conversation == in && m.Own() == own && (!ok || !m.Sent.Before(last.Sent.Time)) {
			last, ok = m, true
		}
	}
	return last, ok
}

// label returns the number of a message as it is typed; "" if it has none.
func (n *numbers) label(m control.Message) string {
	if number := n.byID[m.ID]; number != 0 {
		return fmt.Sprintf("#%d", number)
	}
	return ""
}
