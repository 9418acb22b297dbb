package replica

import (
	"context"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/feed"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/lan/directory"
	"github.com/parlance-chat/parlance/netcore/wire"
)

// Conversations is what others than the loop's owner may ask of a Replica, from any
// goroutine; the owner would wait for itself.
type Conversations struct{ r *Replica }

// Conversations returns what others than the loop's owner may ask.
func (r *Replica) Conversations() Conversations { return Conversations{r} }

// Group returns a group as it is now; ok is false if there is none with that ID.
func (c Conversations) Group(id chat.ConversationID) (g directory.Group, ok bool) {
	return c.r.directory.Group(id)
}

// Sign puts names of now on a message, and hides what the user does not want to
// see.
func (c Conversations) Sign(m *chat.Message) { c.r.directory.Sign(m) }

// SetTellRead says whether others are told what the user has seen.
func (c Conversations) SetTellRead(ctx context.Context, tell bool) error {
	return c.r.loop.Call(ctx, func() { c.r.feed.SetTellRead(tell) })
}

// MarkSeen says that the user has seen all of a conversation.
func (c Conversations) MarkSeen(ctx context.Context, id chat.ConversationID) error {
	return c.r.loop.Call(ctx, func() {
		c.r.replicate(c.r.feed.Step(time.Now(), feed.Seen{Conversation: id}), nil)
	})
}

// Reached returns how far an own entry has come towards each peer by now, but for
// those it is only queued for.
func (c Conversations) Reached(log wire.LogID, sequence uint64) map[identity.DeviceID]chat.State {
	return c.r.deliveries.Reached(log, sequence)
}
