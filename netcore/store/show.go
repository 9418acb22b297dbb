package store

import (
	"bytes"
	"slices"
	"strings"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/wire"
)

// Shown is what an entry is on the screen, by itself.
type Shown struct {
	Text      string // neutralised; of a change the group's name
	People    []identity.DeviceID
	Change    chat.ChangeKind // empty: it is a text
	Retracted bool
}

// Calls says whether a text calls a device's user.
func (s Shown) Calls(device identity.DeviceID) bool {
	return s.Change == "" && slices.Contains(s.People, device)
}

// Show returns what an entry is in a conversation of a kind; false: nothing that
// is shown, or nothing that can be read. A text whose body was erased is a
// message that was taken back.
func Show(e wire.SignedEntry, kind chat.Kind) (Shown, bool) {
	if e.Kind == wire.KindText {
		if e.Erased() {
			return Shown{People: e.Mentions, Retracted: true}, true
		}
		text, err := e.Text()
		return Shown{Text: chat.CleanText(text), People: e.Mentions}, err == nil
	}
	if kind != chat.Group || e.Erased() {
		return Shown{}, false
	}
	switch e.Kind {
	case wire.KindGenesis:
		g, err := e.Genesis()
		return Shown{Change: chat.Founded, People: g.Members, Text: chat.CleanName(g.Name)}, err == nil
	case wire.KindAdd, wire.KindRemove:
		s := Shown{Change: chat.Added}
		if e.Kind == wire.KindRemove {
			s.Change = chat.Removed
		}
		var err error
		s.People, err = e.Devices()
		return s, err == nil && len(s.People) > 0
	case wire.KindLeave:
		return Shown{Change: chat.Left}, bytes.Equal(e.Body, wire.NullBody)
	case wire.KindRename:
		name, err := e.Name()
		s := Shown{Change: chat.Renamed, Text: chat.CleanName(name)}
		return s, err == nil && s.Text != ""
	}
	return Shown{}, false
}

// amends returns what an entry says about the message that it points to: the
// text of an edit or a reaction, nothing for a retraction. It returns false for
// entries that say nothing about a message, or nothing that can be read. What
// the body of a retraction is does not matter: it is the reason for which
// others lack bodies, whatever it is.
func amends(e wire.Entry) (text string, ok bool) {
	if e.About == (chat.MessageID{}) {
		return "", false
	}
	switch e.Kind {
	case wire.KindEdit:
		text, err := e.Text()
		return chat.CleanText(text), err == nil
	case wire.KindRetraction:
		return "", true
	case wire.KindReaction:
		text, err := e.Reaction()
		text = chat.CleanText(text)
		blank := text != "" && strings.TrimSpace(text) == ""
		return text, err == nil && !blank && len(text) <= chat.MaxReaction
	}
	return "", false
}
