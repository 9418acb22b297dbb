package link

import (
	"fmt"
	"net"
	"strings"
	"unicode/utf8"

	"github.com/parlance-chat/parlance/netcore/chat"
)

// Code says why a link was closed; it is the application error code of QUIC's
// CONNECTION_CLOSE frame (RFC 9000 section 19.19). The other side learns it. A
// code that a program does not know means no more than that the link is closed.
type Code uint64

// The codes. Their numbers are part of the protocol.
const (
	// Goodbye: the device is shutting down, or goes away from this network.
	Goodbye Code = 1
	// Duplicate: there is another link of the same pair, and that one stays.
	Duplicate Code = 2
	// Blocked: the device does not want links with the other one. Dialling again
	// is no use until its user decides otherwise.
	Blocked Code = 3
	// Protocol: the other side broke the rules of the link: a malformed frame, a
	// frame begun and not finished, or none at all.
	Protocol Code = 4
	// Idle: there is nothing to exchange. Either side dials again when there is.
	Idle Code = 5
	// Busy: the device has as many links as it can hold. Dial again later.
	Busy Code = 6
	// Stalled: the other side took no bytes for too long.
	Stalled Code = 7
)

var codeNames = map[Code]string{
	Goodbye:   "goodbye",
	Duplicate: "duplicate",
	Blocked:   "blocked",
	Protocol:  "protocol",
	Idle:      "idle",
	Busy:      "busy",
	Stalled:   "stalled",
}

// String returns the code's name.
func (c Code) String() string {
	if name, ok := codeNames[c]; ok {
		return name
	}
	return fmt.Sprintf("code %d", uint64(c))
}

// CloseError is the error of a link that one of the two sides closed.
type CloseError struct {
	Code   Code
	Reason string // for people; neutralised if it is the peer's
	Peer   bool   // the other side closed the link
}

// Error implements error.
func (e *CloseError) Error() string {
	var b strings.Builder
	b.WriteString("link closed")
	if e.Peer {
		b.WriteString(" by the other side")
	}
	fmt.Fprintf(&b, ": %s", e.Code)
	if e.Reason != "" {
		fmt.Fprintf(&b, " (%s)", e.Reason)
	}
	return b.String()
}

// Unwrap returns net.ErrClosed if this side closed the link, and nil otherwise.
func (e *CloseError) Unwrap() error {
	if e.Peer {
		return nil
	}
	return net.ErrClosed
}

// clipReason shortens a reason to maxReason bytes of whole characters.
func clipReason(reason string) string {
	if len(reason) <= maxReason {
		return reason
	}
	end := maxReason
	for end > 0 && !utf8.RuneStart(reason[end]) {
		end--
	}
	return reason[:end]
}

// cleanReason makes the peer's reason fit to be shown.
func cleanReason(reason string) string {
	return chat.CleanText(clipReason(reason))
}
