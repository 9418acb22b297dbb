package wire

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/parlance-chat/parlance/netcore/chat"
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

func TestBadEntries(t *testing.T) {
	entries := exampleEntries(t)
	good := entries[1].Raw
	body := func(change func(map[int]any)) []byte {
		fields := map[int]any{
			1: make([]byte, 32), 2: func() []byte { id := ada.ID(); return id[:] }(), 3: 1, 4: 1, 6: 1, 7: 1,
			8: make([]byte, 16), 9: 1, 10: "text",
		}
		change(fields)
		return signedBody(entryMagic, entryVersion, fields)
	}
	for _, tc := range []struct {
		name string
		raw  []byte
		want error
	}{
		{"good", body(func(map[int]any) {}), nil},
		{"empty", nil, ErrMalformed},
		{"of version 2", signedBody(entryMagic, 2, map[int]any{}), ErrVersion},
		{"a byte too many", append(bytes.Clone(good), 0), ErrMalformed},
		{"too long", body(func(f map[int]any) { f[10] = strings.Repeat("x", chat.MaxEntry) }), ErrMalformed},
		{"short conversation", body(func(f map[int]any) { f[1] = []byte{1} }), ErrMalformed},
		{"long author", body(func(f map[int]any) { f[2] = make([]byte, 33) }), ErrMalformed},
		{"short ID", body(func(f map[int]any) { f[8] = []byte{1} }), ErrMalformed},
		{"numbered 0", body(func(f map[int]any) { f[4] = 0 }), ErrMalformed},
		{"the first with a previous", body(func(f map[int]any) { f[5] = make([]byte, 32) }), ErrMalformed},
		{"the second without", body(func(f map[int]any) { f[4] = 2 }), ErrMalformed},
		{"no body", body(func(f map[int]any) { delete(f, 10) }), ErrMalformed},
		{"of the year 300000", body(func(f map[int]any) { f[7] = int64(9e15) }), ErrMalformed},
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
	if _, err := SignEntry(ada, Entry{Sequence: 1, Body: TextBody(strings.Repeat("x", chat.MaxEntry))}); err == nil {
		t.Error("an entry longer than the bound is signed")
	}
}

func TestText(t *testing.T) {
	for _, tc := range []struct {
		kind EntryKind
		body []byte
		want string
		ok   bool
	}{
		{KindText, TextBody("hello"), "hello", true},
		{KindText, TextBody(""), "", true},
		{KindText, TextBody(strings.Repeat("x", chat.MaxText)), strings.Repeat("x", chat.MaxText), true},
		{KindText, TextBody(strings.Repeat("x", chat.MaxText+1)), "", false},
		{KindText, []byte{0x01}, "", false},
		{KindText, []byte{0x62, 0xff, 0xfe}, "", false}, // not UTF-8
		{KindText + 1, TextBody("hello"), "", false},
	} {
		got, err := Entry{Kind: tc.kind, Body: tc.body}.Text()
		if got != tc.want || (err == nil) != tc.ok {
			t.Errorf("kind %d, body %.20x: %.20q, %v", tc.kind, tc.body, got, err)
		}
	}
}

func TestBadFrames(t *testing.T) {
	frame := func(kind byte, body any) []byte {
		b := appendCBOR([]byte{0, 0, 0, 0, kind}, body)
		b[2], b[3] = byte((len(b)-4)>>8), byte(len(b)-4)
		return b
	}
	for _, tc := range []struct {
		name string
		data []byte
		want error
	}{
		{"end", nil, io.EOF},
		{"half a head", []byte{0, 0}, io.ErrUnexpectedEOF},
		{"no body", []byte{0, 0, 0, 9}, io.ErrUnexpectedEOF},
		{"half a body", []byte{0, 0, 0, 9, typeProbe, 0xa1}, io.ErrUnexpectedEOF},
		{"length 0", []byte{0, 0, 0, 0}, ErrMalformed},
		{"too long", []byte{0xff, 0, 0, 0, 1}, ErrMalformed},
		{"no CBOR", []byte{0, 0, 0, 2, typeProbe, 0xff}, ErrMalformed},
		{"bytes after the body", []byte{0, 0, 0, 3, typeProbe, 0xa0, 0}, ErrMalformed},
		{"an address of five bytes", frame(typeIntroduction, introductionBody{Heard: []heardBody{{Addresses: [][]byte{make([]byte, 5)}}}}), ErrMalformed},
		{"a log from 0", frame(typeFrontiers, frontiersBody{List: []frontierBody{{
			Conversation: make([]byte, 32), Logs: []logRangeBody{{Author: make([]byte, 32), Highest: 1}},
		}}}), ErrMalformed},
		{"a log from 3 to 2", frame(typeFrontiers, frontiersBody{List: []frontierBody{{
			Conversation: make([]byte, 32), Logs: []logRangeBody{{Author: make([]byte, 32), Lowest: 3, Highest: 2}},
		}}}), ErrMalformed},
		{"a conversation of one byte", frame(typeFrontiers, frontiersBody{List: []frontierBody{{Conversation: []byte{1}}}}), ErrMalformed},
		{"only unknown types", frame(99, "x"), io.EOF},
	} {
		if f, err := ReadFrame(bytes.NewReader(tc.data)); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v, error %v, want %v", tc.name, f, err, tc.want)
		}
	}
	if b, err := AppendFrame([]byte("kept"), Entries{Raw: [][]byte{make([]byte, chat.MaxFrame)}}); err == nil || string(b) != "kept" {
		t.Errorf("a frame longer than the bound: %d bytes, %v", len(b), err)
	}
}

