package wire

import (
	"bytes"
	"errors"
	"io"
	"reflect"
	"slices"
	"testing"
	"unicode/utf8"

	"github.com/parlance-chat/parlance/netcore/chat"
)

// seed adds the examples of PROTOCOL.md to a corpus.
func seed(f *testing.F) {
	for _, b := range examples(f) {
		f.Add(b)
	}
}

// FuzzAnnouncement: whatever arrives is refused or has a signature; and what
// passes is the same when encoded and read again.
func FuzzAnnouncement(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, datagram []byte) {
		peeked, peekErr := PeekAnnouncement(datagram)
		a, err := ParseAnnouncement(datagram)
		if (err == nil) != (peekErr == nil) && !errors.Is(err, ErrSignature) {
			t.Fatalf("parsing says %v, peeking %v", err, peekErr)
		}
		if peekErr != nil {
			return
		}
		if peeked.Padding > chat.MaxAnnouncement || len(peeked.Name) > chat.MaxAnnouncement {
			t.Fatalf("%d bytes of padding, a name of %d", peeked.Padding, len(peeked.Name))
		}
		if err == nil && a.Device != peeked.Device {
			t.Fatalf("device %s is %s at a peek", a.Device, peeked.Device)
		}
		again, err := AppendAnnouncement(nil, ada, peeked)
		if err != nil {
			return // the canonical encoding may be longer than what came
		}
		back, err := ParseAnnouncement(again)
		peeked.Device = ada.ID()
		if err != nil || back.Name != peeked.Name || back.Sequence != peeked.Sequence || back.Padding != peeked.Padding {
			t.Fatalf("%+v came back as %+v, %v", peeked, back, err)
		}
	})
}

// FuzzEntry: whatever arrives is refused, or is read the same from its own
// bytes, whole and erased; its body is read or refused, whatever its kind; and
// nothing but what was signed verifies.
func FuzzEntry(f *testing.F) {
	seed(f)
	signed := exampleEntries(f)
	signed = append(signed, exampleChanges(f)...)
	f.Fuzz(func(t *testing.T, raw []byte) {
		e, err := ParseEntry(raw)
		if err != nil {
			return
		}
		if !bytes.Equal(e.Raw, raw) || e.Sequence == 0 || e.Erased() != (len(e.Body) == 0) || e.Retracts(e.Entry) {
			t.Fatalf("read as %+v", e)
		}
		erased, err := ParseEntry(bytes.Clone(e.Erase().Raw))
		if err != nil || !erased.Erased() || erased.Hash != e.Hash || erased.Position() != e.Position() {
			t.Fatalf("erased it is %+v, %v", erased, err)
		}
		readBody(t, e.Entry)
		e.Log.Author = ada.ID()
		again, err := SignEntry(ada, e.Entry)
		if err == nil {
			again, err = ParseEntry(again.Raw)
			if err != nil || !reflect.DeepEqual(again.Entry, e.Entry) {
				t.Fatalf("signed anew it is %+v, %v", again, err)
			}
		} else if len(e.Body) > 0 {
			t.Fatalf("%+v cannot be signed: %v", e, err)
		}
		if e, _ := ParseEntry(raw); e.VerifySignature() == nil && e.Log.Author == ada.ID() {
			for _, s := range signed {
				if bytes.Equal(raw, s.Raw) || bytes.Equal(raw, s.Erase().Raw) {
					return
				}
			}
			t.Fatalf("a forged entry verifies: %x", raw)
		}
	})
}

// FuzzBody: whatever bytes an entry has for its body, they are read or refused.
func FuzzBody(f *testing.F) {
	for _, e := range slices.Concat(exampleEntries(f), exampleAnswers(f), exampleChanges(f)) {
		f.Add(uint64(e.Kind), e.Body)
	}
	founding := exampleChanges(f)[0].Entry
	f.Fuzz(func(t *testing.T, kind uint64, body []byte) {
		e := founding
		e.Kind, e.Body = EntryKind(kind), body
		readBody(t, e)
	})
}

// readBody reads an entry's body in every way; the kind says which may succeed,
// and what is read is within its bounds.
func readBody(t *testing.T, e Entry) {
	t.Helper()
	check := func(what string, err error, inBounds bool, kinds ...EntryKind) {
		switch of := slices.Contains(kinds, e.Kind); {
		case err == nil && (!of || !inBounds), err != nil && of && !errors.Is(err, ErrMalformed):
			t.Fatalf("%s of kind %d, body %x: %v", what, e.Kind, e.Body, err)
		}
	}
	text, err := e.Text()
	check("text", err, len(text) <= chat.MaxText && utf8.ValidString(text), KindText, KindEdit)
	reaction, err := e.Reaction()
	check("reaction", err, len(reaction) <= chat.MaxReaction && utf8.ValidString(reaction), KindReaction)
	name, err := e.Name()
	check("name", err, len(name) <= chat.MaxText && utf8.ValidString(name), KindRename)
	named, err := e.Devices()
	check("devices", err, len(named) > 0 && slices.Equal(named, distinct(named)), KindAdd, KindRemove)
	removals, err := e.Removals()
	check("removals", err, len(removals) > 0 && len(removals) <= chat.MaxMembers, KindRemove)
	g, err := e.Genesis()
	check("genesis", err, len(g.Members) <= chat.MaxMembers && slices.Equal(g.Members, distinct(g.Members)), KindGenesis)
}

// FuzzTyping: whatever arrives is refused, or encodes again to a datagram that
// reads the same.
func FuzzTyping(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		typing, err := ParseTyping(data)
		if err != nil {
			if typing != (Typing{}) {
				t.Fatalf("%+v and an error: %v", typing, err)
			}
			return
		}
		if again, err := ParseTyping(AppendTyping(nil, typing)); err != nil || again != typing {
			t.Fatalf("%+v comes back as %+v, %v", typing, again, err)
		}
	})
}

// FuzzFrame: whatever arrives is refused, skipped, or encodes again to a frame
// that reads the same.
func FuzzFrame(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		r := bytes.NewReader(data)
		for {
			frame, err := ReadFrame(r)
			if err != nil {
				if frame != nil {
					t.Fatalf("a frame and an error: %v, %v", frame, err)
				}
				return
			}
			first, err := AppendFrame(nil, frame)
			if err != nil {
				return // the canonical encoding may be longer than what came
			}
			again, err := ReadFrame(bytes.NewReader(first))
			if err != nil {
				t.Fatalf("%+v does not come back: %v", frame, err)
			}
			second, err := AppendFrame(nil, again)
			if err != nil || !bytes.Equal(first, second) {
				t.Fatalf("%x comes back as %x, %v", first, second, err)
			}
			if _, err := ReadFrame(bytes.NewReader(first[:len(first)-1])); !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Fatalf("cut short: %v", err)
			}
		}
	})
}
