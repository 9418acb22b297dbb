package chat

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/parlance-chat/parlance/netcore/identity"
)

// Errors that callers tell apart with errors.Is.
var (
	// ErrText is wrapped when a text cannot be sent as it is.
	ErrText = errors.New("this text cannot be sent")
	// ErrUnknown is wrapped when something named is not there.
	ErrUnknown = errors.New("unknown")
	// ErrAmbiguous is wrapped when a name stands for several things.
	ErrAmbiguous = errors.New("ambiguous")
	// ErrRefused is wrapped when trust or a bound forbids what was asked.
	ErrRefused = errors.New("refused")
)

// Kind is the kind of a conversation.
type Kind string

// The kinds of conversations.
const (
	Direct    Kind = "direct"    // two devices
	Group     Kind = "group"     // the devices its members admitted
	Lobby     Kind = "lobby"     // everyone near
	Plain     Kind = "plain"     // raw UDP text with one address
	Neighbour Kind = "neighbour" // IP Messenger
	Room      Kind = "room"      // a room on a TCP server
)

// ConversationID names a conversation, the same on every device in it.
type ConversationID [32]byte

var idEncoding = base32.StdEncoding.WithPadding(base32.NoPadding)

// String returns the text form: 52 characters of lower-case base32.
func (c ConversationID) String() string { return strings.ToLower(idEncoding.EncodeToString(c[:])) }

// IsZero says whether c names no conversation.
func (c ConversationID) IsZero() bool { return c == ConversationID{} }

// MarshalText implements encoding.TextMarshaler.
func (c ConversationID) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (c *ConversationID) UnmarshalText(text []byte) error {
	raw, err := idEncoding.DecodeString(strings.ToUpper(string(text)))
	if err != nil || len(raw) != len(c) {
		return fmt.Errorf("%w conversation %q", ErrUnknown, text)
	}
	copy(c[:], raw)
	return nil
}

// DirectID returns the conversation of two devices; the order of the two does
// not matter.
func DirectID(a, b identity.DeviceID) ConversationID {
	if b.Less(a) {
		a, b = b, a
	}
	return derive("parlance direct 1\x00", a[:], b[:])
}

// PlainID returns the conversation with a plain UDP address.
func PlainID(address netip.AddrPort) ConversationID {
	return derive("parlance plain 1\x00", []byte(address.String()))
}

// GroupID returns the conversation of the group that a device founds with a
// nonce: only its founder can have founded it.
func GroupID(founder identity.DeviceID, nonce [16]byte) ConversationID {
	return derive("parlance group 1\x00", founder[:], nonce[:])
}

// RoomID returns the conversation with a room or a person on a TCP server, by the
// server's address and the name in lower case; without a name, with the server
// itself.
func RoomID(server, channel string) ConversationID {
	return derive("parlance room 1\x00", []byte(server), []byte{0}, []byte(channel))
}

// LobbyID is the conversation of everyone near.
var LobbyID = derive("parlance lobby 1\x00")

func derive(domain string, parts ...[]byte) ConversationID {
	h := sha256.New()
	h.Write([]byte(domain))
	for _, p := range parts {
		h.Write(p)
	}
	return ConversationID(h.Sum(nil))
}

// MessageID names a message: a UUID of version 7 (RFC 9562 section 5.7).
type MessageID = uuid.UUID

// Position is a message's place in its conversation: hybrid time (8 bytes),
// the first 8 bytes of the author's ID, sequence (8 bytes), all big-endian, so
// that comparing the bytes compares the places. It is the cursor for paging.
type Position [24]byte

// IsZero says whether p is no place.
func (p Position) IsZero() bool { return p == Position{} }

// Less says whether p stands before q on the screen.
func (p Position) Less(q Position) bool { return string(p[:]) < string(q[:]) }

