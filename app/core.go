package app

import (
	"context"

	"github.com/parlance-chat/parlance/netcore"
	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
)

// Core is what the screens use of netcore.Node; see there for what each does.
type Core interface {
	Self() netcore.Self
	Notices() []chat.Notice
	SetName(ctx context.Context, name string) error
	Interfaces() []chat.Interface
	Peers() []chat.Peer
	Conversations(ctx context.Context) ([]chat.Conversation, error)
	Conversation(ctx context.Context, id chat.ConversationID) (chat.Conversation, error)
	History(ctx context.Context, id chat.ConversationID, page netcore.Page) ([]chat.Message, error)
	Count(ctx context.Context, id chat.ConversationID) (int, error)
	Search(ctx context.Context, words string, limit int) ([]chat.Message, error)
	Direct(ctx context.Context, peer identity.DeviceID) (chat.ConversationID, error)
	OpenPlain(ctx context.Context, address string) (chat.ConversationID, error)
	Send(ctx context.Context, id chat.ConversationID, text string) (chat.Message, error)
	SetDraft(ctx context.Context, id chat.ConversationID, text string) error
	MarkSeen(ctx context.Context, id chat.ConversationID) error
	SetTrust(ctx context.Context, peer identity.DeviceID, t chat.Trust) error
	Connect(ctx context.Context, address string) (chat.Peer, error)
	Plain() netcore.PlainStatus
	SetPlain(ctx context.Context, on bool, port uint16) error
	Setting(key string) string
	SetSetting(ctx context.Context, key, value string) error
	Doctor(ctx context.Context) netcore.Report
	DoctorFor(ctx context.Context, who string) netcore.Report

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
	SharedIdentity() string

	JoinRoom(ctx context.Context, url string, o netcore.RoomOptions) (chat.ConversationID, error)
	Rooms() []netcore.RoomStatus
	RoomCommand(ctx context.Context, id chat.ConversationID, line string) (string, error)
	TalkTo(ctx context.Context, id chat.ConversationID, nick string) (chat.ConversationID, error)
	RetryServer(ctx context.Context, id chat.ConversationID) error
	TrustServer(ctx context.Context, id chat.ConversationID, fingerprint string) error

	// Subscribe returns what happens from now on, until end is called.
	Subscribe() (events <-chan chat.Event, end func())
}

// FromNode returns the Core that a node is.
func FromNode(n *netcore.Node) Core { return node{n} }

type node struct{ *netcore.Node }

func (n node) Subscribe() (<-chan chat.Event, func()) {
	s := n.Node.Subscribe()
	return s.Events(), s.Close
}
