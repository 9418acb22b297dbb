package wire

import (
	"bytes"
	"errors"
	"io"
	"net/netip"
	"slices"
	"testing"
	"testing/iotest"

	"github.com/parlance-chat/parlance/netcore/chat"
)

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
		{"a mark of seven bytes", frame(typeFrontiers, frontiersBody{List: []frontierBody{{
			Conversation: make([]byte, 32), Logs: []logRangeBody{{Author: make([]byte, 32), Lowest: 1, Highest: 2, Head: make([]byte, 7)}},
		}}}), ErrMalformed},
		{"more read than there is", frame(typeFrontiers, frontiersBody{List: []frontierBody{{
			Conversation: make([]byte, 32), Logs: []logRangeBody{{Author: make([]byte, 32), Lowest: 1, Highest: 2, Head: make([]byte, 8), Read: 3}},
		}}}), ErrMalformed},
		{"a conversation of one byte", frame(typeFrontiers, frontiersBody{List: []frontierBody{{Conversation: []byte{1}}}}), ErrMalformed},
		{"a view of seven bytes", frame(typeFrontiers, frontiersBody{List: []frontierBody{{Conversation: make([]byte, 32), View: make([]byte, 7)}}}), ErrMalformed},
		{"a roll that is none", frame(typeRoll, map[int]string{1: "x"}), ErrMalformed},
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

	b, err = AppendFrame(nil, Frontiers{List: []Frontier{{Logs: []LogRange{{Range: Range{1, 2}, Read: 9}}}}})
	if err != nil {
		t.Fatal(err)
	}
	f, err = ReadFrame(bytes.NewReader(b))
	if l, ok := f.(Frontiers); err != nil || !ok || l.List[0].Logs[0].Read != 2 {
		t.Errorf("got %+v, %v, want all read", f, err)
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
