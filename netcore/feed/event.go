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

// InLobby says whether Peer takes part in the lobby, as its announcements say.
type InLobby struct {
	Peer identity.DeviceID
	Is   bool
}

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

// Rolled says that a peer sent entries of its roll of a group, as ParseRoll returns
// them.
type Rolled struct{ Entries []wire.SignedEntry }

// Enrolled says that the entries of an Enroll effect are on the disk.
type Enrolled struct{ Entries []wire.SignedEntry }

// Stored says that a run of a Commit effect is on the disk.
type Stored struct{ Run []wire.SignedEntry }

// Failed says that a run of a Commit effect is not on the disk and will not be.
type Failed struct{ Log wire.LogID }

// Seen says that this device's user has seen all of a conversation.
type Seen struct{ Conversation chat.ConversationID }

// Trimmed says that the disk holds a log from Lowest only.
type Trimmed struct {
	Log    wire.LogID
	Lowest uint64
}

// Reread brings the own entries that a Diverged effect asked for: all that are
// on the disk from there on.
type Reread struct {
	Log     wire.LogID
	Entries []wire.SignedEntry
}

// Early says that a peer, whose clock is about this device's, does not take own entries
// before their time.
type Early struct{}

// Tick says that time passed.
type Tick struct{}

func (LinkUp) feedEvent()   {}
func (LinkDown) feedEvent() {}
func (InLobby) feedEvent()  {}
func (Heard) feedEvent()    {}
func (Received) feedEvent() {}
func (Rolled) feedEvent()   {}
func (Enrolled) feedEvent() {}
func (Stored) feedEvent()   {}
func (Failed) feedEvent()   {}
func (Seen) feedEvent()     {}
func (Trimmed) feedEvent()  {}
func (Reread) feedEvent()   {}
func (Early) feedEvent()    {}
func (Tick) feedEvent()     {}

// Effect is something the owner of a Feed has to do.
type Effect interface{ feedEffect() }

// Opened asks for a conversation that Peer began to be kept. It comes before the
// first Commit of the conversation.
type Opened struct {
	Conversation chat.ConversationID
	Kind         chat.Kind
	Peer         identity.DeviceID
}

// Commit asks for a run to be put on the disk, to be answered by Stored or
// Failed.
type Commit struct {
	Run []wire.SignedEntry
	// Jump says that entries between what is held of the log and the run are gone
	// for ever, dropped by retention.
	Jump bool
	// Drop is the log whose entries from DropFrom on are replaced by the run, in one
	// transaction; zero if none is.
	Drop     wire.LogID
	DropFrom uint64
	// Incarnation is the own one from now on, to be kept; 0 if it has not changed.
	Incarnation uint64
}

// Enroll asks for membership entries of one group to be put on the disk beside the
// logs, to be answered by Enrolled. Should it fail, they come again.
type Enroll struct{ Entries []wire.SignedEntry }

// MembersChanged says that a group's members or name are others now, by what is
// on the disk.
type MembersChanged struct{ Conversation chat.ConversationID }

// SendFrontiers asks for a frame to Peer.
type SendFrontiers struct {
	Peer      identity.DeviceID
	Frontiers wire.Frontiers
}

// SendEntries asks for the entries From to To of a log to be sent to Peer. Raw
// holds their bytes where they are at hand and whole, else it is nil and they
// are on disk.
type SendEntries struct {
	Peer     identity.DeviceID
	Log      wire.LogID
	From, To uint64
	Raw      [][]byte
}

// SendRoll asks for the membership entries of a group, as their bytes, to be sent
// to Peer.
type SendRoll struct {
	Peer         identity.DeviceID
	Conversation chat.ConversationID
	Raw          [][]byte
}

// Delivered says that Peer has the entries From to To of an own log on its
// disk; to be kept.
type Delivered struct {
	Peer     identity.DeviceID
	Log      wire.LogID
	From, To uint64
}

// ReadBy says that Peer's user has seen the own entries From to To; to be kept.
type ReadBy struct {
	Peer     identity.DeviceID
	Log      wire.LogID
	From, To uint64
}

// KeepRead asks for what this device's user has seen of a log to be kept.
type KeepRead struct {
	Log     wire.LogID
	Highest uint64
}

// Diverged says that others hold the own log differently from entry From on, as
// after an old backup was restored, or do not take it for its times: Reread is to
// bring what is on the disk from there, so that it is written again under another
// incarnation.
type Diverged struct {
	Log  wire.LogID
	From uint64
}

// Forked says that an author's log goes on in two ways. Entry is the evidence:
// signed, and not what follows in the log held.
type Forked struct {
	Peer  identity.DeviceID // who sent it
	Entry wire.SignedEntry
}

// Refused says that something a peer sent was not taken, and why.
type Refused struct {
	Peer identity.DeviceID
	Err  error // wraps one of the errors of this package
}

func (Opened) feedEffect()         {}
func (Commit) feedEffect()         {}
func (Enroll) feedEffect()         {}
func (MembersChanged) feedEffect() {}
func (SendFrontiers) feedEffect()  {}
func (SendEntries) feedEffect()    {}
func (SendRoll) feedEffect()       {}
func (Delivered) feedEffect()      {}
func (ReadBy) feedEffect()         {}
func (KeepRead) feedEffect()       {}
func (Diverged) feedEffect()       {}
func (Forked) feedEffect()         {}
func (Refused) feedEffect()        {}
