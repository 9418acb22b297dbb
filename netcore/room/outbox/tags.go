package outbox

import (
	"slices"
	"strconv"
	"strings"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/irc"
)

// Tags that own messages bear.
const (
	// IDTag carries the ID of an own message to where it can be read again: in its
	// echo, and in history. It counts for nothing on messages of others.
	IDTag = "+parlance/id"
	// ReplyTag is the msgid of what a message answers (IRCv3 reply).
	ReplyTag = "+draft/reply"
)

// tag returns the value of IDTag: the ID, and which part it is after the first.
func (p *post) tag(q *part) string {
	if i := slices.Index(p.parts, q); i > 0 {
		return p.ID.String() + "." + strconv.Itoa(i)
	}
	return p.ID.String()
}

// ClaimedID returns the ID that IDTag claims for a message, zero if it is none, and
// whether it is another line than the first.
func ClaimedID(m *irc.Message) (id chat.MessageID, later bool) {
	text, _, later := strings.Cut(m.Tags.Value(IDTag), ".")
	_ = id.UnmarshalText([]byte(text)) // zero where it is none
	return id, later
}
