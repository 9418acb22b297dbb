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
	SetTrust(ctx context.Context, peer identity.DeviceID, trust chat.Trust) error
	Connect(ctx context.Context, address string) (chat.Peer, error)
	Doctor(ctx context.Context) netcore.Report
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
