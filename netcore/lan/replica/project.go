package replica

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
func (r *Replica) project(run []wire.SignedEntry, received time.Time) []chat.Message {
	var messages []chat.Message
	for _, e := range run {
		r.directory.Call(e.Log.Author, e.Called)
		kind := r.kindOf(e.Log.Conversation)
		shown, ok := store.Show(e, kind)
		if !ok {
			continue
		}
		m := chat.Message{
			ID:           e.ID,
			Conversation: e.Log.Conversation,
			Kind:         kind,
			Position:     e.Position(),
			From:         chat.Author{Device: e.Log.Author, Name: r.directory.NameOf(e.Log.Author)},
			Own:          e.Log.Author == r.self,
			Sent:         e.Wall,
			Received:     received,
			Retracted:    shown.Retracted,
		}
		people := make([]chat.Author, len(shown.People))
		for i, id := range shown.People {
			people[i] = chat.Author{Device: id, Name: r.directory.NameOf(id)}
		}
		switch {
		case shown.Change != "":
			m.Change = &chat.Change{Kind: shown.Change, Who: people, Name: shown.Text}
		case !shown.Retracted:
			m.Text, m.Mentions, m.Mentioned = shown.Text, people, !m.Own && shown.Calls(r.self)
			if e.About != (chat.MessageID{}) {
				m.Answers = &chat.Quote{ID: e.About}
			}
		}
		if m.Own {
			m.State = chat.Queued
			m.Tally.Recipients = r.recipients(m.Conversation)
		}
		r.directory.Sign(&m)
		messages = append(messages, m)
	}
	return messages
}

func (r *Replica) kindOf(id chat.ConversationID) chat.Kind {
	switch {
	case id == chat.LobbyID:
		return chat.Lobby
	case r.feed.Group(id) != nil:
		return chat.Group
	}
	return chat.Direct
}

// recipients is how many members of a group there are besides this device.
func (r *Replica) recipients(id chat.ConversationID) int {
	if g := r.feed.Group(id); g != nil {
		return max(0, len(g.Members())-1)
	}
	return 0
}

// present are those who may be called in a conversation.
func (r *Replica) present(id chat.ConversationID) []identity.DeviceID {
	if peer, ok := r.direct[id]; ok {
		return []identity.DeviceID{peer}
	}
	if g := r.feed.Group(id); g != nil {
		return g.Members()
	}
	return r.network.InLobby()
}

// mentions finds whom a text calls: "@" and the name of somebody present, the
// longest that fits, up to the end of a word.
func (r *Replica) mentions(id chat.ConversationID, text string) []identity.DeviceID {
	if !strings.Contains(text, "@") {
		return nil
	}
	names := make(map[identity.DeviceID]string)
	for _, who := range r.present(id) {
		if who != r.self {
			names[who] = r.directory.NameOf(who)
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
