package wire

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
)

func TestTexts(t *testing.T) {
	long := strings.Repeat("x", chat.MaxText)
	for _, tc := range []struct {
		kind EntryKind
		body []byte
		want string
		ok   bool
	}{
		{KindText, TextBody("hello"), "hello", true},
		{KindText, TextBody(""), "", true},
		{KindText, TextBody(long), long, true},
		{KindText, TextBody(long + "x"), "", false},
		{KindText, []byte{0x01}, "", false},
		{KindText, []byte{0x61, 0xff}, "", false}, // not UTF-8
		{KindText, []byte{0x41, 'x'}, "", false},  // bytes
		{KindText, NullBody, "", false},
		{KindText, nil, "", false}, // erased
		{KindText, TextBody("not \xff UTF-8"), "not \ufffd UTF-8", true},
		{KindEdit, TextBody("hello"), "hello", true},
		{KindReaction, TextBody("👍"), "👍", true},
		{KindReaction, TextBody(""), "", true},
		{KindReaction, TextBody(strings.Repeat("x", chat.MaxReaction)), strings.Repeat("x", chat.MaxReaction), true},
		{KindReaction, TextBody(strings.Repeat("x", chat.MaxReaction+1)), "", false},
		{KindReaction, NullBody, "", false},
		{KindRename, TextBody("Boat"), "Boat", true},
		{KindRename, TextBody(long + "x"), "", false},
		{KindRename, NullBody, "", false},
	} {
		e := Entry{Kind: tc.kind, Body: tc.body}
		reads := map[string]func() (string, error){"text": e.Text, "reaction": e.Reaction, "name": e.Name}
		of := map[EntryKind]string{KindText: "text", KindEdit: "text", KindReaction: "reaction", KindRename: "name"}
		for what, read := range reads {
			want, ok := tc.want, tc.ok
			if what != of[tc.kind] {
				want, ok = "", false
			}
			if got, err := read(); got != want || (err == nil) != ok {
				t.Errorf("kind %d, body %.20x, read as a %s: %.20q, %v", tc.kind, tc.body, what, got, err)
			}
		}
	}
}