// MarshalText implements encoding.TextMarshaler with hexadecimal digits.
func (p Position) MarshalText() ([]byte, error) { return []byte(hex.EncodeToString(p[:])), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (p *Position) UnmarshalText(text []byte) error {
	if len(text) != hex.EncodedLen(len(p)) {
		return fmt.Errorf("position %q has %d digits, not %d", text, len(text), hex.EncodedLen(len(p)))
	}
	_, err := hex.Decode(p[:], text)
	return err
}

// State is how far a message of one's own has come towards one recipient.
type State string

// The states of a message on its way, each implying the ones before it.
const (
	Queued    State = "queued"    // on this device's disk
	Sent      State = "sent"      // handed to a link or network that is up now
	Delivered State = "delivered" // on the recipient's disk, by its receipt
	Read      State = "read"      // the recipient says it was seen
)

// Refused is the state of a message that its network will not take. It implies no
// other: such a message is on this device's disk alone, and nothing but its author
// sends it again.
const Refused State = "refused"

// Author is who wrote a message: a device, or whatever a network without
// identities has to offer instead.
type Author struct {
	// Device is the author's device; zero on networks without identities.
	Device identity.DeviceID
	// Address is where the message came from on such networks, such as
	// "udp://10.0.0.7:12345"; empty for devices.
	Address string
	// Name is what the author is called now, neutralised.
	Name string
}

// ID returns the text that tells authors apart: the device ID or the address.
func (a Author) ID() string {
	if a.Device.IsZero() {
		return a.Address
	}
	return a.Device.String()
}

// Message is one message as it is shown.
type Message struct {
	ID           MessageID
	Conversation ConversationID
	Kind         Kind // of the conversation
	Position     Position
	From         Author
	Own          bool
	Text         string    // neutralised; as last edited
	Sent         time.Time // the author's own wall time, to the millisecond
	Received     time.Time // when this device stored it
	State        State     // of own messages, as they are now: the least far of all recipients
	Refusal      string    // of refused ones: why, in the network's words; neutralised
	Tally        Tally     // of own messages in groups and the lobby

	Answers   *Quote     // the message it answers, if any
	Mentions  []Author   // the people it calls
	Mentioned bool       // this device's user is among them
	Reactions []Reaction // the latest of each author
	Edited    time.Time  // when the author edited it last; zero: never
	Retracted bool       // the author took it back: no text is left
	Hidden    bool       // its author is blocked: Text is empty
	Change    *Change    // a change of the group, in place of a text
}

// Hide returns the message without what its author wrote: only that there is
// one.
func (m Message) Hide() Message {
	return Message{
		ID: m.ID, Conversation: m.Conversation, Kind: m.Kind, Position: m.Position, From: m.From,
		Sent: m.Sent, Received: m.Received, Hidden: true,
	}
}

// Quote is a message as another one refers to it.
type Quote struct {
	ID   MessageID
	From Author // zero if the message is not held
	Text string // its beginning; empty if the message is not held or was retracted
}

// Reaction is what somebody thinks of a message, such as an emoji.
type Reaction struct {
	From Author
	Own  bool
	Text string // neutralised
}

// Tally counts how far an own message has come, each state including those
// beyond it.
type Tally struct {
	Recipients      int // members besides the author; 0 in the lobby, where nobody knows
	Sent            int
	Delivered, Read int
}

// Receipt is how far an own message has come towards one recipient.
type Receipt struct {
	Peer  Author
	State State
}

// Revision is a text that a message had.
type Revision struct {
	Text string
	Sent time.Time // by the author's clock
}

// ChangeKind is what a change of a group was.
type ChangeKind string

// The changes of groups.
const (
	Founded ChangeKind = "founded"
	Added   ChangeKind = "added"
	Removed ChangeKind = "removed"
	Left    ChangeKind = "left"
	Renamed ChangeKind = "renamed"
)

// Change is a change of a group by the author of the message that it stands in.
type Change struct {
	Kind ChangeKind
	Who  []Author // those added or removed
	Name string   // of a group founded or renamed; neutralised
}

// Presence says whether a peer is there.
type Presence string

// The presences.
const (
	Online  Presence = "online"
	Offline Presence = "offline"
)

// Trust is what this device's user thinks of a peer.
type Trust string

// The degrees of trust.
const (
	New      Trust = "new"      // a stranger, kept apart
	Accepted Trust = "accepted" // written to, or accepted by hand
	Verified Trust = "verified" // IDs compared in person
	Blocked  Trust = "blocked"  // nothing is taken from it or sent to it
	Changed  Trust = "changed"  // bears the name of somebody known, with another key
)

// Peer is another device, as this one knows it.
type Peer struct {
	ID        identity.DeviceID
	Name      string // neutralised; never empty
	Status    string // neutralised
	State     Presence
	Linked    bool             // a link is up: the key is proven
	Addresses []netip.AddrPort // where links may be opened, the latest first
	Ways      []string         // how it was heard, such as "multicast eth0"
	Trust     Trust
	LastSeen  time.Time
}

// Conversation is one line of the conversation list.
type Conversation struct {
	ID      ConversationID
	Kind    Kind
	Title   string            // neutralised; never empty
	Peer    identity.DeviceID // of a direct conversation
	Address netip.AddrPort    // of a plain conversation
	Last    *Message          // the latest message, nil if there is none
	Unread  int
	Draft   string // typed and not sent

	Members int    // of a group, this device included while it is one
	Muted   bool   // nobody is to be disturbed by it
	Closed  string // why nothing can be written here, a sentence; empty if it can
	// Request says that a stranger put this device into the group: it is kept apart
	// until the user joins or leaves.
	Request bool
	// Mentioned says that an unread message calls this device's user.
	Mentioned bool
}

// Member is one member of a group, or somebody in the lobby.
type Member struct {
	Peer  Peer // of this device itself, only ID and name are told
	Self  bool
	Since time.Time // by the clock of who added it; zero in the lobby
	// Removable says that this device's user may remove it: who became a member
	// after.
	Removable bool
}

// Interface is one network interface as discovery uses it.
type Interface struct {
	Name      string
	Addresses []netip.Prefix
	Loopback  bool
	Unplugged bool // it is up, and neither a cable nor a wireless network is there
}
