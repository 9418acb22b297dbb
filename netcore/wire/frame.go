package wire

import (
	"encoding/binary"
	"fmt"
	"io"
	"net/netip"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
)

// Frame is one message on a link: Introduction, Frontiers, Entries, Probe, Early
// or Roll.
type Frame interface{ frameType() byte }

// The frame types. Receivers skip types they do not know.
const (
	typeIntroduction = 1
	typeFrontiers    = 2
	typeEntries      = 3
	typeProbe        = 4
	typeEarly        = 5
	typeRoll         = 6
)

// Introduction passes on announcements. The first a device sends on a link is
// its own; the others are those it heard lately, with where from.
type Introduction struct{ Heard []HeardAnnouncement }

// HeardAnnouncement is an announcement's datagram and the addresses its device
// was heard from: IP address and link port.
type HeardAnnouncement struct {
	Datagram  []byte
	Addresses []netip.AddrPort
}

// Range is the part of a log that a device holds: from Lowest to Highest without
// gaps. Lowest is above 1 where retention dropped the beginning.
type Range struct{ Lowest, Highest uint64 }

// Mark is the first bytes of an entry's hash: enough to tell two entries of one
// author apart, since who forges one harms nobody but itself.
type Mark [8]byte

// Mark returns the mark of an entry's hash.
func (h Hash) Mark() Mark { return Mark(h[:8]) }

// LogRange is one line of a frontier.
type LogRange struct {
	Author      identity.DeviceID
	Incarnation uint64
	Range
	// Head is the mark of entry Highest. An author finds by it that its log goes on
	// in two ways, as after an old backup.
	Head Mark
	// Read is the highest entry that the sender's user has seen; 0 if none, or if
	// that is not told. It is never above Highest: what is not on the disk may be
	// shown, and is not told of.
	Read uint64
}

// Frontier is what a device has on its disk of one conversation.
type Frontier struct {
	Conversation chat.ConversationID
	Logs         []LogRange
	// View is the mark of who is in the group by what the sender holds, as
	// membership.Group.View has it, in full frontiers of those who take themselves
	// for members; else zero.
	View Mark
}

// Frontiers are receipts and the base of every exchange: sent when a link opens
// and every 30 s (Full: all conversations both sides share, every log), and
// after each commit (only what changed).
type Frontiers struct {
	Full bool
	List []Frontier
}

// Entries carries consecutive entries of one log, as their raw bytes.
type Entries struct {
	Raw [][]byte
	// Retractions are the reasons for which some of them lack their bodies, as the
	// raw bytes of other entries. Whoever takes the entries asks each of these
	// whether it Retracts one of them and is signed: they stand in no log here.
	Retractions [][]byte
}

// Probe asks whether a link still works (Answer false) or says so.
type Probe struct {
	Nonce  uint64
	Answer bool
}

func (Introduction) frameType() byte { return typeIntroduction }
func (Frontiers) frameType() byte    { return typeFrontiers }
func (Entries) frameType() byte      { return typeEntries }
func (Probe) frameType() byte        { return typeProbe }
func (Early) frameType() byte        { return typeEarly }
func (Roll) frameType() byte         { return typeRoll }

// Early tells the author of entries that they are not taken before their time,
// and what time it is for the sender.
type Early struct {
	Conversation chat.ConversationID
	Now          time.Time // to the millisecond
}

type earlyBody struct {
	Conversation []byte `cbor:"1,keyasint"`
	Now          int64  `cbor:"2,keyasint"`
}

// Roll carries membership entries of one group, of any logs, as their raw bytes,
// in the order of their positions. Each is signed for by itself, and taken into
// no log.
type Roll struct{ Raw [][]byte }

type rollBody struct {
	Raw [][]byte `cbor:"1,keyasint"`
}

type introductionBody struct {
	Heard []heardBody `cbor:"1,keyasint"`
}

type heardBody struct {
	Datagram  []byte   `cbor:"1,keyasint"`
	Addresses [][]byte `cbor:"2,keyasint,omitempty"`
}

type frontiersBody struct {
	Full bool           `cbor:"1,keyasint,omitempty"`
	List []frontierBody `cbor:"2,keyasint"`
}