func TestGenesis(t *testing.T) {
	founding := exampleChanges(t)[0].Entry
	want := Genesis{Name: "Boat", Members: []identity.DeviceID{bob.ID()}, Nonce: exampleNonce}
	if got, err := founding.Genesis(); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
	for name, change := range map[string]func(*Entry, *Genesis){
		"of another kind":         func(e *Entry, _ *Genesis) { e.Kind = KindAdd },
		"by another":              func(e *Entry, _ *Genesis) { e.Log.Author = bob.ID() },
		"of another conversation": func(e *Entry, _ *Genesis) { e.Log.Conversation = chat.LobbyID },
		"of another nonce":        func(_ *Entry, g *Genesis) { g.Nonce[0]++ },
		"as the second entry":     func(e *Entry, _ *Genesis) { e.Sequence = 2 },
		"of too many":             func(_ *Entry, g *Genesis) { g.Members = devices(chat.MaxMembers + 1) },
		"with too long a name":    func(_ *Entry, g *Genesis) { g.Name = strings.Repeat("x", chat.MaxText+1) },
	} {
		e, g := founding, want
		change(&e, &g)
		e.Body = GenesisBody(g)
		if got, err := e.Genesis(); err == nil || !reflect.DeepEqual(got, Genesis{}) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	bobs := bob.ID()
	for name, body := range map[string]any{
		"no nonce":       genesisBody{Name: "Boat"},
		"a member twice": genesisBody{Nonce: exampleNonce[:], Members: [][]byte{bobs[:], bobs[:]}},
		"a short member": genesisBody{Nonce: exampleNonce[:], Members: [][]byte{bobs[:31]}},
		"a text":         "Boat",
		"null":           nil,
	} {
		e := founding
		e.Body = appendCBOR(nil, body)
		if _, err := e.Genesis(); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	odd := founding
	odd.Body = GenesisBody(Genesis{
		Name: "Bo\xffat", Nonce: exampleNonce, Members: []identity.DeviceID{bob.ID(), {}, bob.ID()},
	})
	want.Name = "Bo\ufffdat"
	if got, err := odd.Genesis(); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("odd values come back as %+v, %v", got, err)
	}
}

func TestDevices(t *testing.T) {
	adas, bobs, nobodys := ada.ID(), bob.ID(), identity.DeviceID{}
	known := []Hash{{5}, {1}}
	add := Entry{Kind: KindAdd, Body: DevicesBody([]identity.DeviceID{bobs, adas, {}, bobs})}
	if got, err := add.Devices(); err != nil || !reflect.DeepEqual(got, []identity.DeviceID{bobs, adas}) {
		t.Errorf("added: %v, %v", got, err)
	}
	remove := Entry{Kind: KindRemove, Body: RemoveBody([]Removal{{bobs, known}, {Device: adas}, {Device: bobs}, {Known: known}})}
	if got, err := remove.Removals(); err != nil || !reflect.DeepEqual(got, []Removal{{bobs, known}, {Device: adas}}) {
		t.Errorf("removed: %v, %v", got, err)
	}
	if got, err := remove.Devices(); err != nil || !reflect.DeepEqual(got, []identity.DeviceID{bobs, adas}) {
		t.Errorf("removed: %v, %v", got, err)
	}
	if got, err := add.Removals(); err == nil || got != nil {
		t.Errorf("an add removes %v, %v", got, err)
	}
	// body makes a body of either kind of what stands in it for devices.
	body := func(kind EntryKind, raw ...[]byte) []byte {
		if kind == KindAdd {
			return appendCBOR(nil, raw)
		}
		var removals []removalBody
		for _, r := range raw {
			removals = append(removals, removalBody{Device: r, Known: [][]byte{known[0][:]}})
		}
		return appendCBOR(nil, removals)
	}
	for _, kind := range []EntryKind{KindAdd, KindRemove} {
		e := Entry{Kind: kind, Body: body(kind, fromDevices(devices(chat.MaxMembers))...)}
		if got, err := e.Devices(); err != nil || len(got) != chat.MaxMembers {
			t.Errorf("kind %d: the most: %d, %v", kind, len(got), err)
		}
		for name, body := range map[string][]byte{
			"too many": body(kind, fromDevices(devices(chat.MaxMembers+1))...),
			"nobody":   {0x80},
			"null":     NullBody,
			"zero":     body(kind, nobodys[:]),
			"twice":    body(kind, bobs[:], adas[:], bobs[:]),
			"short":    body(kind, bobs[:31]),
			"a text":   TextBody("bob"),
			"erased":   nil,
		} {
			e.Body = body
			if got, err := e.Devices(); !errors.Is(err, ErrMalformed) || got != nil {
				t.Errorf("kind %d: %s: %v, %v", kind, name, got, err)
			}
		}
	}
	for name, body := range map[string]any{
		"a text for a hash":   []any{map[int]any{1: bobs[:], 3: []string{"5"}}},
		"a hash of 31 bytes":  []any{map[int]any{1: bobs[:], 3: [][]byte{bobs[:31]}}},
		"nobody named":        []any{map[int]any{3: [][]byte{bobs[:]}}},
		"a list as in an add": [][]byte{bobs[:]},
	} {
		remove.Body = appendCBOR(nil, body)
		if got, err := remove.Removals(); !errors.Is(err, ErrMalformed) || got != nil {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	if _, err := (Entry{Kind: KindLeave, Body: DevicesBody([]identity.DeviceID{bobs})}).Devices(); err == nil {
		t.Error("who leaves names devices")
	}
}

func TestIsMembership(t *testing.T) {
	for k := range EntryKind(30) {
		want := k == KindGenesis || k == KindAdd || k == KindRemove || k == KindLeave || k == KindRename
		if got := k.IsMembership(); got != want {
			t.Errorf("kind %d: %t", k, got)
		}
	}
}

// TestErase: without its body an entry is the same entry, with the same hash and
// a signature that verifies, and nothing of the text is left in its bytes.
func TestErase(t *testing.T) {
	whole := exampleEntries(t)[0]
	erased := whole.Erase()
	read, err := ParseEntry(bytes.Clone(erased.Raw))
	if err != nil {
		t.Fatal(err)
	}
	for name, e := range map[string]SignedEntry{"erased": erased, "erased and read": read} {
		if !e.Erased() || e.Body != nil || e.Hash != whole.Hash || e.ID != whole.ID || e.VerifySignature() != nil {
			t.Errorf("%s: %+v, signature %v", name, e, e.VerifySignature())
		}
		if bytes.Contains(e.Raw, []byte("Hello")) {
			t.Errorf("%s: the text is there", name)
		}
		if _, err := e.Text(); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: its text: %v", name, err)
		}
	}
	if whole.Erased() || len(whole.Body) == 0 {
		t.Error("the whole entry has changed")
	}
	if again := append(erased.Raw, "more"...); bytes.HasPrefix(whole.Raw, again) || !bytes.Equal(again[:len(erased.Raw)], erased.Raw) {
		t.Error("what is appended to an erased entry goes into the whole one")
	}
	if text, err := whole.Text(); err != nil || text != "Hello, Bob." {
		t.Errorf("the whole one's text: %q, %v", text, err)
	}
}

func TestRetracts(t *testing.T) {
	e := exampleEntries(t)
	text, second, edit, retraction := e[0], e[1], e[2], e[3]
	alter := func(s SignedEntry, change func(*SignedEntry)) SignedEntry { change(&s); return s }
	for _, tc := range []struct {
		name       string
		retraction SignedEntry
		of         Entry
		want       bool
	}{
		{"the text", retraction, text.Entry, true},
		{"its edit", retraction, edit.Entry, true},
		{"in another incarnation", alter(retraction, func(s *SignedEntry) { s.Log.Incarnation++ }), text.Entry, true},
		{"another text", retraction, second.Entry, false},
		{"itself", retraction, retraction.Entry, false},
		{"by another", alter(retraction, func(s *SignedEntry) { s.Log.Author = bob.ID() }), text.Entry, false},
		{"elsewhere", alter(retraction, func(s *SignedEntry) { s.Log.Conversation = chat.LobbyID }), text.Entry, false},
		{"by an edit", edit, text.Entry, false},
		{"a reaction", retraction, alter(text, func(s *SignedEntry) { s.Kind = KindReaction }).Entry, false},
		{"an answer to it", retraction, alter(second, func(s *SignedEntry) { s.About = text.ID }).Entry, false},
	} {
		if got := tc.retraction.Retracts(tc.of); got != tc.want {
			t.Errorf("%s: %t", tc.name, got)
		}
	}
}

func TestTyping(t *testing.T) {
	for _, want := range []Typing{{Conversation: exampleGroup, Active: true}, {Conversation: chat.LobbyID}} {
		if got, err := ParseTyping(AppendTyping(nil, want)); err != nil || got != want {
			t.Errorf("got %+v, %v", got, err)
		}
	}
	good := AppendTyping(nil, Typing{Conversation: exampleGroup, Active: true})
	for size := range good {
		if _, err := ParseTyping(good[:size]); !errors.Is(err, ErrMalformed) {
			t.Errorf("cut to %d bytes: %v", size, err)
		}
	}
	for name, tc := range map[string]struct {
		data []byte
		want error
	}{
		"a byte too many":    {append(bytes.Clone(good), 0), ErrMalformed},
		"other letters":      {changed(good, 0), ErrMalformed},
		"version 2":          {append([]byte("PRLT\x02"), good[5:]...), ErrVersion},
		"short conversation": {appendCBOR([]byte("PRLT\x01"), map[int]any{1: []byte{1}}), ErrMalformed},
		"no conversation":    {appendCBOR([]byte("PRLT\x01"), map[int]any{2: true}), ErrMalformed},
	} {
		if got, err := ParseTyping(tc.data); !errors.Is(err, tc.want) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	news := appendCBOR([]byte("PRLT\x01"), map[int]any{1: exampleGroup[:], 2: true, 99: "news"})
	if got, err := ParseTyping(news); err != nil || !got.Active {
		t.Errorf("with a key to come: %+v, %v", got, err)
	}
}
