package peering

import (
	"net/netip"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
)

// Event is something that happened.
type Event interface{ event() }

// PeerChanged says what is known of a peer by now.
type PeerChanged struct{ Peer Peer }

// Peer is what is known of a peer, as far as links depend on it.
type Peer struct {
	ID       identity.DeviceID
	Online   bool
	InLobby  bool   // it takes part
	Kept     bool   // known from earlier, or to be known later
	Blocked  bool   // by this device's user
	Instance uint64 // of its last announcement; 0: there was none
	// Addresses are where it may be dialled, the latest first. They must not be
	// changed afterwards.
	Addresses []netip.AddrPort
}

// PeerForgotten says that a peer without a link is not held any longer.
type PeerForgotten struct{ Peer identity.DeviceID }

// Retry says that attempts in vain are to be forgotten: the user did something
// about a peer.
type Retry struct{ Peer identity.DeviceID }

// LinkUp says that a link with a peer is in use from now on, in place of an
// earlier one if there is one, and the address at its other end.
type LinkUp struct {
	Peer   identity.DeviceID
	Remote netip.AddrPort
}

// SecondLink says that another link with a linked peer came up, and that the one
// in use stays. The other side may know that it is dead.
type SecondLink struct{ Peer identity.DeviceID }

// LinkDown says that the link in use with a peer ended, and why. It is Refused if
// the peer wants none.
type LinkDown struct {
	Peer    identity.DeviceID
	Err     error
	Refused bool
}

// DialFailed answers Dial: no link came up.
type DialFailed struct {
	Peer identity.DeviceID
	Err  error
}

// Used says that a link carried something worth staying linked for.
type Used struct{ Peer identity.DeviceID }

// ToldAll says that a peer was sent full frontiers. They go out every half a
// minute, so that a link with nothing else to carry is seen to be dead.
type ToldAll struct{ Peer identity.DeviceID }

// ProbeAnswered says that a peer answered a probe.
type ProbeAnswered struct{ Peer identity.DeviceID }

// PendingChanged says that there may be something for peers that was not there
// before.
type PendingChanged struct{}

// GroupWritten says that an own entry of a group was stored: soon there are
// receipts of it to fetch.
type GroupWritten struct{}

// GroupChanged says who is in a group of which this device is a member; nobody if
// it is none any longer. Members must not be changed afterwards.
type GroupChanged struct {
	Group   chat.ConversationID
	Members []identity.DeviceID
}

// LobbyChanged says whether this device takes part in the lobby.
type LobbyChanged struct{ TakesPart bool }

// NetworkChanged says that interfaces or addresses changed, or that the machine
// slept.
type NetworkChanged struct{}

// Tick says that time passed.
type Tick struct{}

func (PeerChanged) event()    {}
func (PeerForgotten) event()  {}
func (Retry) event()          {}
func (LinkUp) event()         {}
func (SecondLink) event()     {}
func (LinkDown) event()       {}
func (DialFailed) event()     {}
func (Used) event()           {}
func (ToldAll) event()        {}
func (ProbeAnswered) event()  {}
func (PendingChanged) event() {}
func (GroupWritten) event()   {}
func (GroupChanged) event()   {}
func (LobbyChanged) event()   {}
func (NetworkChanged) event() {}
func (Tick) event()           {}

// Effect is something to do.
type Effect interface{ effect() }

// Dial asks to try some addresses of a peer, the first first, to be answered by
// LinkUp, SecondLink or DialFailed.
type Dial struct {
	Peer      identity.DeviceID
	Addresses []netip.AddrPort
}

// Probe asks to send a probe over the link with a peer, to be answered by
// ProbeAnswered if the link works.
type Probe struct{ Peer identity.DeviceID }

// LetGo asks to close the link with a peer for want of use, to be answered by
// LinkDown.
type LetGo struct{ Peer identity.DeviceID }

// End asks to close the link with a peer, which does not count any more. Nothing
// answers it.
type End struct {
	Peer   identity.DeviceID
	Reason Reason
}

// Reason is why a link is ended.
type Reason int

// The reasons.
const (
	Left    Reason = iota // the peer said goodbye
	Dead                  // it does not answer a probe
	Blocked               // this device's user wants no link with it
)

// Introduce asks to pass on to all linked peers how some can be reached.
type Introduce struct{ Peers []identity.DeviceID }

func (Dial) effect()      {}
func (Probe) effect()     {}
func (LetGo) effect()     {}
func (End) effect()       {}
func (Introduce) effect() {}