// TestPromisedBytesCostNothing: a frame's head is four bytes, and must not make
// anybody set aside what it promises.
func TestPromisedBytesCostNothing(t *testing.T) {
	head := []byte{0, 0x0f, 0xff, 0xff, typeEntries}
	cost := testing.Benchmark(func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := ReadFrame(bytes.NewReader(head)); !errors.Is(err, io.ErrUnexpectedEOF) {
				b.Fatal(err)
			}
		}
	}).AllocedBytesPerOp()
	if cost > 100<<10 {
		t.Errorf("a promise of 1 MiB costs %d bytes", cost)
	}
	for _, size := range []int{1, 64<<10 - 1, 64 << 10, 64<<10 + 1, 300_000, chat.MaxFrame - 20} {
		f, err := AppendFrame(nil, Entries{Raw: [][]byte{bytes.Repeat([]byte{7}, size)}})
		if err != nil {
			t.Fatal(err)
		}
		got, err := ReadFrame(iotest.HalfReader(bytes.NewReader(f)))
		if e, ok := got.(Entries); err != nil || !ok || len(e.Raw) != 1 || len(e.Raw[0]) != size {
			t.Errorf("a frame of %d bytes: %v", size, err)
		}
	}
}

// TestOddValuesAreSentInForm: what cannot be written in form is left out or
// replaced, so that the rest is read.
func TestOddValuesAreSentInForm(t *testing.T) {
	good := netip.MustParseAddrPort("10.0.0.1:1")
	b, err := AppendFrame(nil, Introduction{Heard: []HeardAnnouncement{{
		Datagram:  []byte{1},
		Addresses: []netip.AddrPort{{}, good, netip.MustParseAddrPort("[fe80::1%eth0]:2"), netip.MustParseAddrPort("[::ffff:10.0.0.1]:1")},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	f, err := ReadFrame(bytes.NewReader(b))
	want := []netip.AddrPort{good, netip.MustParseAddrPort("[fe80::1]:2"), good}
	if i, ok := f.(Introduction); err != nil || !ok || !slices.Equal(i.Heard[0].Addresses, want) {
		t.Errorf("got %+v, %v, want the addresses %v", f, err, want)
	}

	a := exampleAnnouncement
	a.Name, a.Status = "\xffAda", "\xfe"
	datagram, err := AppendAnnouncement(nil, ada, a)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := ParseAnnouncement(datagram); err != nil || got.Name != "\ufffdAda" || got.Status != "\ufffd" {
		t.Errorf("got %+v, %v", got, err)
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
