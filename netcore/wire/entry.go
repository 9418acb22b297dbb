package wire

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
)

const (
	entryMagic   = "PRLE"
	entryVersion = 1

	// maxHead is the size of an entry's head in bytes: the largest of today has
	// some 2,500, with 64 mentions. The head is what no retraction takes away, so
	// it must not be a place for texts.
	maxHead = 4 << 10
)

// HybridTime is a hybrid logical clock's value (Kulkarni et al., Logical
// Physical Clocks, 2014): milliseconds since 1970 in the upper 48 bits, a
// counter in the lower 16. Comparing the numbers compares the times.
type HybridTime uint64

// HybridAt returns the first hybrid time of t's millisecond.
func HybridAt(t time.Time) HybridTime { return HybridTime(t.UnixMilli()) << 16 }

// Wall returns the wall time of t, to the millisecond.
func (t HybridTime) Wall() time.Time { return time.UnixMilli(int64(t >> 16)) }

// Hash is the SHA-256 of an entry's head, signature included: the same with and
// without the body, which the head binds by a hash of its own.
type Hash [sha256.Size]byte

// EntryKind says what an entry's body is. Kinds that a program does not know
// are kept and passed on, and not shown.
type EntryKind uint64

// The kinds of entries. About names the message that an entry points to.
const (
	// KindText is a message; the body is its text, About the message it answers, if
	// any.
	KindText EntryKind = 1
	// KindEdit replaces the text of the author's own message About; the body is the
	// new text.
	KindEdit EntryKind = 2
	// KindRetraction takes back the author's own message About, with its edits; the
	// body is null.
	KindRetraction EntryKind = 3
	// KindReaction is what the author thinks of message About, in place of what it
	// thought before; the body is a text, empty to take it back.
	KindReaction EntryKind = 4

	// KindGenesis founds a group: entry 1 of its founder's log.
	KindGenesis EntryKind = 16
	// KindAdd makes the devices of its body members.
	KindAdd EntryKind = 17
	// KindRemove makes the devices of its body members no longer.
	KindRemove EntryKind = 18
	// KindLeave makes its author a member no longer; the body is null.
	KindLeave EntryKind = 19
	// KindRename names the group; the body is a text.
	KindRename EntryKind = 20
)

// points says whether entries of kind k are nothing without a message to point
// to.
func (k EntryKind) points() bool { return k == KindEdit || k == KindRetraction || k == KindReaction }

// IsMembership says whether entries of kind k say who is in a group and what it
// is called.
func (k EntryKind) IsMembership() bool { return k >= KindGenesis && k <= KindRename }

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
	About    chat.MessageID      // the message it points to; zero if none
	Mentions []identity.DeviceID // the people it calls, each once, at most chat.MaxMentions
	// Called is what the author calls itself, where others may read along who never
	// met it; empty elsewhere. At most MaxCalled bytes, not neutralised.
	Called string
	Body   []byte // exactly one CBOR item; nil once it is erased
}

// MaxCalled is the size of a name in an entry in UTF-8 bytes: the longest that
// has chat.MaxName characters.
const MaxCalled = 4 * chat.MaxName

type entryHeader struct {
	Conversation []byte   `cbor:"1,keyasint"`
	Author       []byte   `cbor:"2,keyasint"`
	Incarnation  uint64   `cbor:"3,keyasint"`
	Sequence     uint64   `cbor:"4,keyasint"`
	Previous     []byte   `cbor:"5,keyasint,omitempty"`
	Time         uint64   `cbor:"6,keyasint"`
	Wall         int64    `cbor:"7,keyasint"`
	ID           []byte   `cbor:"8,keyasint"`
	Kind         uint64   `cbor:"9,keyasint"`
	Body         []byte   `cbor:"10,keyasint"` // its SHA-256
	About        []byte   `cbor:"11,keyasint,omitempty"`
	Mentions     [][]byte `cbor:"12,keyasint,omitempty"`
	Called       string   `cbor:"13,keyasint,omitempty"`
}

// SignedEntry is an entry with the exact bytes that are stored and sent: its
// head, which was signed and whose hash is the entry's name, and behind it the
// body, which is not there if it was erased. Raw must not be changed.
type SignedEntry struct {
	Entry
	Raw  []byte
	Hash Hash
	head int // how many bytes of Raw are the head, signature included
}

// SignEntry encodes e and signs it with key, whose device is the author. A
// device mentioned twice is mentioned once. It is an error if the result is not
// in the form that ParseEntry asks for.
func SignEntry(key *identity.Key, e Entry) (SignedEntry, error) {
	bodyHash := sha256.Sum256(e.Body)
	e.Mentions = distinct(e.Mentions)
	header := entryHeader{
		Conversation: e.Log.Conversation[:],
		Author:       e.Log.Author[:],
		Incarnation:  e.Log.Incarnation,
		Sequence:     e.Sequence,
		Time:         uint64(e.Time),
		Wall:         e.Wall.UnixMilli(),
		ID:           e.ID[:],
		Kind:         uint64(e.Kind),
		Body:         bodyHash[:],
		Mentions:     fromDevices(e.Mentions),
		Called:       validText(e.Called),
	}
	if e.Sequence > 1 {
		header.Previous = e.Previous[:]
	}
	if e.About != (chat.MessageID{}) {
		header.About = e.About[:]
	}
	if _, err := header.entry(); err != nil {
		return SignedEntry{}, err
	}
	if err := checkBody(e.Body); err != nil {
		return SignedEntry{}, err
	}
	raw := make([]byte, 0, 320+len(e.Body)+40*len(e.Mentions))
	raw = append(raw, entryMagic...)
	raw = append(raw, entryVersion)
	raw = appendCBOR(raw, header)
	raw = append(raw, key.Sign(raw)...)
	head := len(raw)
	raw = append(raw, e.Body...)
	if len(raw) > chat.MaxEntry {
		return SignedEntry{}, fmt.Errorf("entry has %d bytes, the most is %d", len(raw), chat.MaxEntry)
	}
	e.Wall = time.UnixMilli(header.Wall)
	return SignedEntry{Entry: e, Raw: raw, Hash: sha256.Sum256(raw[:head]), head: head}, nil
}