type frontierBody struct {
	Conversation []byte         `cbor:"1,keyasint"`
	Logs         []logRangeBody `cbor:"2,keyasint"`
	View         []byte         `cbor:"3,keyasint,omitempty"`
}

type logRangeBody struct {
	Author      []byte `cbor:"1,keyasint"`
	Incarnation uint64 `cbor:"2,keyasint"`
	Lowest      uint64 `cbor:"3,keyasint"`
	Highest     uint64 `cbor:"4,keyasint"`
	Head        []byte `cbor:"5,keyasint"`
	Read        uint64 `cbor:"6,keyasint,omitempty"`
}

type entriesBody struct {
	Raw         [][]byte `cbor:"1,keyasint"`
	Retractions [][]byte `cbor:"2,keyasint,omitempty"`
}

type probeBody struct {
	Nonce  uint64 `cbor:"1,keyasint"`
	Answer bool   `cbor:"2,keyasint,omitempty"`
}

const frameHead = 4

// AppendFrame appends f. It is an error if the frame is longer than
// chat.MaxFrame.
func AppendFrame(b []byte, f Frame) ([]byte, error) {
	start := len(b)
	b = append(b, 0, 0, 0, 0, f.frameType())
	b = appendCBOR(b, frameBody(f))
	size := len(b) - start - frameHead
	if size > chat.MaxFrame {
		return b[:start], fmt.Errorf("frame has %d bytes, the most is %d", size, chat.MaxFrame)
	}
	binary.BigEndian.PutUint32(b[start:], uint32(size))
	return b, nil
}

func frameBody(f Frame) any {
	switch f := f.(type) {
	case Introduction:
		body := introductionBody{Heard: make([]heardBody, len(f.Heard))}
		for i, h := range f.Heard {
			body.Heard[i].Datagram = h.Datagram
			for _, a := range h.Addresses {
				if !a.IsValid() {
					continue // it has no bytes, and would spoil the whole frame
				}
				body.Heard[i].Addresses = append(body.Heard[i].Addresses, appendAddress(nil, a))
			}
		}
		return body
	case Frontiers:
		body := frontiersBody{Full: f.Full, List: make([]frontierBody, len(f.List))}
		for i, fr := range f.List {
			body.List[i].Conversation = fr.Conversation[:]
			if fr.View != (Mark{}) {
				body.List[i].View = fr.View[:]
			}
			body.List[i].Logs = make([]logRangeBody, len(fr.Logs))
			for j, l := range fr.Logs {
				body.List[i].Logs[j] = logRangeBody{
					Author: l.Author[:], Incarnation: l.Incarnation, Lowest: l.Lowest, Highest: l.Highest,
					Head: l.Head[:], Read: min(l.Read, l.Highest),
				}
			}
		}
		return body
	case Entries:
		return entriesBody(f)
	case Probe:
		return probeBody(f)
	case Early:
		return earlyBody{Conversation: f.Conversation[:], Now: f.Now.UnixMilli()}
	case Roll:
		return rollBody(f)
	}
	panic(fmt.Sprintf("wire: no encoding for a %T", f)) // a Frame is one of the six
}

// ReadFrame reads the next frame of a known type, skipping others. At the end
// of r it returns io.EOF.
func ReadFrame(r io.Reader) (Frame, error) {
	for {
		var head [frameHead]byte
		if _, err := io.ReadFull(r, head[:]); err != nil {
			return nil, err
		}
		size := binary.BigEndian.Uint32(head[:])
		if size < 1 || size > chat.MaxFrame {
			return nil, fmt.Errorf("%w: frame of %d bytes, the most is %d", ErrMalformed, size, chat.MaxFrame)
		}
		data, err := readFull(r, int(size))
		if err != nil {
			return nil, fmt.Errorf("frame cut short: %w", err)
		}
		f, err := parseFrame(data[0], data[1:])
		if f != nil || err != nil {
			return f, err
		}
	}
}

