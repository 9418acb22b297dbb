package wire

import (
	"fmt"
	"strings"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
)

const (
	announcementMagic   = "PRLA"
	announcementVersion = 1
)

// Announcement is what a device says of itself in one datagram.
type Announcement struct {
	Device identity.DeviceID
	// Instance is higher at each start of the device: the milliseconds since 1970
	// at the start, or one more than the last, whichever is more. An announcement
	// of a lower instance is a replay.
	Instance uint64
	// Sequence counts an instance's announcements from 1; the copies that go out
	// of several interfaces have the same.
	Sequence uint64
	Name     string // as sent, not neutralised
	Status   string // as sent, not neutralised
	LinkPort uint16 // UDP port of the device's links
	// Capabilities name what the device can do beyond version 1.
	Capabilities []string
	// Asks is set by a newcomer: whoever hears it answers by unicast.
	Asks bool
	// Goodbye says that the device leaves now.
	Goodbye bool
	// Padding is a number of zero bytes that make a question as long as any answer
	// to it may be.
	Padding int
}

type announcementBody struct {
	Device       []byte   `cbor:"1,keyasint"`
	Instance     uint64   `cbor:"2,keyasint"`
	Sequence     uint64   `cbor:"3,keyasint"`
	Name         string   `cbor:"4,keyasint"`
	Status       string   `cbor:"5,keyasint,omitempty"`
	LinkPort     uint16   `cbor:"6,keyasint"`
	Capabilities []string `cbor:"7,keyasint,omitempty"`
	Asks         bool     `cbor:"8,keyasint,omitempty"`
	Goodbye      bool     `cbor:"9,keyasint,omitempty"`
	Padding      []byte   `cbor:"10,keyasint,omitempty"`
}

// AppendAnnouncement appends a as one datagram, signed by key, whose device it
// is. It is an error if that is longer than chat.MaxAnnouncement.
func AppendAnnouncement(b []byte, key *identity.Key, a Announcement) ([]byte, error) {
	start := len(b)
	id := key.ID()
	b = append(b, announcementMagic...)
	b = append(b, announcementVersion)
	b = appendCBOR(b, announcementBody{
		Device:       id[:],
		Instance:     a.Instance,
		Sequence:     a.Sequence,
		Name:         validText(a.Name),
		Status:       validText(a.Status),
		LinkPort:     a.LinkPort,
		Capabilities: a.Capabilities,
		Asks:         a.Asks,
		Goodbye:      a.Goodbye,
		Padding:      make([]byte, a.Padding),
	})
	b = append(b, key.Sign(b[start:])...)
	if n := len(b) - start; n > chat.MaxAnnouncement {
		return b[:start], fmt.Errorf("announcement has %d bytes, the most is %d", n, chat.MaxAnnouncement)
	}
	return b, nil
}

// validText returns text as CBOR can carry it: nobody reads a text string that
// is not UTF-8.
func validText(text string) string { return strings.ToValidUTF8(text, "\uFFFD") }

// ParseAnnouncement reads a datagram and verifies its signature. Bytes after
// the signature are ignored. PeekAnnouncement is the cheap look before it.
func ParseAnnouncement(datagram []byte) (Announcement, error) {
	a, signed, signature, err := readAnnouncement(datagram)
	if err != nil {
		return Announcement{}, err
	}
	if !a.Device.Verify(signed, signature) {
		return Announcement{}, fmt.Errorf("announcement of %s: %w", a.Device.Short(), ErrSignature)
	}
	return a, nil
}

// PeekAnnouncement reads a datagram without verifying its signature: enough to
// see that it is a copy of one already verified, and nothing more.
func PeekAnnouncement(datagram []byte) (Announcement, error) {
	a, _, _, err := readAnnouncement(datagram)
	return a, err
}

func readAnnouncement(datagram []byte) (a Announcement, signed, signature []byte, err error) {
	if len(datagram) > chat.MaxAnnouncement {
		return a, nil, nil, fmt.Errorf("%w: announcement of %d bytes, the most is %d", ErrMalformed, len(datagram), chat.MaxAnnouncement)
	}
	var body announcementBody
	signed, signature, _, err = splitSigned(datagram, announcementMagic, announcementVersion, &body)
	if err != nil {
		return a, nil, nil, err
	}
	if err := fixed(a.Device[:], body.Device, "device"); err != nil {
		return a, nil, nil, err
	}
	a.Instance = body.Instance
	a.Sequence = body.Sequence
	a.Name = body.Name
	a.Status = body.Status
	a.LinkPort = body.LinkPort
	a.Capabilities = body.Capabilities
	a.Asks = body.Asks
	a.Goodbye = body.Goodbye
	a.Padding = len(body.Padding)
	return a, signed, signature, nil
}

// NewerThan says whether a was made after b by the same device.
func (a Announcement) NewerThan(b Announcement) bool {
	if a.Instance != b.Instance {
		return a.Instance > b.Instance
	}
	return a.Sequence > b.Sequence
}
