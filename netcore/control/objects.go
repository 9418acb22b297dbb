package control

import (
	"net/netip"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
)

// Time is a time in the API's form.
type Time struct{ time.Time }

const timeForm = "2006-01-02T15:04:05.000000000Z"

// MarshalJSON implements json.Marshaler. Times come from others too: a year
// that RFC 3339 cannot write becomes the nearest one that it can.
func (t Time) MarshalJSON() ([]byte, error) {
	u := t.UTC()
	switch year := u.Year(); {
	case year < 0:
		u = time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC)
	case year > 9999:
		u = time.Date(9999, 12, 31, 23, 59, 59, 999_999_999, time.UTC)
	}
	return u.AppendFormat(nil, `"`+timeForm+`"`), nil
}

// Self is this device.
type Self struct {
	ID        identity.DeviceID `json:"id"`
	Name      string            `json:"name"`
	Link      string            `json:"link"`      // where others reach it, the likeliest address
	Addresses []netip.AddrPort  `json:"addresses"` // all of them
	Profile   string            `json:"profile"`
	Named     bool              `json:"named"` // false until the user chose a name
	Since     Time              `json:"since"` // when the program began to answer here
	// Shared is where another machine with this device's key is, if there is one.
	Shared string `json:"shared,omitempty"`
}

// Interface is one network interface as discovery uses it.
type Interface struct {
	Name      string         `json:"name"`
	Addresses []netip.Prefix `json:"addresses"`
	Loopback  bool           `json:"loopback"`
}

// Peer is another device.
type Peer struct {
	ID        identity.DeviceID `json:"id"`
	Name      string            `json:"name"`
	State     chat.Presence     `json:"state"`
	Addresses []netip.AddrPort  `json:"addresses"`
	Trust     chat.Trust        `json:"trust"`
}

// PeerDetails is a peer with what the calls say of it beyond the events.
type PeerDetails struct {
	Peer
	Status string   `json:"status,omitempty"`
	Linked bool     `json:"linked"`
	Ways   []string `json:"ways,omitempty"`
	Seen   Time     `json:"seen,omitzero"`
}

// Author is who wrote a message: ID is a device ID, or an address on networks
// without identities.
type Author struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Message is one message. What does not concern it is left out; State is there
// on own messages only.
type Message struct {
	Conversation chat.ConversationID `json:"conversation"`
	Kind         chat.Kind           `json:"kind"`
	ID           chat.MessageID      `json:"id"`
	From         Author              `json:"from"`
	Text         string              `json:"text"`
	Sent         Time                `json:"sent"`
	Received     Time                `json:"received"`
	State        chat.State          `json:"state,omitempty"`
	Refusal      string              `json:"refusal,omitempty"` // of a refused message: why
	Tally        *Tally              `json:"tally,omitempty"`   // of own messages in groups and the lobby

	Answers   *Quote     `json:"answers,omitempty"`
	Mentions  []Author   `json:"mentions,omitempty"`
	Mentioned bool       `json:"mentioned,omitempty"` // this device's user is called
	Reactions []Reaction `json:"reactions,omitempty"`
	Edited    Time       `json:"edited,omitzero"`
	Retracted bool       `json:"retracted,omitempty"` // taken back; the text is empty
	Hidden    bool       `json:"hidden,omitempty"`    // of somebody blocked; the text is empty
	Change    *Change    `json:"change,omitempty"`    // of the group, in place of a text
}

// Own says whether this device wrote the message.
func (m Message) Own() bool { return m.State != "" }

// Quote is a message as another one refers to it. From and Text are left out
// when the message is not held.
type Quote struct {
	ID   chat.MessageID `json:"id"`
	From Author         `json:"from,omitzero"`
	Text string         `json:"text,omitempty"`
}

// Reaction is what somebody thinks of a message, such as an emoji.
type Reaction struct {
	From Author `json:"from"`
	Text string `json:"text"`
	Own  bool   `json:"own,omitempty"`
}

// Change is what the author of a message did to the group: Who are those added
// or removed, Name is that of a group founded or renamed.
type Change struct {
	Kind chat.ChangeKind `json:"kind"`
	Who  []Author        `json:"who,omitempty"`
	Name string          `json:"name,omitempty"`
}

// Tally counts the recipients whom an own message has reached, each state
// including those beyond it. In the lobby nobody knows the recipients: 0.
type Tally struct {
	Recipients int `json:"recipients"`
	Sent       int `json:"sent"`
	Delivered  int `json:"delivered"`
	Read       int `json:"read"`
}

// Receipt is how far an own message has come towards one recipient.
type Receipt struct {
	Author
	State chat.State `json:"state"`
}

// Revision is a text that a message had.
type Revision struct {
	Text string `json:"text"`
	Sent Time   `json:"sent"`
}

// Member is one member of a group, or somebody in the lobby or a room. State and
// Trust are not told of this device itself; in a room nobody has an ID, and Status
// says what they may do there.
type Member struct {
	ID     identity.DeviceID `json:"id,omitzero"`
	Name   string            `json:"name"`
	Status string            `json:"status,omitempty"`
	Self   bool              `json:"self,omitempty"`
	State  chat.Presence     `json:"state,omitempty"`
	Trust  chat.Trust        `json:"trust,omitempty"`
	Since  Time              `json:"since,omitzero"` // not in the lobby
	// Removable says that this device may remove the member from the group.
	Removable bool `json:"removable,omitempty"`
}

// Placed is a message with its place in the conversation, the cursor of
// netcore.Page.
type Placed struct {
	Message
	Position chat.Position `json:"position"`
}

// Beginning is a position before every message: History after it begins with
// the oldest.
var Beginning = chat.Position{len(chat.Position{}) - 1: 1}

// Conversation is one line of the conversation list.
type Conversation struct {
	ID      chat.ConversationID `json:"id"`
	Kind    chat.Kind           `json:"kind"`
	Title   string              `json:"title"`
	Peer    string              `json:"peer,omitempty"`    // of a direct conversation: the device ID
	Address string              `json:"address,omitempty"` // of a plain conversation: udp://host:port
	Unread  int                 `json:"unread"`
	Draft   string              `json:"draft,omitempty"`
	Last    *Message            `json:"last,omitempty"`

	Members   int    `json:"members,omitempty"`   // of a group or a room
	Muted     bool   `json:"muted,omitempty"`     // nobody is to be disturbed by it
	Closed    string `json:"closed,omitempty"`    // why nothing can be written, a sentence
	Request   bool   `json:"request,omitempty"`   // a stranger's group: to be joined or left
	Mentioned bool   `json:"mentioned,omitempty"` // an unread message calls this device's user
}

// Finding is one thing the doctor found.
type Finding struct {
	Topic  string `json:"topic"`
	State  string `json:"state"` // good, note or bad
	Text   string `json:"text"`
	Advice string `json:"advice,omitempty"`
}

// Report is what the doctor says: the findings, and the one thing to do.
type Report struct {
	Findings []Finding `json:"findings"`
	Sentence string    `json:"sentence"`
}
