package wire

import (
	"bytes"
	"errors"
	"io"
	"testing"

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
// bytes; and nothing but what was signed verifies.
func FuzzEntry(f *testing.F) {
	seed(f)
	signed := exampleEntries(f)
	f.Fuzz(func(t *testing.T, raw []byte) {
		e, err := ParseEntry(raw)
		if err != nil {
			return
		}
		if !bytes.Equal(e.Raw, raw) || e.Sequence == 0 || len(e.Body) == 0 {
			t.Fatalf("read as %+v", e)
		}
		if _, err := e.Text(); err != nil && e.Kind == KindText && !errors.Is(err, ErrMalformed) {
			t.Fatalf("text: %v", err)
		}
		if e.VerifySignature() == nil && e.Log.Author == ada.ID() {
			for _, s := range signed {
				if bytes.Equal(raw, s.Raw) {
					return
				}
			}
			t.Fatalf("a forged entry verifies: %x", raw)
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
