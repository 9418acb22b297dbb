package replica

import (
	"context"
	"crypto/rand"
	"log/slog"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/feed"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/lan/delivery"
	"github.com/parlance-chat/parlance/netcore/lan/directory"
	"github.com/parlance-chat/parlance/netcore/lan/loop"
	"github.com/parlance-chat/parlance/netcore/lan/outbox"
	"github.com/parlance-chat/parlance/netcore/lan/peering"
	"github.com/parlance-chat/parlance/netcore/store"
	"github.com/parlance-chat/parlance/netcore/wire"
)

// Network is what a Replica needs of the network. It is asked by the loop's owner.
type Network interface {
	// Trust returns what the user thinks of a peer; known is false, and trust
	// chat.New, if nothing is known of it.
	Trust(id identity.DeviceID) (trust chat.Trust, known bool)
	// Accept says that the user wrote to a stranger.
	Accept(id identity.DeviceID)
	// Keep makes what is known of a peer last.
	Keep(id identity.DeviceID)
	// InLobby returns who is online and takes part in the lobby.
	InLobby() []identity.DeviceID
	// Outbox returns where to put what is to go to a peer; nil if there is no link.
	Outbox(id identity.DeviceID) *outbox.Outbox
	// Tend tells of what matters for links.
	Tend(now time.Time, ev peering.Event)
}

// Config says whose replica it is and what it works with. All of it is needed.
type Config struct {
	Key       *identity.Key
	Store     *store.Store
	Loop      *loop.Loop
	Network   Network
	Directory *directory.Directory
	InLobby   bool // this device takes part in the lobby
	TellRead  bool // others are told what this device's user has seen
	// Emit takes events, from several goroutines. It must not wait.
	Emit func(chat.Event)
	// Changed and Touched are told of messages and conversations that are to be read
	// from the store afresh. They must not wait.
	Changed func(chat.ConversationID, []chat.MessageID)
	Touched func(chat.ConversationID)
	Log     *slog.Logger
}

// Replica is the state of all conversations. But for Run, Handed and Refused, its
// methods are for the loop's owner; Conversations has those for everybody else.
type Replica struct {
	cfg        Config
	self       identity.DeviceID
	loop       *loop.Loop
	network    Network
	directory  *directory.Directory
	deliveries *delivery.Tracker

	// Owned by the loop.
	feed    *feed.Feed
	direct  map[chat.ConversationID]identity.DeviceID // the other side of each
	opened  map[chat.ConversationID]feed.Opened       // to be kept with the next commit
	inLobby bool                                      // this device takes part
	// requests are the groups that strangers put this device into, until its user joins.
	requests map[chat.ConversationID]bool
	// storing counts the runs of each conversation that are on their way to the disk,
	// and later is what waits for them.
	storing map[chat.ConversationID]int
	later   map[chat.ConversationID][]func()
	// fresh is what came to be on disk since PassOn, as runs of each log.
	fresh map[wire.LogID][]wire.SignedEntry
	// receipts are those that are to be stored, at receiptsDue.
	receipts    map[delivery.To]store.Told
	receiptsDue time.Time
	// expiry is when the lobby is next rid of what is too old.
	expiry time.Time
	// toldOfStore is when the user was last told that messages cannot be stored.
	toldOfStore time.Time
}

// New returns an empty Replica.
func New(cfg Config) *Replica {
	return &Replica{
		cfg:        cfg,
		self:       cfg.Key.ID(),
		loop:       cfg.Loop,
		network:    cfg.Network,
		directory:  cfg.Directory,
		deliveries: delivery.New(cfg.Store, cfg.Emit, cfg.Log),
		feed: feed.New(feed.Config{
			Key: cfg.Key, Incarnation: cfg.Store.Incarnation(), Random: rand.Reader, TellRead: cfg.TellRead,
		}),
		direct:   make(map[chat.ConversationID]identity.DeviceID),
		opened:   make(map[chat.ConversationID]feed.Opened),
		inLobby:  cfg.InLobby,
		requests: make(map[chat.ConversationID]bool),
		storing:  make(map[chat.ConversationID]int),
		later:    make(map[chat.ConversationID][]func()),
		fresh:    make(map[wire.LogID][]wire.SignedEntry),
		receipts: make(map[delivery.To]store.Told),
		expiry:   time.Now(),
	}
}

// Run tells of states that have to be looked up, until ctx ends.
func (r *Replica) Run(ctx context.Context) { r.deliveries.Run(ctx) }

// LinkUp says that there is a link with a peer.
func (r *Replica) LinkUp(now time.Time, peer identity.DeviceID) {
	r.replicate(r.feed.Step(now, feed.LinkUp{Peer: peer}), nil)
}

// LinkDown says that the link with a peer is gone.
func (r *Replica) LinkDown(now time.Time, peer identity.DeviceID) {
	r.feed.Step(now, feed.LinkDown{Peer: peer})
	r.deliveries.Lost(peer)
}

// Handed says that the link with a peer took some entries.
func (r *Replica) Handed(peer identity.DeviceID, log wire.LogID, from, to uint64) {
	if log.Author == r.self {
		r.deliveries.Sent(delivery.To{Log: log, Peer: peer}, from, to)
	}
}

// Tick does what is due.
func (r *Replica) Tick(now time.Time) {
	r.replicate(r.feed.Step(now, feed.Tick{}), nil)
	if !r.receiptsDue.IsZero() && !now.Before(r.receiptsDue) {
		r.storeReceipts()
	}
	r.expire(now)
}

// Next returns when the next Tick is due.
func (r *Replica) Next() time.Time {
	next := r.expiry
	for _, at := range []time.Time{r.feed.Next(), r.receiptsDue} {
		if !at.IsZero() && at.Before(next) {
			next = at
		}
	}
	return next
}

// Leave stores what was to be stored later. Nothing must follow it.
func (r *Replica) Leave() { r.storeReceipts() }

// Pending says whether there is something in direct conversations, or in groups,
// that a peer did not acknowledge.
func (r *Replica) Pending(peer identity.DeviceID) (direct, group bool) { return r.feed.Pending(peer) }

// Shares says whether a peer takes part in a direct conversation or a group that
// this device takes part in.
func (r *Replica) Shares(id chat.ConversationID, peer identity.DeviceID) bool {
	if other, ok := r.direct[id]; ok {
		return other == peer
	}
	g := r.feed.Group(id)
	return g != nil && g.Has(r.self) && g.Has(peer)
}

// Knows says whether a group is held, or its beginning.
func (r *Replica) Knows(id chat.ConversationID) bool { return r.feed.Group(id) != nil }

// Requests returns how many groups strangers have put this device into that its user
// has neither joined nor left.
func (r *Replica) Requests() int {
	n := 0
	for id := range r.requests {
		// Until its genesis is on the disk, this device never was a member.
		if g := r.feed.Group(id); g != nil && (g.Has(r.self) || !g.Ever(r.self)) {
			n++
		}
	}
	return n
}

// SetCalled says what this device is called.
func (r *Replica) SetCalled(name string) { r.feed.SetCalled(name) }
