package lan

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/store"
	"github.com/parlance-chat/parlance/netcore/wire"
)

// project makes messages of the entries that are shown by themselves.
func (n *Network) project(run []wire.SignedEntry, received time.Time) []chat.Message {
	var messages []chat.Message
	for _, e := range run {
		n.directory.Call(e.Log.Author, e.Called)
		kind := n.kindOf(e.Log.Conversation)
		shown, ok := store.Show(e, kind)
		if !ok {
			continue
		}
		m := chat.Message{
			ID:           e.ID,
			Conversation: e.Log.Conversation,
			Kind:         kind,
			Position:     e.Position(),
			From:         chat.Author{Device: e.Log.Author, Name: n.nameOf(e.Log.Author)},
			Own:          e.Log.Author == n.self,
			Sent:         e.Wall,
			Received:     received,
			Retracted:    shown.Retracted,
		}
		people := make([]chat.Author, len(shown.People))
		for i, id := range shown.People {
			people[i] = chat.Author{Device: id, Name: n.nameOf(id)}
		}
		switch {
		case shown.Change != "":
			m.Change = &chat.Change{Kind: shown.Change, Who: people, Name: shown.Text}
		case !shown.Retracted:
			m.Text, m.Mentions, m.Mentioned = shown.Text, people, !m.Own && shown.Calls(n.self)
			if e.About != (chat.MessageID{}) {
				m.Answers = &chat.Quote{ID: e.About}
			}
		}
		if m.Own {
			m.State = chat.Queued
			m.Tally.Recipients = n.recipients(m.Conversation)
		}
		n.directory.Sign(&m)
		messages = append(messages, m)
	}
	return messages
}

func (n *Network) kindOf(id chat.ConversationID) chat.Kind {
	switch {
	case id == chat.LobbyID:
		return chat.Lobby
	case n.feed.Group(id) != nil:
		return chat.Group
	}
	return chat.Direct
}

// recipients is how many members of a group there are besides this device.
func (n *Network) recipients(id chat.ConversationID) int {
	if g := n.feed.Group(id); g != nil {
		return max(0, len(g.Members())-1)
	}
	return 0
}

// present are those who may be called in a conversation.
func (n *Network) present(id chat.ConversationID) []identity.DeviceID {
	if peer, ok := n.direct[id]; ok {
		return []identity.DeviceID{peer}
	}
	if g := n.feed.Group(id); g != nil {
		return g.Members()
	}
	var list []identity.DeviceID
	for _, p := range n.peers {
		if p.online && p.inLobby {
			list = append(list, p.id)
		}
	}
	return list
}

// mentions finds whom a text calls: "@" and the name of somebody present, the
// longest that fits, up to the end of a word.
func (n *Network) mentions(id chat.ConversationID, text string) []identity.DeviceID {
	if !strings.Contains(text, "@") {
		return nil
	}
	names := make(map[identity.DeviceID]string)
	for _, who := range n.present(id) {
		if who != n.self {
			names[who] = n.nameOf(who)
		}
	}
	return mentionsIn(text, names)
}

func mentionsIn(text string, names map[identity.DeviceID]string) []identity.DeviceID {
	var list []identity.DeviceID
	seen := make(map[identity.DeviceID]bool)
	for at := 0; len(list) < chat.MaxMentions; {
		next := strings.IndexByte(text[at:], '@')
		if next < 0 {
			break
		}
		at += next + 1
		longest := 0
		for _, name := range names {
			if len(name) > longest && begins(text[at:], name) {
				longest = len(name)
			}
		}
		for id, name := range names {
			if longest > 0 && len(name) == longest && begins(text[at:], name) && !seen[id] && len(list) < chat.MaxMentions {
				seen[id] = true
				list = append(list, id)
			}
		}
	}
	return list
}

// begins says whether text begins with the whole word or words name, whatever
// the case.
func begins(text, name string) bool {
	if len(text) < len(name) || !strings.EqualFold(text[:len(name)], name) {
		return false
	}
	after, _ := utf8.DecodeRuneInString(text[len(name):])
	return len(text) == len(name) || !unicode.IsLetter(after) && !unicode.IsDigit(after)
}
