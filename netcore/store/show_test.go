package store

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/wire"
)

// FuzzShow reads bodies of any kind, as others may sign them.
func FuzzShow(f *testing.F) {
	kinds := []wire.EntryKind{
		wire.KindText, wire.KindEdit, wire.KindRetraction, wire.KindReaction,
		wire.KindGenesis, wire.KindAdd, wire.KindRemove, wire.KindLeave, wire.KindRename, 99,
	}
	bodies := [][]byte{
		nil, wire.NullBody, {0x01}, {0x80}, {0xa0}, {0x78, 0xff}, {0x5b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
		wire.TextBody(""), wire.TextBody(" "), wire.TextBody("x\a\u202e\n"), append(wire.TextBody("x"), 0),
		wire.TextBody(strings.Repeat("x", chat.MaxText+1)), wire.TextBody(strings.Repeat("x", chat.MaxReaction+1)),
		wire.DevicesBody(nil), wire.DevicesBody(devices(ann, bob)), wire.RemoveBody([]wire.Removal{{Device: ann.ID()}}),
		wire.GenesisBody(wire.Genesis{Name: "x", Members: devices(ann), Nonce: [16]byte{1}}),
	}
	for _, k := range kinds {
		for _, b := range bodies {
			f.Add(uint64(k), b, true)
		}
	}
	f.Fuzz(func(t *testing.T, kind uint64, body []byte, about bool) {
		e := wire.Entry{
			Log:      wire.LogID{Conversation: chat.GroupID(ann.ID(), [16]byte{1}), Author: ann.ID()},
			Sequence: 1, Kind: wire.EntryKind(kind), Body: body,
		}
		if about {
			e.About = chat.MessageID{1}
		}
		s, shows := Show(wire.SignedEntry{Entry: e, Raw: append([]byte("head"), body...)}, chat.Group)
		text, amending := amends(e)
		for _, got := range []string{s.Text, text} {
			if !utf8.ValidString(got) || chat.CleanText(got) != got || len(got) > 3*chat.MaxText {
				t.Errorf("text %q", got)
			}
		}
		switch {
		case shows && amending:
			t.Error("it is shown and amends another")
		case amending && !about:
			t.Error("it amends nothing")
		case shows && s.Change == "" && e.Kind != wire.KindText, shows && s.Change != "" && !e.Kind.IsMembership():
			t.Errorf("kind %d is shown as %q", kind, s.Change)
		case amending && e.Kind == wire.KindReaction && len(text) > chat.MaxReaction:
			t.Errorf("a reaction of %d bytes", len(text))
		}
	})
}

// TestShowsChangesInGroupsOnly: elsewhere there is no membership to change.
func TestShowsChangesInGroupsOnly(t *testing.T) {
	e := wire.SignedEntry{
		Entry: wire.Entry{Kind: wire.KindRename, Sequence: 1, Body: wire.TextBody("Mine")},
		Raw:   append([]byte("head"), wire.TextBody("Mine")...),
	}
	for kind, want := range map[chat.Kind]bool{chat.Group: true, chat.Direct: false, chat.Lobby: false} {
		if _, got := Show(e, kind); got != want {
			t.Errorf("in a conversation of kind %s it is shown: %v", kind, got)
		}
	}
}
