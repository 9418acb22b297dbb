package core

import (
	"errors"
	"net/netip"
	"time"

	"github.com/parlance-chat/parlance/netcore/irc"
)

// ClientID names a connection of this server. It is never used twice.
type ClientID uint64

// An Input is something that happened.
type Input interface{ input() }

// Connected says that a connection was accepted.
type Connected struct {
	Client      ClientID
	Address     netip.AddrPort
	Host        string // shown to others; "" means the address
	TLS         bool
	Fingerprint string // of the client's certificate: SHA-256, lower-case hex; "" without one
	NoLimits    bool   // no timeouts hold
}

// Line is a message that a client sent.
type Line struct {
	Client  ClientID
	Message irc.Message
}

// Malformed is a line that could not be parsed.
type Malformed struct {
	Client ClientID
	Err    error
}

// Disconnected says that a connection is gone. No further input names it.
type Disconnected struct {
	Client ClientID
	Reason string
}

// Applied is an event read from the stream, of this server or of another.
// Every event of the stream is given exactly once, in the stream's order.
type Applied struct{ Event Event }

// Refused says that an Append failed. Unless Unclear is set its event is not in
// the stream; otherwise it may be, or come there yet.
type Refused struct {
	Token   uint64
	Err     error
	Unclear bool
}

// Silent says that the stream did not answer lately. The core finds out whether it
// takes events, and tells the clients if it does not.
type Silent struct{}

// Found answers a Find. Events are oldest first.
type Found struct {
	Query  uint64
	Events []Event
	Err    error // ErrUnknownMessage, or what went wrong
}

// Lost says that a run of a server is over, be it another server's or an
// earlier one of this server (see State.Origins): its sessions shall end. The
// core appends the event for it; if it is refused, Lost has to be given again, if
// it still holds.
type Lost struct{ Origin Origin }

// Hashed answers a Hash.
type Hashed struct {
	Query uint64
	Hash  string // argon2id, in its usual text form
	Scram Scram  // what SCRAM-SHA-256 needs
	Err   error
}

// Verified answers a Verify.
type Verified struct {
	Query uint64
	OK    bool
}

// Tick is given when the time Next told has come.
type Tick struct{}

// Reloaded brings a new configuration: it answers a Reload, or comes by itself.
// Origin, Name and Network stay as they were.
type Reloaded struct {
	Config Config
	Err    error // the old one stays
}

func (Connected) input()    {}
func (Line) input()         {}
func (Malformed) input()    {}
func (Disconnected) input() {}
func (Applied) input()      {}
func (Refused) input()      {}
func (Silent) input()       {}
func (Found) input()        {}
func (Lost) input()         {}
func (Hashed) input()       {}
func (Verified) input()     {}
func (Tick) input()         {}
func (Reloaded) input()     {}

// An Output is something to do. Outputs are carried out in order.
type Output interface{ output() }

// Send writes Line, which ends in CR LF, to each of Clients. The bytes are
// shared by all of them and must not be changed. One Send goes to all members
// of a room with the same capabilities, so a line is made once for each set.
type Send struct {
	Clients []ClientID
	Line    []byte
}

// Close ends a connection after what was sent before it. The glue gives a
// Disconnected for it too.
type Close struct {
	Client ClientID
	Reason string
}

// Append stores an event in the stream. Appends must reach the stream in the
// order of their tokens; a later one may be under way before an earlier one is
// confirmed. Each ends in an Applied, or in a Refused, or in the Applied of a later
// one: then it does not count, even if it comes after all (see State.admit).
type Append struct {
	Token uint64 // the same as Event.Token
	Event Event
}

// Find asks for history; Found answers.
type Find struct {
	Query   uint64
	History History
}

// Hash asks for the hashes of a password; Hashed answers.
type Hash struct {
	Query    uint64
	Password string
}

// Verify asks whether a password belongs to a hash; Verified answers.
type Verify struct {
	Query    uint64
	Password string
	Hash     string
}

