package discovery

import (
	"net/netip"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
)

// Way is how a datagram came.
type Way string

// The ways. They are named as beacon names them.
const (
	Unknown   Way = "" // to everyone, as far as one knows
	Broadcast Way = "broadcast"
	Multicast Way = "multicast"
	Unicast   Way = "unicast"
)

// Event is something that happened to the device.
type Event interface{ event() }

// Heard says that a datagram arrived. The datagram is the Machine's to keep.
type Heard struct {
	Datagram  []byte
	From      netip.AddrPort
	Interface string
	Way       Way
}

// Introduced says that a linked peer passed on an announcement and the addresses
// its device was heard from. The datagram is the Machine's to keep.
type Introduced struct {
	Datagram  []byte
	Addresses []netip.AddrPort
	// By is the peer at the other end of the link. What it passes on of itself is
	// fresh and its own for certain, and so is taken even where its instance went
	// back, after its clock and its memory were lost.
	By identity.DeviceID
}

// Tick says that time passed.
type Tick struct{}

// NetworkChanged says that interfaces or addresses changed, or that the machine
// slept.
type NetworkChanged struct{}

// Subnets tells the own addresses with their subnets, at the start and whenever
// they change. Where nobody is heard in one, its addresses are asked one by one.
// Nothing becomes due by it, as by Known.
type Subnets struct{ Own []netip.Prefix }

// NameChanged says what the user wants to be called.
type NameChanged struct{ Name string }

// StatusChanged says what the user tells of itself.
type StatusChanged struct{ Status string }

// CapabilitiesChanged says what the device can or takes part in now.
type CapabilitiesChanged struct{ Capabilities []string }

// LinkUp says that a link with a peer stands, and the address at its other end.
type LinkUp struct {
	Peer   identity.DeviceID
	Remote netip.AddrPort
}

// LinkDown says that the last link with a peer ended. It is Idle if that was
// only because there was nothing to exchange: no reason to doubt that the peer
// is there. It is Left if the peer took leave: its announcement of that may have
// been lost.
type LinkDown struct {
	Peer       identity.DeviceID
	Idle, Left bool
}

// AddAddress adds an address to announce to that broadcast does not reach, on
// another subnet say. Port 0 is the discovery port.
type AddAddress struct{ Address netip.AddrPort }

// Known tells of a peer that was known before the start. It is held rather than
// strangers, and nothing older than the instance and sequence is taken for news.
// Nothing becomes due by it: peers may be loaded before anything can be sent.
type Known struct {
	Peer      identity.DeviceID
	Instance  uint64
	Sequence  uint64
	Name      string
	Addresses []netip.AddrPort // where links may be opened, the latest first
	LastSeen  time.Time
}

// Ask asks for a question to go to some addresses, port 0 being the discovery
// port: whoever gets it answers.
type Ask struct{ Addresses []netip.AddrPort }

// Leave says that the device leaves. No event means anything after it.
type Leave struct{}

func (Heard) event()               {}
func (Introduced) event()          {}
func (Tick) event()                {}
func (NetworkChanged) event()      {}
func (Subnets) event()             {}
func (NameChanged) event()         {}
func (StatusChanged) event()       {}
func (CapabilitiesChanged) event() {}
func (LinkUp) event()              {}
func (LinkDown) event()            {}
func (AddAddress) event()          {}
func (Known) event()               {}
func (Ask) event()                 {}
func (Leave) event()               {}

// Effect is something to do or to know.
type Effect interface{ effect() }

// Announce asks to send a datagram to everyone near.
type Announce struct{ Datagram []byte }

// Tell asks to send a datagram to one address.
type Tell struct {
	Datagram []byte
	To       netip.AddrPort
	// Both says that the datagram is to leave from the discovery port as well as
	// from the device's own: firewalls let in what comes from where something was
	// sent to, at the port it was sent from. Two that both do so let in each other's
	// words once both have spoken.
	Both bool
}

// PeerChanged says what a peer is now. It comes when anything but LastSeen and
// Sequence changed.
type PeerChanged struct{ Peer Peer }

// PeerForgotten says that a peer had to make room for others.
type PeerForgotten struct{ Peer identity.DeviceID }

// KeyDoubted says that somebody announces this device's key with another
// instance: a copy of the profile runs elsewhere, or an old announcement is
// repeated. Whoever answers a link there with the key is a copy.
type KeyDoubted struct {
	Instance uint64
	At       netip.AddrPort // where its links would be
}

func (Announce) effect()      {}
func (Tell) effect()          {}
func (PeerChanged) effect()   {}
func (PeerForgotten) effect() {}
func (KeyDoubted) effect()    {}

// Peer is what is known of a device. Nothing in it is shared with the Machine.
type Peer struct {
	ID           identity.DeviceID
	Name         string // neutralised; never empty
	Status       string // neutralised
	State        chat.Presence
	Linked       bool
	Addresses    []netip.AddrPort // where links may be opened, the latest first
	Ways         []string         // how it was heard, such as "multicast eth0"
	LastSeen     time.Time        // the last sign of life
	Instance     uint64
	Sequence     uint64
	LinkPort     uint16
	Capabilities []string
}
