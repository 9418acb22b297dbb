package wire

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
)

// changed returns b with one byte changed.
func changed(b []byte, at int) []byte {
	c := bytes.Clone(b)
	c[(at+len(c))%len(c)] ^= 0x01
	return c
}

// signedBody signs any body the way announcements and entries are.
func signedBody(magic string, version byte, body any) []byte {
	b := append([]byte(magic), version)
	b = appendCBOR(b, body)
	return append(b, ada.Sign(b)...)
}

func TestBadAnnouncements(t *testing.T) {
	good, err := AppendAnnouncement(nil, ada, exampleAnnouncement)
	if err != nil {
		t.Fatal(err)
	}
	device := ada.ID()
	bobs := bob.ID()
	for _, tc := range []struct {
		name     string
		datagram []byte
		want     error
	}{
		{"empty", nil, ErrMalformed},
		{"text", []byte("hello, is anybody there? I am a program that sends raw UDP text to everybody on the network"), ErrMalformed},
		{"version 2", signedBody(announcementMagic, 2, announcementBody{Device: device[:]}), ErrVersion},
		{"an entry's letters", signedBody(entryMagic, announcementVersion, announcementBody{Device: device[:]}), ErrMalformed},
		{"too long", append(bytes.Clone(good), make([]byte, chat.MaxAnnouncement)...), ErrMalformed},
		{"name changed", changed(good, bytes.Index(good, []byte("Ada"))), ErrSignature},
		{"signature changed", changed(good, -1), ErrSignature},
		{"another's device", signedBody(announcementMagic, 1, announcementBody{Device: bobs[:]}), ErrSignature},
		{"nobody's device", signedBody(announcementMagic, 1, announcementBody{Device: make([]byte, 32)}), ErrSignature},
		{"short device", signedBody(announcementMagic, 1, announcementBody{Device: device[:31]}), ErrMalformed},
		{"no device", signedBody(announcementMagic, 1, map[int]any{3: 1}), ErrMalformed},
		{"not a map", signedBody(announcementMagic, 1, []int{1, 2}), ErrMalformed},
		{"a text where a number belongs", signedBody(announcementMagic, 1, map[int]any{1: device[:], 2: "x"}), ErrMalformed},
		{"a port too high", signedBody(announcementMagic, 1, map[int]any{1: device[:], 6: 70000}), ErrMalformed},
		{"a key twice", append(append([]byte("PRLA\x01\xa2\x02\x01\x02\x02"), make([]byte, 64)...), 0), ErrMalformed},
		{"of endless length", append([]byte("PRLA\x01\xbf\xff"), make([]byte, 64)...), ErrMalformed},
		{"very deep", append([]byte("PRLA\x01"+strings.Repeat("\x81", 500)), make([]byte, 65)...), ErrMalformed},
	} {
		if _, err := ParseAnnouncement(tc.datagram); !errors.Is(err, tc.want) {
			t.Errorf("%s: error %v, want %v", tc.name, err, tc.want)
		}
	}
	for size := range good {
		if _, err := ParseAnnouncement(good[:size]); err == nil {
			t.Errorf("cut to %d bytes it passes", size)
		}
	}
}

// TestUnknownKeys: what later versions add does not disturb this one.
func TestUnknownKeys(t *testing.T) {
	device := ada.ID()
	datagram := signedBody(announcementMagic, 1, map[int]any{1: device[:], 4: "Ada", 99: "news"})
	if a, err := ParseAnnouncement(datagram); err != nil || a.Name != "Ada" {
		t.Errorf("got %+v, %v", a, err)
	}
}

func TestLongestAnnouncement(t *testing.T) {
	a := exampleAnnouncement
	a.Name = strings.Repeat("\U0010fffd", chat.MaxName)
	if _, err := AppendAnnouncement(nil, ada, a); err != nil {
		t.Errorf("the longest name: %v", err)
	}
	a.Capabilities = []string{strings.Repeat("x", chat.MaxAnnouncement)}
	if b, err := AppendAnnouncement([]byte("kept"), ada, a); err == nil || string(b) != "kept" {
		t.Errorf("too long: %d bytes, %v", len(b), err)
	}
}