// ParseEntry reads an entry without verifying its signature: callers either
// verify it, or know it authentic because a later entry names its hash. A body
// that is there is the one that was signed for, and exactly one CBOR item; none
// at all is one that was erased. The result keeps raw.
func ParseEntry(raw []byte) (SignedEntry, error) {
	if len(raw) > chat.MaxEntry {
		return SignedEntry{}, fmt.Errorf("%w: entry of %d bytes, the most is %d", ErrMalformed, len(raw), chat.MaxEntry)
	}
	var header entryHeader
	_, _, body, err := splitSigned(raw, entryMagic, entryVersion, &header)
	if err != nil {
		return SignedEntry{}, err
	}
	head := len(raw) - len(body)
	if head > maxHead {
		return SignedEntry{}, fmt.Errorf("%w: entry with a head of %d bytes, the most is %d", ErrMalformed, head, maxHead)
	}
	e, err := header.entry()
	if err != nil {
		return SignedEntry{}, err
	}
	if len(body) > 0 {
		if hash := sha256.Sum256(body); string(hash[:]) != string(header.Body) {
			return SignedEntry{}, fmt.Errorf("%w: the body is not the one that was signed for", ErrMalformed)
		}
		if err := checkBody(body); err != nil {
			return SignedEntry{}, err
		}
		e.Body = body
	}
	return SignedEntry{Entry: e, Raw: raw, Hash: sha256.Sum256(raw[:head]), head: head}, nil
}

// checkBody refuses what is not exactly one CBOR item, so that a body can never
// be taken for an erased one and carries nothing behind what is shown.
func checkBody(body []byte) error {
	if err := decMode.Wellformed(body); err != nil {
		return fmt.Errorf("%w body: %v", ErrMalformed, err)
	}
	return nil
}

// Erased says whether the entry's body is gone.
func (s SignedEntry) Erased() bool { return len(s.Raw) == s.head }

// Erase returns the entry without its body. It has the same hash.
func (s SignedEntry) Erase() SignedEntry {
	s.Raw, s.Body = s.Raw[:s.head:s.head], nil
	return s
}

// Retracts says whether s is the reason for which e may lack its body: the
// retraction, by the same author, of the message that e is or edits.
func (s SignedEntry) Retracts(e Entry) bool {
	return s.Kind == KindRetraction && s.Log.Author == e.Log.Author && s.Log.Conversation == e.Log.Conversation &&
		(e.Kind == KindText && s.About == e.ID || e.Kind == KindEdit && s.About == e.About)
}

// VerifySignature says whether the entry's own signature is its author's.
func (s SignedEntry) VerifySignature() error {
	split := s.head - signatureSize
	if split < 0 || !s.Log.Author.Verify(s.Raw[:split], s.Raw[split:s.head]) {
		return fmt.Errorf("entry %d of %s: %w", s.Sequence, s.Log.Author.Short(), ErrSignature)
	}
	return nil
}

// entry checks the header's form.
func (h entryHeader) entry() (Entry, error) {
	e := Entry{
		Log:      LogID{Incarnation: h.Incarnation},
		Sequence: h.Sequence,
		Time:     HybridTime(h.Time),
		Wall:     time.UnixMilli(h.Wall),
		Kind:     EntryKind(h.Kind),
	}
	if err := fixed(e.Log.Conversation[:], h.Conversation, "conversation"); err != nil {
		return Entry{}, err
	}
	if err := fixed(e.Log.Author[:], h.Author, "author"); err != nil {
		return Entry{}, err
	}
	if err := fixed(e.ID[:], h.ID, "message ID"); err != nil {
		return Entry{}, err
	}
	var body Hash
	if err := fixed(body[:], h.Body, "hash of the body"); err != nil {
		return Entry{}, err
	}
	if h.About != nil {
		if err := fixed(e.About[:], h.About, "message ID pointed to"); err != nil {
			return Entry{}, err
		}
	}
	var err error
	if e.Called = h.Called; len(e.Called) > MaxCalled {
		return Entry{}, fmt.Errorf("%w: author's name of %d bytes, the most is %d", ErrMalformed, len(e.Called), MaxCalled)
	}
	if e.Mentions, err = toDevices(h.Mentions, chat.MaxMentions); err != nil {
		return Entry{}, fmt.Errorf("mentions: %w", err)
	}
	switch none := e.About == (chat.MessageID{}); {
	case none && (e.Kind.points() || h.About != nil):
		return Entry{}, fmt.Errorf("%w: entry of kind %d that points to no message", ErrMalformed, e.Kind)
	case body == sha256.Sum256(nil):
		return Entry{}, fmt.Errorf("%w: entry that was signed without a body", ErrMalformed)
	case e.Sequence == 0:
		return Entry{}, fmt.Errorf("%w: entry numbered 0", ErrMalformed)
	case e.Sequence == 1 && h.Previous != nil:
		return Entry{}, fmt.Errorf("%w: first entry with a previous one", ErrMalformed)
	case e.Sequence > 1:
		if err := fixed(e.Previous[:], h.Previous, "previous hash"); err != nil {
			return Entry{}, err
		}
	}
	if y := e.Wall.UTC().Year(); y < 1 || y > 9999 {
		return Entry{}, fmt.Errorf("%w: entry of %d ms from 1970, which no calendar shows", ErrMalformed, h.Wall)
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
