package chat

import (
	"context"

	"github.com/parlance-chat/parlance/netcore/identity"
)

// Network is one way to reach people. It reaches the rest of the program only
// through the events it emits, and keeps what must last in the store.
type Network interface {
	// Run serves the network until ctx ends; it returns nil then, and an error
	// only if it cannot go on. All it started has ended when it returns.
	Run(ctx context.Context) error
	// Serves says whether conversations of this kind belong to the network.
	Serves(Kind) bool
	// Send stores text as a message of one's own and sends it on its way. The
	// message is on disk when Send returns; an error says that nothing was kept.
	Send(ctx context.Context, conversation ConversationID, text string) (Message, error)
}

// Event is something that happened. Events of one conversation come in order.
type Event interface{ event() }

// MessagesAdded says that messages were added to one conversation, one's own
// included. Those of others may not have reached the disk yet; until they have,
// their authors get no receipt and keep them.
type MessagesAdded struct{ Messages []Message }

// StateChanged says that own messages moved on towards one recipient (or fell
// back to queued, when the link they were handed to broke). What was edited or taken
// back is a changed message, which sets out anew.
type StateChanged struct {
	Conversation ConversationID
	Messages     []MessageID
	Peer         identity.DeviceID // zero on networks without identities
	State        State
}

// MessagesChanged says that messages shown before are different now: edited,
// retracted, reacted to. They stand where they stood.
type MessagesChanged struct{ Messages []Message }

// MessagesGone says that a conversation's messages before a position are no
// longer kept.
type MessagesGone struct {
	Conversation ConversationID
	Before       Position
}

// Typing says that somebody writes in a conversation, or no longer does. Who
// says nothing more for TypingLasts has stopped.
type Typing struct {
	Conversation ConversationID
	From         Author
	Active       bool
}

// PeerChanged says that a peer appeared or that something about it changed.
type PeerChanged struct{ Peer Peer }

// ConversationChanged says that a conversation appeared, or that its title,
// members, unread count or draft changed.
type ConversationChanged struct{ Conversation Conversation }

// IdentityShared says that another machine uses this device's key, as a copied
// disk does.
type IdentityShared struct{ Address string }

// InterfacesChanged says what the network looks like now.
type InterfacesChanged struct{ Interfaces []Interface }

// Lagged says that a subscriber was too slow and events were dropped: whatever
// it shows is to be loaded afresh.
type Lagged struct{}

// Notice is something the user should know and may act on, said in a whole
// sentence or two: what happened, why, what to do.
type Notice struct {
	Text string
	// Fingerprint is that of the certificate which the text is about; else empty.
	Fingerprint string
	// Conversation is the one whose own state says the same, where it can be acted on:
	// whoever shows that state needs no notice. Else it is zero.
	Conversation ConversationID
}

func (MessagesAdded) event()       {}
func (MessagesChanged) event()     {}
func (MessagesGone) event()        {}
func (Typing) event()              {}
func (IdentityShared) event()      {}
func (StateChanged) event()        {}
func (PeerChanged) event()         {}
func (ConversationChanged) event() {}
func (InterfacesChanged) event()   {}
func (Lagged) event()              {}
func (Notice) event()              {}