// headerFields are the fields of an entry whose body is "text".
func headerFields() map[int]any {
	author, body := ada.ID(), sha256.Sum256(TextBody("text"))
	return map[int]any{
		1: make([]byte, 32), 2: author[:], 3: 1, 4: 1, 6: 1, 7: 1, 8: make([]byte, 16), 9: 1, 10: body[:],
	}
}

func TestBadEntries(t *testing.T) {
	entries := exampleEntries(t)
	good := entries[1].Raw
	signed := func(body []byte, change func(map[int]any)) []byte {
		fields := headerFields()
		change(fields)
		return append(signedBody(entryMagic, entryVersion, fields), body...)
	}
	header := func(change func(map[int]any)) []byte { return signed(TextBody("text"), change) }
	set := func(key int, value any) []byte { return header(func(f map[int]any) { f[key] = value }) }
	withBody := func(body string) []byte {
		return signed([]byte(body), func(f map[int]any) { hash := sha256.Sum256([]byte(body)); f[10] = hash[:] })
	}
	adas, nobodys := ada.ID(), identity.DeviceID{}
	for _, tc := range []struct {
		name string
		raw  []byte
		want error
	}{
		{"good", header(func(map[int]any) {}), nil},
		{"good, with a key to come", set(99, "news"), nil},
		{"good, of a kind to come", set(9, 99), nil},
		{"empty", nil, ErrMalformed},
		{"of version 2", signedBody(entryMagic, 2, map[int]any{}), ErrVersion},
		{"a byte too many", append(bytes.Clone(good), 0), ErrMalformed},
		{"a byte too few", good[:len(good)-1], ErrMalformed},
		{"too long", withBody(string(TextBody(strings.Repeat("x", chat.MaxEntry)))), ErrMalformed},
		{"short conversation", set(1, []byte{1}), ErrMalformed},
		{"long author", set(2, make([]byte, 33)), ErrMalformed},
		{"short ID", set(8, []byte{1}), ErrMalformed},
		{"numbered 0", set(4, 0), ErrMalformed},
		{"the first with a previous", set(5, make([]byte, 32)), ErrMalformed},
		{"the first with an empty previous", set(5, []byte{}), ErrMalformed},
		{"the second without", set(4, 2), ErrMalformed},
		{"of the year 300000", set(7, int64(9e15)), ErrMalformed},
		{"no hash of the body", header(func(f map[int]any) { delete(f, 10) }), ErrMalformed},
		{"short hash of the body", set(10, make([]byte, 31)), ErrMalformed},
		{"another body", append(bytes.Clone(entries[0].Erase().Raw), entries[1].Body...), ErrMalformed},
		{"signed without a body", withBody(""), ErrMalformed},
		{"a body of two items", withBody("\x01\x01"), ErrMalformed},
		{"a body of half an item", withBody("\x62x"), ErrMalformed},
		{"a body of endless length", withBody("\x9f\xff"), ErrMalformed},
		{"a body with a tag", withBody("\xc1\x01"), ErrMalformed},
		{"a body very deep", withBody(strings.Repeat("\x81", 500) + "\x01"), ErrMalformed},
		{"a text hidden in the head", set(99, strings.Repeat("x", maxHead)), ErrMalformed},
		{"pointing to a short ID", set(11, []byte{1}), ErrMalformed},
		{"pointing to message 0", set(11, make([]byte, 16)), ErrMalformed},
		{"an edit of nothing", set(9, int(KindEdit)), ErrMalformed},
		{"a retraction of nothing", set(9, int(KindRetraction)), ErrMalformed},
		{"a reaction to nothing", set(9, int(KindReaction)), ErrMalformed},
		{"a short mention", set(12, [][]byte{{1}}), ErrMalformed},
		{"a mention of nobody", set(12, [][]byte{nobodys[:]}), ErrMalformed},
		{"a mention twice", set(12, [][]byte{adas[:], adas[:]}), ErrMalformed},
		{"too many mentions", set(12, fromDevices(devices(chat.MaxMentions+1))), ErrMalformed},
		{"the most mentions", set(12, fromDevices(devices(chat.MaxMentions))), nil},
	} {
		_, err := ParseEntry(tc.raw)
		if !errors.Is(err, tc.want) {
			t.Errorf("%s: error %v, want %v", tc.name, err, tc.want)
		}
	}
	for at := range good {
		e, err := ParseEntry(changed(good, at))
		if err == nil && e.VerifySignature() == nil {
			t.Errorf("with byte %d changed it is still signed", at)
		}
	}
	if err := entries[0].VerifySignature(); err != nil {
		t.Error(err)
	}
	if err := (SignedEntry{}).VerifySignature(); !errors.Is(err, ErrSignature) {
		t.Errorf("nothing is signed: %v", err)
	}
}