// readFull reads size bytes. Memory grows with what arrives, not with what a
// frame's head promises: four bytes on each link must not cost a MaxFrame each.
func readFull(r io.Reader, size int) ([]byte, error) {
	const first = 64 << 10
	data := make([]byte, min(size, first))
	for have := 0; ; {
		n, err := io.ReadFull(r, data[have:])
		have += n
		switch {
		case err == io.EOF: // a head without its body is no end
			return nil, io.ErrUnexpectedEOF
		case err != nil:
			return nil, err
		case have == size:
			return data, nil
		}
		data = append(data, make([]byte, min(size-have, have))...)
	}
}

// parseFrame returns nil for a type it does not know.
func parseFrame(kind byte, data []byte) (Frame, error) {
	switch kind {
	case typeIntroduction:
		return parseIntroduction(data)
	case typeFrontiers:
		return parseFrontiers(data)
	case typeEntries:
		var body entriesBody
		if err := decodeBody(data, &body); err != nil {
			return nil, err
		}
		return Entries(body), nil
	case typeProbe:
		var body probeBody
		if err := decodeBody(data, &body); err != nil {
			return nil, err
		}
		return Probe(body), nil
	case typeEarly:
		var body earlyBody
		if err := decodeBody(data, &body); err != nil {
			return nil, err
		}
		f := Early{Now: time.UnixMilli(body.Now)}
		if err := fixed(f.Conversation[:], body.Conversation, "conversation"); err != nil {
			return nil, err
		}
		return f, nil
	case typeRoll:
		var body rollBody
		if err := decodeBody(data, &body); err != nil {
			return nil, err
		}
		return Roll(body), nil
	}
	return nil, nil
}

func parseIntroduction(data []byte) (Frame, error) {
	var body introductionBody
	if err := decodeBody(data, &body); err != nil {
		return nil, err
	}
	f := Introduction{Heard: make([]HeardAnnouncement, len(body.Heard))}
	for i, h := range body.Heard {
		f.Heard[i].Datagram = h.Datagram
		for _, raw := range h.Addresses {
			a, err := parseAddress(raw)
			if err != nil {
				return nil, err
			}
			f.Heard[i].Addresses = append(f.Heard[i].Addresses, a)
		}
	}
	return f, nil
}

func parseFrontiers(data []byte) (Frame, error) {
	var body frontiersBody
	if err := decodeBody(data, &body); err != nil {
		return nil, err
	}
	f := Frontiers{Full: body.Full, List: make([]Frontier, len(body.List))}
	for i, fr := range body.List {
		if err := fixed(f.List[i].Conversation[:], fr.Conversation, "conversation"); err != nil {
			return nil, err
		}
		if len(fr.View) > 0 {
			if err := fixed(f.List[i].View[:], fr.View, "view"); err != nil {
				return nil, err
			}
		}
		f.List[i].Logs = make([]LogRange, len(fr.Logs))
		for j, l := range fr.Logs {
			dst := &f.List[i].Logs[j]
			if err := fixed(dst.Author[:], l.Author, "author"); err != nil {
				return nil, err
			}
			if l.Lowest < 1 || l.Lowest > l.Highest {
				return nil, fmt.Errorf("%w: log from %d to %d", ErrMalformed, l.Lowest, l.Highest)
			}
			if l.Read > l.Highest {
				return nil, fmt.Errorf("%w: read up to %d of %d", ErrMalformed, l.Read, l.Highest)
			}
			if err := fixed(dst.Head[:], l.Head, "mark"); err != nil {
				return nil, err
			}
			dst.Incarnation, dst.Lowest, dst.Highest, dst.Read = l.Incarnation, l.Lowest, l.Highest, l.Read
		}
	}
	return f, nil
}

// appendAddress appends 4 or 16 bytes of IP address and 2 of port.
func appendAddress(b []byte, a netip.AddrPort) []byte {
	b = append(b, a.Addr().Unmap().WithZone("").AsSlice()...)
	return binary.BigEndian.AppendUint16(b, a.Port())
}

func parseAddress(raw []byte) (netip.AddrPort, error) {
	if len(raw) != 4+2 && len(raw) != 16+2 {
		return netip.AddrPort{}, fmt.Errorf("%w: address of %d bytes", ErrMalformed, len(raw))
	}
	ip, _ := netip.AddrFromSlice(raw[:len(raw)-2])
	return netip.AddrPortFrom(ip.Unmap(), binary.BigEndian.Uint16(raw[len(raw)-2:])), nil
}
