package model

import (
	"fmt"

	"github.com/parlance-chat/parlance/app/phrase"
	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
)

// ChangeText returns the sentence of a change of a group: "Ada added Bob and you".
// It is empty for other messages.
func (m *Model) ChangeText(msg chat.Message) string {
	if msg.Change == nil {
		return ""
	}
	who := msg.From.Name
	if m.isSelf(msg.From.Device) {
		who = "You"
	}
	switch change := msg.Change; change.Kind {
	case chat.Founded:
		if others := m.others(change.Who, msg.From.Device); len(others) > 0 {
			return fmt.Sprintf("%s made the group “%s” with %s", who, change.Name, phrase.Listed(others, 5))
		}
		return fmt.Sprintf("%s made the group “%s”", who, change.Name)
	case chat.Added:
		return fmt.Sprintf("%s added %s", who, phrase.Listed(m.others(change.Who, identity.DeviceID{}), 5))
	case chat.Removed:
		return fmt.Sprintf("%s removed %s", who, phrase.Listed(m.others(change.Who, identity.DeviceID{}), 5))
	case chat.Left:
		return who + " left the group"
	case chat.Renamed:
		return fmt.Sprintf("%s named the group “%s”", who, change.Name)
	}
	return who + " changed the group" // in a way of a later version
}

func (m *Model) isSelf(id identity.DeviceID) bool { return !id.IsZero() && id == m.Self.ID }

// others names people but for one, oneself as "you" and last.
func (m *Model) others(who []chat.Author, but identity.DeviceID) []string {
	var out []string
	self := false
	for _, a := range who {
		switch {
		case m.isSelf(a.Device):
			self = a.Device != but
		case a.Device != but:
			out = append(out, a.Name)
		}
	}
	if self {
		out = append(out, "you")
	}
	return out
}

// PutHere says whether a message is the change that made this device's user a
// member.
func (m *Model) PutHere(msg chat.Message) bool {
	if msg.Change == nil || msg.Change.Kind != chat.Added && msg.Change.Kind != chat.Founded {
		return false
	}
	for _, a := range msg.Change.Who {
		if m.isSelf(a.Device) {
			return true
		}
	}
	return false
}

// preview returns what a list shows of a message: who, where that has to be said,
// and what.
func (m *Model) preview(c chat.Conversation, msg chat.Message) (lead, text string) {
	who := "You"
	if !msg.Own {
		who = msg.From.Name
	}
	switch {
	case msg.Change != nil:
		return "", m.ChangeText(msg)
	case msg.Hidden:
		return "", "Message from somebody you blocked"
	case msg.Retracted:
		return "", who + " took a message back"
	case msg.State == chat.Refused:
		return "Not accepted:", msg.Text
	case msg.Own && len(msg.Reactions) > 0 && !msg.Reactions[len(msg.Reactions)-1].Own:
		last := msg.Reactions[len(msg.Reactions)-1]
		return last.From.Name + ":", last.Text + " to “" + msg.Text + "”"
	case phrase.IsAction(msg.Text) && c.Kind == chat.Room:
		return "", phrase.Action(who, msg.Text)
	case msg.Own, c.Kind == chat.Group, c.Kind == chat.Lobby, m.HasMembers(c):
		return who + ":", msg.Text
	}
	return "", msg.Text
}
