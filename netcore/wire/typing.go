package wire

import (
	"fmt"

	"github.com/parlance-chat/parlance/netcore/chat"
)

const (
	typingMagic   = "PRLT"
	typingVersion = 1
)

// Typing says that its sender's user writes something in a conversation, or no
// longer does. It travels as a QUIC datagram and may be lost.
type Typing struct {
	Conversation chat.ConversationID
	Active       bool
}

type typingBody struct {
	Conversation []byte `cbor:"1,keyasint"`
	Active       bool   `cbor:"2,keyasint,omitempty"`
}

// AppendTyping appends t as a datagram. It needs no signature: links prove who
// sends.
func AppendTyping(b []byte, t Typing) []byte {
	b = append(b, typingMagic...)
	b = append(b, typingVersion)
	return appendCBOR(b, typingBody{Conversation: t.Conversation[:], Active: t.Active})
}

// ParseTyping reads a datagram.
func ParseTyping(data []byte) (Typing, error) {
	head := len(typingMagic) + 1
	if len(data) < head || string(data[:len(typingMagic)]) != typingMagic {
		return Typing{}, fmt.Errorf("%w: %d bytes that do not begin %q", ErrMalformed, len(data), typingMagic)
	}
	if v := data[len(typingMagic)]; v != typingVersion {
		return Typing{}, fmt.Errorf("%w %d of %q", ErrVersion, v, typingMagic)
	}
	var body typingBody
	if err := decodeBody(data[head:], &body); err != nil {
		return Typing{}, err
	}
	t := Typing{Active: body.Active}
	if err := fixed(t.Conversation[:], body.Conversation, "conversation"); err != nil {
		return Typing{}, err
	}
	return t, nil
}
