package store

import (
	"bytes"
	"slices"
	"strings"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/wire"
)

// shown is what an entry is on the screen, by itself.
type shown struct {
	text      string // neutralised; of a change the group's name
	people    []identity.DeviceID
	change    chat.ChangeKind // empty: it is a text
	retracted bool
}

// calls says whether a text calls a device's user.
func (s shown) calls(device identity.DeviceID) bool {
	return s.change == "" && slices.Contains(s.people, device)
}

// show returns what an entry is in a conversation of a kind; false: nothing that
// is shown, or nothing that can be read. A text whose body was erased is a
// message that was taken back.
func show(e wire.SignedEntry, kind chat.Kind) (shown, bool) {
	if e.Kind == wire.KindText {
		if e.Erased() {
			return shown{people: e.Mentions, retracted: true}, true
		}
		text, err := e.Text()
		return shown{text: chat.CleanText(text), people: e.Mentions}, err == nil
	}
	if kind != chat.Group || e.Erased() {
		return shown{}, false
	}
	switch e.Kind {
	case wire.KindGenesis:
		g, err := e.Genesis()
		return shown{change: chat.Founded, people: g.Members, text: chat.CleanName(g.Name)}, err == nil
	case wire.KindAdd, wire.KindRemove:
		s := shown{change: chat.Added}
		if e.Kind == wire.KindRemove {
			s.change = chat.Removed
		}
		var err error
		s.people, err = e.Devices()
		return s, err == nil && len(s.people) > 0
	case wire.KindLeave:
		return shown{change: chat.Left}, bytes.Equal(e.Body, wire.NullBody)
	case wire.KindRename:
		name, err := e.Name()
		s := shown{change: chat.Renamed, text: chat.CleanName(name)}
		return s, err == nil && s.text != ""
	}
	return shown{}, false
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
