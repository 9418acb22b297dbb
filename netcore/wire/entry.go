package wire

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/fxamacker/cbor/v2"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
)

const (
	entryMagic   = "PRLE"
	entryVersion = 1
)

// HybridTime is a hybrid logical clock's value (Kulkarni et al., Logical
// Physical Clocks, 2014): milliseconds since 1970 in the upper 48 bits, a
// counter in the lower 16. Comparing the numbers compares the times.
type HybridTime uint64

// HybridAt returns the first hybrid time of t's millisecond.
func HybridAt(t time.Time) HybridTime { return HybridTime(t.UnixMilli()) << 16 }

// Wall returns the wall time of t, to the millisecond.
func (t HybridTime) Wall() time.Time { return time.UnixMilli(int64(t >> 16)) }

// Hash is the SHA-256 of an entry's bytes, signature included.
type Hash [sha256.Size]byte

// EntryKind says what an entry's body is. Kinds that a program does not know
// are kept and passed on, and not shown.
type EntryKind uint64

// KindText is a message; the body is a CBOR text string.
const KindText EntryKind = 1

// LogID names one log: all entries of one author in one conversation, under one
// incarnation of the author's database.
type LogID struct {
	Conversation chat.ConversationID
	Author       identity.DeviceID
	// Incarnation is drawn at random when the author's database is made, so that
	// a lost database never leads to two entries with one number.
	Incarnation uint64
}

// Entry is one record of a log.
type Entry struct {
	Log      LogID
	Sequence uint64 // from 1, without gaps
	Previous Hash   // of entry Sequence-1; zero at 1
	Time     HybridTime
	Wall     time.Time // the author's wall clock, to the millisecond
	ID       chat.MessageID
	Kind     EntryKind
	Body     []byte // one CBOR item
}

type entryBody struct {
	Conversation []byte          `cbor:"1,keyasint"`
	Author       []byte          `cbor:"2,keyasint"`
	Incarnation  uint64          `cbor:"3,keyasint"`
	Sequence     uint64          `cbor:"4,keyasint"`
	Previous     []byte          `cbor:"5,keyasint,omitempty"`
	Time         uint64          `cbor:"6,keyasint"`
	Wall         int64           `cbor:"7,keyasint"`
	ID           []byte          `cbor:"8,keyasint"`
	Kind         uint64          `cbor:"9,keyasint"`
	Body         cbor.RawMessage `cbor:"10,keyasint"`
}

// SignedEntry is an entry with the exact bytes that were signed, stored and
// sent, and their hash. Raw must not be changed.
type SignedEntry struct {
	Entry
	Raw  []byte
	Hash Hash
}

// SignEntry encodes e and signs it with key, whose device is the author. It is
// an error if the result is longer than chat.MaxEntry.
func SignEntry(key *identity.Key, e Entry) (SignedEntry, error) {
	body := entryBody{
		Conversation: e.Log.Conversation[:],
		Author:       e.Log.Author[:],
		Incarnation:  e.Log.Incarnation,
		Sequence:     e.Sequence,
		Time:         uint64(e.Time),
		Wall:         e.Wall.UnixMilli(),
		ID:           e.ID[:],
		Kind:         uint64(e.Kind),
		Body:         e.Body,
	}
	if e.Sequence > 1 {
		body.Previous = e.Previous[:]
	}
	raw := make([]byte, 0, 256+len(e.Body))
	raw = append(raw, entryMagic...)
	raw = append(raw, entryVersion)
	raw = appendCBOR(raw, body)
	raw = append(raw, key.Sign(raw)...)
	if len(raw) > chat.MaxEntry {
		return SignedEntry{}, fmt.Errorf("entry has %d bytes, the most is %d", len(raw), chat.MaxEntry)
	}
	e.Wall = time.UnixMilli(body.Wall)
	return SignedEntry{Entry: e, Raw: raw, Hash: sha256.Sum256(raw)}, nil
}

