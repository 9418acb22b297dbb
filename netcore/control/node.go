package control

import (
	"context"

	"github.com/parlance-chat/parlance/netcore"
	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
)

// Node is what the API asks of netcore.Node; the comments stand there. It is
// an interface so that the API can be tested with hostile and failing nodes.
type Node interface {
	Self() netcore.Self
	SetName(ctx context.Context, name string) error
	Interfaces() []chat.Interface
	Peers() []chat.Peer
	Conversations(ctx context.Context) ([]chat.Conversation, error)
	Conversation(ctx context.Context, id chat.ConversationID) (chat.Conversation, error)
	History(ctx context.Context, id chat.ConversationID, page netcore.Page) ([]chat.Message, error)
	Search(ctx context.Context, words string, limit int) ([]chat.Message, error)
	Resolve(ctx context.Context, to string) (chat.ConversationID, error)
	Send(ctx context.Context, id chat.ConversationID, text string) (chat.Message, error)
	MarkSeen(ctx context.Context, id chat.ConversationID) error

	Reply(ctx context.Context, id chat.ConversationID, to chat.MessageID, text string) (chat.Message, error)
	Edit(ctx context.Context, id chat.ConversationID, message chat.MessageID, text string) error
	Retract(ctx context.Context, id chat.ConversationID, message chat.MessageID) error
	React(ctx context.Context, id chat.ConversationID, message chat.MessageID, text string) error
	Message(ctx context.Context, id chat.ConversationID, message chat.MessageID) (chat.Message, error)
	Receipts(ctx context.Context, id chat.ConversationID, message chat.MessageID) ([]chat.Receipt, error)
	Revisions(ctx context.Context, id chat.ConversationID, message chat.MessageID) ([]chat.Revision, error)
	SetTyping(id chat.ConversationID, active bool)

	CreateGroup(ctx context.Context, name string, members []identity.DeviceID) (chat.ConversationID, error)
	AddMembers(ctx context.Context, id chat.ConversationID, who []identity.DeviceID) error
	RemoveMembers(ctx context.Context, id chat.ConversationID, who []identity.DeviceID) error
	RenameGroup(ctx context.Context, id chat.ConversationID, name string) error
	Leave(ctx context.Context, id chat.ConversationID) error
	Join(ctx context.Context, id chat.ConversationID) error
	Members(ctx context.Context, id chat.ConversationID) ([]chat.Member, error)
	SetMuted(ctx context.Context, id chat.ConversationID, muted bool) error
	ReadMarks() bool
	SetReadMarks(ctx context.Context, on bool) error

	JoinRoom(ctx context.Context, url string, o netcore.RoomOptions) (chat.ConversationID, error)
	Rooms() []netcore.RoomStatus
	RoomCommand(ctx context.Context, id chat.ConversationID, line string) (string, error)
	TrustServer(ctx context.Context, id chat.ConversationID, fingerprint string) error

	SetTrust(ctx context.Context, peer identity.DeviceID, trust chat.Trust) error
	Connect(ctx context.Context, address string) (chat.Peer, error)
	Doctor(ctx context.Context) netcore.Report
	DoctorFor(ctx context.Context, who string) netcore.Report
	SharedIdentity() string
	Subscribe() Subscription
}

// Subscription is what the API asks of netcore.Subscription: a channel of
// events that is closed at the end and never holds up the node, with
// chat.Lagged for what a slow reader missed.
type Subscription interface {
	Events() <-chan chat.Event
	Close()
}

// NodeOf returns n as a Node.
func NodeOf(n *netcore.Node) Node { return node{n} }

type node struct{ *netcore.Node }

func (n node) Subscribe() Subscription { return n.Node.Subscribe() }