// Erase removes a message from history for good: it was redacted, or it did
// not fit when it was applied. Doing it again is no error.
type Erase struct {
	Subject string
	ID      string
}

// Reload asks for the configuration to be read again; Reloaded answers.
type Reload struct{}

// Ousted says that this run was declared over by another server. Nothing that it
// appends counts; what its clients need is a new run.
type Ousted struct{}

// Pause says whether to stop reading from a client, whose lines wait.
type Pause struct {
	Client ClientID
	On     bool
}

func (Send) output()   {}
func (Close) output()  {}
func (Append) output() {}
func (Find) output()   {}
func (Hash) output()   {}
func (Verify) output() {}
func (Erase) output()  {}
func (Reload) output() {}
func (Ousted) output() {}
func (Pause) output()  {}

// Order says which messages of a conversation are asked for.
type Order int

const (
	Latest  Order = iota // the newest Limit after From (if it is set)
	Before               // the newest Limit before From
	After                // the oldest Limit after From
	Around               // From itself and about as many before as after it
	Between              // the Limit nearest to From on the way to To, which may lie before it; neither is among them
	Exact                // the message From
)

// Bound is a place in a conversation: a message, or else a time.
type Bound struct {
	ID   string
	Time time.Time
}

// IsZero says that b is no place.
func (b Bound) IsZero() bool { return b.ID == "" && b.Time.IsZero() }

// History is a question about a conversation.
type History struct {
	Subject string // as of the events
	Order   Order
	From    Bound
	To      Bound
	Limit   int
}

// ErrUnknownMessage says that a Bound's ID is in no stored message.
var ErrUnknownMessage = errors.New("no message of this ID")

// Scram is what a server keeps to check SCRAM-SHA-256 (RFC 5802, RFC 7677).
type Scram struct {
	Salt       []byte `cbor:"1,keyasint"`
	Iterations int    `cbor:"2,keyasint"`
	StoredKey  []byte `cbor:"3,keyasint"`
	ServerKey  []byte `cbor:"4,keyasint"`
}

// Config is what a server is told at its start.
type Config struct {
	Origin      Origin
	Name        string // of the server, as in the source of its lines
	Network     string
	Version     string // of the program
	Description string // of the server, one line
	Created     time.Time
	Password    string // for PASS; "" lets everyone in
	MOTD        []string
	Admin       []string          // up to three lines: place, organisation, address
	Opers       map[string]string // name: argon2id hash
	Seed        [32]byte          // fresh randomness, of every start
	Rate        float64           // messages a second that are read of a client, for ISUPPORT; 0 tells nothing
	Burst       int               // messages at once
	Limits      Limits            // zero fields mean the defaults
}

// Limits bounds what is held. See limits.go for the defaults and reasons. Nick,
// Channel, Key, Channels, AllChannels, Kept, Accounts, List, AllLists, Invites,
// Whowas, Marks and Talks decide what is shared: all servers of a network must have the
// same, and Reloaded leaves them as they are.
type Limits struct {
	Nick, User, Host, Realname int // bytes
	Channel, Topic, Kick, Away int // bytes
	Key                        int // bytes
	Channels                   int // that one session may be in
	AllChannels                int // on the network
	Kept                       int // registered channels of one account
	Accounts                   int // registered
	List                       int // entries of +b, +e and +I together
	AllLists                   int // those of all channels; but a channel may have a few
	Invites                    int // open ones of a channel
	Modes                      int // changes with a parameter in one MODE
	Targets                    int // of one PRIVMSG, NOTICE, TAGMSG or KICK
	Monitor                    int // nicks that one client watches
	Whowas                     int // remembered sessions
	History                    int // messages of one CHATHISTORY
	Marks                      int // read marks of one account
	Talks                      int // conversations of one account that TARGETS knows
	MultilineBytes             int
	MultilineLines             int
	Waiting                    int           // lines of a client behind an event under way; reading is paused far below
	Register                   time.Duration // time to register
	Ping                       time.Duration // quiet time before a PING, and again before the end
}