// ParseEntry reads an entry without verifying its signature: callers either
// verify it, or know it authentic because a later entry names its hash. The
// result keeps raw.
func ParseEntry(raw []byte) (SignedEntry, error) {
	if len(raw) > chat.MaxEntry {
		return SignedEntry{}, fmt.Errorf("%w: entry of %d bytes, the most is %d", ErrMalformed, len(raw), chat.MaxEntry)
	}
	var body entryBody
	_, _, rest, err := splitSigned(raw, entryMagic, entryVersion, &body)
	if err != nil {
		return SignedEntry{}, err
	}
	if len(rest) > 0 {
		// An entry's bytes are its identity; two of them must not mean the same.
		return SignedEntry{}, fmt.Errorf("%w: %d bytes after the entry's signature", ErrMalformed, len(rest))
	}
	e, err := body.entry()
	if err != nil {
		return SignedEntry{}, err
	}
	return SignedEntry{Entry: e, Raw: raw, Hash: sha256.Sum256(raw)}, nil
}

// VerifySignature says whether the entry's own signature is its author's.
func (s SignedEntry) VerifySignature() error {
	split := len(s.Raw) - signatureSize
	if split < 0 || !s.Log.Author.Verify(s.Raw[:split], s.Raw[split:]) {
		return fmt.Errorf("entry %d of %s: %w", s.Sequence, s.Log.Author.Short(), ErrSignature)
	}
	return nil
}

// entry checks the body's form.
func (b entryBody) entry() (Entry, error) {
	e := Entry{
		Log:      LogID{Incarnation: b.Incarnation},
		Sequence: b.Sequence,
		Time:     HybridTime(b.Time),
		Wall:     time.UnixMilli(b.Wall),
		Kind:     EntryKind(b.Kind),
		Body:     b.Body,
	}
	if err := fixed(e.Log.Conversation[:], b.Conversation, "conversation"); err != nil {
		return Entry{}, err
	}
	if err := fixed(e.Log.Author[:], b.Author, "author"); err != nil {
		return Entry{}, err
	}
	if err := fixed(e.ID[:], b.ID, "message ID"); err != nil {
		return Entry{}, err
	}
	switch {
	case e.Sequence == 0:
		return Entry{}, fmt.Errorf("%w: entry numbered 0", ErrMalformed)
	case e.Sequence == 1 && len(b.Previous) > 0:
		return Entry{}, fmt.Errorf("%w: first entry with a previous one", ErrMalformed)
	case e.Sequence > 1:
		if err := fixed(e.Previous[:], b.Previous, "previous hash"); err != nil {
			return Entry{}, err
		}
	}
	if y := e.Wall.UTC().Year(); y < 1 || y > 9999 {
		return Entry{}, fmt.Errorf("%w: entry of %d ms from 1970, which no calendar shows", ErrMalformed, b.Wall)
	}
	if len(e.Body) == 0 {
		return Entry{}, fmt.Errorf("%w: entry without a body", ErrMalformed)
	}
	return e, nil
}

// Position returns the entry's place on the screen.
func (e Entry) Position() chat.Position {
	var p chat.Position
	binary.BigEndian.PutUint64(p[0:], uint64(e.Time))
	copy(p[8:16], e.Log.Author[:8])
	binary.BigEndian.PutUint64(p[16:], e.Sequence)
	return p
}

// TimeOf returns the hybrid time in a position.
func TimeOf(p chat.Position) HybridTime { return HybridTime(binary.BigEndian.Uint64(p[:8])) }

// TextBody returns the body of a KindText entry.
func TextBody(text string) []byte { return appendCBOR(nil, text) }

// Text returns the text of a KindText entry, as sent and not neutralised.
func (e Entry) Text() (string, error) {
	if e.Kind != KindText {
		return "", fmt.Errorf("entry of kind %d is no text", e.Kind)
	}
	var text string
	if err := decodeBody(e.Body, &text); err != nil {
		return "", err
	}
	if len(text) > chat.MaxText {
		return "", fmt.Errorf("%w: text of %d bytes, the most is %d", ErrMalformed, len(text), chat.MaxText)
	}
	return text, nil
}