// devices returns n different device IDs.
func devices(n int) []identity.DeviceID {
	all := make([]identity.DeviceID, n)
	for i := range all {
		binary.BigEndian.PutUint32(all[i][:], uint32(i+1))
	}
	return all
}

// TestNothingMalformedIsSigned: what nobody would read is an error before it
// stands in a log.
func TestNothingMalformedIsSigned(t *testing.T) {
	good := Entry{Log: LogID{Author: ada.ID()}, Sequence: 1, Kind: KindText, Wall: exampleTime, Body: TextBody("x")}
	if _, err := SignEntry(ada, good); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Entry){
		"numbered 0":        func(e *Entry) { e.Sequence = 0 },
		"longer than all":   func(e *Entry) { e.Body = TextBody(strings.Repeat("x", chat.MaxEntry)) },
		"without a body":    func(e *Entry) { e.Body = nil },
		"of two bodies":     func(e *Entry) { e.Body = []byte{1, 1} },
		"an edit":           func(e *Entry) { e.Kind = KindEdit },
		"of no calendar":    func(e *Entry) { e.Wall = time.UnixMilli(9e15) },
		"too many mentions": func(e *Entry) { e.Mentions = devices(chat.MaxMentions + 1) },
	} {
		e := good
		change(&e)
		if _, err := SignEntry(ada, e); err == nil {
			t.Errorf("%s: signed", name)
		}
	}
	twice := good
	twice.Mentions = []identity.DeviceID{bob.ID(), ada.ID(), {}, bob.ID()}
	if s, err := SignEntry(ada, twice); err != nil || !slices.Equal(s.Mentions, []identity.DeviceID{bob.ID(), ada.ID()}) {
		t.Errorf("mentioned twice: %v, %v", s.Mentions, err)
	} else if back, err := ParseEntry(s.Raw); err != nil || !slices.Equal(back.Mentions, s.Mentions) {
		t.Errorf("mentioned twice, it comes back as %v, %v", back.Mentions, err)
	}
	largest := good
	largest.Sequence, largest.About, largest.Mentions = 1<<64-1, exampleID(1), devices(chat.MaxMentions)
	largest.Log.Incarnation, largest.Time, largest.Kind = 1<<64-1, 1<<64-1, 1<<64-1
	s, err := SignEntry(ada, largest)
	if err != nil || s.head > maxHead {
		t.Errorf("the largest head has %d bytes, %v", s.head, err)
	}
}

// TestOrder: comparing positions compares time, then author, then sequence.
func TestOrder(t *testing.T) {
	var previous chat.Position
	for i, e := range []Entry{
		{Time: 1, Log: LogID{Author: ada.ID()}, Sequence: 900},
		{Time: 2, Log: LogID{Author: bob.ID()}, Sequence: 1},
		{Time: 2, Log: LogID{Author: ada.ID()}, Sequence: 3},
		{Time: 2, Log: LogID{Author: ada.ID()}, Sequence: 4},
		{Time: 1 << 40, Log: LogID{Author: bob.ID()}, Sequence: 1},
	} {
		p := e.Position()
		if i > 0 && !previous.Less(p) {
			t.Errorf("entry %d (%s) does not stand after the one before", i, fmt.Sprint(e.Time))
		}
		if TimeOf(p) != e.Time {
			t.Errorf("time of entry %d: %d", i, TimeOf(p))
		}
		previous = p
	}
}
