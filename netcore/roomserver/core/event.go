package core

import (
	"encoding/base64"
	"strconv"
	"time"

	"github.com/fxamacker/cbor/v2"
	"github.com/parlance-chat/parlance/netcore/irc"
)

// Origin names one run of a server.
type Origin struct {
	Server string `cbor:"1,keyasint"` // stays the same across restarts
	Start  uint64 `cbor:"2,keyasint"` // grows with each start
}

// Session names a client's stay on the network.
type Session struct {
	Origin Origin `cbor:"1,keyasint"`
	Number uint64 `cbor:"2,keyasint"`
}

// Part is a line of a multi-line message.
type Part struct {
	Text   string `cbor:"1,keyasint"`
	Concat bool   `cbor:"2,keyasint,omitempty"` // joined to the line before without a line feed
}

// Event is a change of what is shared, or a message. It encodes as CBOR.
type Event struct {
	Origin  Origin      `cbor:"1,keyasint"`
	Token   uint64      `cbor:"2,keyasint"` // counts the origin's events
	Session uint64      `cbor:"3,keyasint"` // who acts: a session of Origin; 0 is the server
	Time    time.Time   `cbor:"4,keyasint"` // the origin's clock, whole milliseconds, UTC
	ID      string      `cbor:"5,keyasint"` // the msgid
	Message irc.Message `cbor:"6,keyasint"` // what a client sent, reduced to one target, or a command of the servers' own
	Talk    string      `cbor:"7,keyasint,omitempty"`
	Source  string      `cbor:"8,keyasint,omitempty"` // of a message: nick!user@host of its author
	Account string      `cbor:"9,keyasint,omitempty"` // of a message: its author's account
	Parts   []Part      `cbor:"10,keyasint,omitempty"`
	Secret  *Secret     `cbor:"11,keyasint,omitempty"`
	Bot     bool        `cbor:"12,keyasint,omitempty"` // of a message: its author is one
}

// plainEvent is an Event without its methods.
type plainEvent Event

// MarshalCBOR keeps the milliseconds of the time, which CBOR's default does not.
func (e Event) MarshalCBOR() ([]byte, error) { return encoding.Marshal(plainEvent(e)) }

// UnmarshalCBOR reads what MarshalCBOR wrote.
func (e *Event) UnmarshalCBOR(data []byte) error { return cbor.Unmarshal(data, (*plainEvent)(e)) }

// Secret is what an account's owner can be known by. It holds hashes only.
type Secret struct {
	Hash  string `cbor:"1,keyasint"`
	Scram Scram  `cbor:"2,keyasint"`
}

// Subject is where the event stands in the stream: "talk.…" for a message that
// history keeps (one subject for each conversation, nothing else on it), and
// "state" for all others. It is safe as a subject of NATS.
func (e Event) Subject() string {
	if e.Talk == "" {
		return "state"
	}
	return "talk." + e.Talk
}

// Key is unique for each event: an event that is appended again after an
// unclear failure has the same.
func (e Event) Key() string {
	return e.Origin.Server + "." + strconv.FormatUint(e.Origin.Start, 10) + "." + strconv.FormatUint(e.Token, 10)
}

// Commands of events that no client can send.
const (
	eventConnect = "+CONNECT" // nick, user, host, real name, account, fingerprint, secure
	eventGone    = "+GONE"    // server, start: all sessions of this run and of earlier ones end
	eventProbe   = "+PROBE"   // changes nothing; that it comes back tells its server that events are stored
	eventLogin   = "+LOGIN"   // account; empty logs out
	eventAccount = "+ACCOUNT" // account; with a Secret
	eventOper    = "+OPER"    // name
)

// stamp cuts a time to what server-time can say.
func stamp(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

// subjectName makes any text a token of a subject.
func subjectName(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
