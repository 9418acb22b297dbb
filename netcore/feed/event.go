package feed

import (
	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/wire"
)

// Event is something that happened to a Feed.
type Event interface{ feedEvent() }

// LinkUp says that a link to Peer is up and empty.
type LinkUp struct{ Peer identity.DeviceID }

// LinkDown says that the link to Peer is gone, with all that was on its way.
type LinkDown struct{ Peer identity.DeviceID }

// Heard says that Peer sent its frontiers.
type Heard struct {
	Peer      identity.DeviceID
	Frontiers wire.Frontiers
}

// Received says that Peer sent a run that is authentic.
type Received struct {
	Peer identity.DeviceID
	Run  []wire.SignedEntry
}

// Stored says that a run of a Commit effect is on the disk.
type Stored struct{ Run []wire.SignedEntry }

// Failed says that a run of a Commit effect is not on the disk and will not be.
type Failed struct{ Log wire.LogID }

// Tick says that time passed.
type Tick struct{}

func (LinkUp) feedEvent()   {}
func (LinkDown) feedEvent() {}
func (Heard) feedEvent()    {}
func (Received) feedEvent() {}
func (Stored) feedEvent()   {}
func (Failed) feedEvent()   {}
func (Tick) feedEvent()     {}

// Effect is something the owner of a Feed has to do.
type Effect interface{ feedEffect() }

// Opened asks for a direct conversation that a peer began to be kept. It comes
// before the first Commit of the conversation.
type Opened struct {
	Conversation chat.ConversationID
	Peer         identity.DeviceID
}

// Commit asks for a run to be put on the disk, to be answered by Stored or
// Failed.
type Commit struct{ Run []wire.SignedEntry }

// SendFrontiers asks for a frame to Peer.
type SendFrontiers struct {
	Peer      identity.DeviceID
	Frontiers wire.Frontiers
}

// SendEntries asks for the entries From to To of a log to be sent to Peer. Raw
// holds their bytes where they are at hand, else it is nil and they are on disk.
type SendEntries struct {
	Peer     identity.DeviceID
	Log      wire.LogID
	From, To uint64
	Raw      [][]byte
}

// Delivered says that Peer has the entries From to To of an own log on its
// disk; to be kept.
type Delivered struct {
	Peer     identity.DeviceID
	Log      wire.LogID
	From, To uint64
}

// Refused says that something a peer sent was not taken, and why.
type Refused struct {
	Peer identity.DeviceID
	Err  error // wraps one of the errors of this package
}

func (Opened) feedEffect()        {}
func (Commit) feedEffect()        {}
func (SendFrontiers) feedEffect() {}
func (SendEntries) feedEffect()   {}
func (Delivered) feedEffect()     {}
func (Refused) feedEffect()       {}
