package feed

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/google/uuid"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/membership"
	"github.com/parlance-chat/parlance/netcore/wire"
)

// Errors of entries that are not taken.
var (
	// ErrNotMember is wrapped when sender or author is not in the conversation.
	ErrNotMember = errors.New("not a member of the conversation")
	// ErrGap is wrapped when entries before these are missing; they come again.
	ErrGap = errors.New("entries before it are missing")
	// ErrFork is wrapped when an author signed two entries with one number.
	ErrFork = errors.New("the author's log forks")
	// ErrAhead is wrapped when an entry's time is too far ahead.
	ErrAhead = errors.New("its time has not come")
	// ErrFlood is wrapped when an author writes more than others have to bear.
	ErrFlood = errors.New("too many entries")
)

// FullInterval is how often at least linked devices exchange full frontiers, the
// safety net under everything else.
const FullInterval = 30 * time.Second

// Config says whose feed it is. Key, Incarnation and Random are needed.
type Config struct {
	Key *identity.Key
	// Incarnation is the own database's, under which new entries are written.
	Incarnation uint64
	// Random is read for message IDs, nonces and incarnations.
	Random io.Reader
	// TellRead says whether others are told what this device's user has seen.
	TellRead bool
}

// Feed is the replication state of all conversations of one device. It is not
// safe for use by several goroutines.
type Feed struct {
	key           *identity.Key
	self          identity.DeviceID
	random        io.Reader
	incarnation   uint64
	saved         uint64 // the incarnation that is on the disk
	divergences   int    // how often the incarnation was changed
	tellRead      bool
	called        string
	conversations map[chat.ConversationID]*conversation
	// shared holds, for each device, the conversations that it may have something
	// of; scopeFor says what.
	shared   map[identity.DeviceID]map[chat.ConversationID]*conversation
	lobby    map[identity.DeviceID]bool // who takes part in the lobby
	sessions map[identity.DeviceID]*session
}

// New returns a Feed without conversations.
func New(cfg Config) *Feed {
	return &Feed{
		key:           cfg.Key,
		self:          cfg.Key.ID(),
		random:        cfg.Random,
		incarnation:   cfg.Incarnation,
		saved:         cfg.Incarnation,
		tellRead:      cfg.TellRead,
		conversations: make(map[chat.ConversationID]*conversation),
		shared:        make(map[identity.DeviceID]map[chat.ConversationID]*conversation),
		lobby:         make(map[identity.DeviceID]bool),
		sessions:      make(map[identity.DeviceID]*session),
	}
}

// OpenDirect makes the conversation with another device known. Opening it again
// changes nothing.
func (f *Feed) OpenDirect(other identity.DeviceID) {
	f.open(&conversation{id: chat.DirectID(f.self, other), kind: chat.Direct, other: other})
}

// OpenGroup makes a group known; its members follow from its entries.
func (f *Feed) OpenGroup(id chat.ConversationID) {
	f.open(&conversation{id: id, kind: chat.Group, group: membership.New(id)})
}

func (f *Feed) open(c *conversation) *conversation {
	if known := f.conversations[c.id]; known != nil {
		return known
	}
	c.logs = make(map[wire.LogID]*log)
	f.conversations[c.id] = c
	if c.kind == chat.Direct {
		f.share(c.other, c)
	}
	return c
}

func (f *Feed) share(peer identity.DeviceID, c *conversation) {
	if peer == f.self {
		return
	}
	if f.shared[peer] == nil {
		f.shared[peer] = make(map[chat.ConversationID]*conversation)
	}
	f.shared[peer][c.id] = c
}

// LoadClock restores the highest time in an open conversation.
func (f *Feed) LoadClock(id chat.ConversationID, clock wire.HybridTime) {
	if c := f.conversations[id]; c != nil {
		c.clock = max(c.clock, clock)
	}
}

// LoadLog restores a log of an open conversation from disk: what is held of it,
// the hash of its highest entry, and what this device's user has seen.
func (f *Feed) LoadLog(id wire.LogID, on wire.Range, hash wire.Hash, read uint64) {
	c := f.conversations[id.Conversation]
	if c == nil {
		return
	}
	l := c.log(id, f.self)
	l.accepted, l.read = held{on, hash}, read
	l.stored = l.accepted
	c.keep(l)
}

// LoadReceipt restores from disk what a peer has and read of an own log.
func (f *Feed) LoadReceipt(id wire.LogID, peer identity.DeviceID, has, read uint64) {
	if c := f.conversations[id.Conversation]; c != nil && c.logs[id] != nil && c.logs[id].own != nil {
		c.logs[id].own.told[peer] = receipt{has, read}
	}
}

// LoadWalls restores the walls of a lobby log's latest entries, oldest first.
func (f *Feed) LoadWalls(id wire.LogID, walls []time.Time) {
	if c := f.conversations[id.Conversation]; c != nil && c.logs[id] != nil {
		c.logs[id].walls = walls
	}
}

// LoadMembership restores a membership entry of an open group.
func (f *Feed) LoadMembership(e wire.SignedEntry) {
	if c := f.conversations[e.Log.Conversation]; c != nil && c.group != nil && c.group.Add(e) {
		f.shareGroup(c)
	}
}

// LoadRoll restores those that are on the disk beside the logs, after those in them,
// in whatever order: who wrote one may be named only by another.
func (f *Feed) LoadRoll(entries []wire.SignedEntry) {
	for more := true; more; {
		more = false
		for _, e := range entries {
			if c := f.conversations[e.Log.Conversation]; c != nil && c.group != nil && c.group.Enroll(e) {
				f.shareGroup(c)
				more = true
			}
		}
	}
}

// SetCalled says what this device is called, for those who read along in groups
// and the lobby and never met it.
func (f *Feed) SetCalled(name string) { f.called = name }

// SetTellRead says whether others are told what this device's user has seen.
func (f *Feed) SetTellRead(tell bool) { f.tellRead = tell }

// Group returns what is known of a group, nil if it is not open. It must not be
// changed.
func (f *Feed) Group(id chat.ConversationID) *membership.Group {
	if c := f.conversations[id]; c != nil {
		return c.group
	}
	return nil
}

// Pending says whether peer has not acknowledged own entries that it may have:
// in the direct conversation, and in a group.
func (f *Feed) Pending(peer identity.DeviceID) (direct, group bool) {
	for _, c := range f.shared[peer] {
		if c.kind == chat.Lobby || c.kind == chat.Direct && direct || c.kind == chat.Group && group {
			continue
		}
		s := f.scopeFor(c, peer)
		for _, l := range c.list {
			if l.own != nil && !l.own.diverged && l.own.told[peer].has < s.most(l) {
				direct, group = direct || c.kind == chat.Direct, group || c.kind == chat.Group
				break
			}
		}
	}
	return direct, group
}

// Next returns when the Feed wants the next Tick; zero if never.
func (f *Feed) Next() time.Time {
	var next time.Time
	for _, s := range f.sessions {
		if next.IsZero() || s.nextFull.Before(next) {
			next = s.nextFull
		}
		if !s.nextPass.IsZero() && s.nextPass.Before(next) {
			next = s.nextPass
		}
	}
	return next
}

// Step takes one event and returns what to do about it, in order.
func (f *Feed) Step(now time.Time, event Event) []Effect {
	switch e := event.(type) {
	case LinkUp:
		return f.linkUp(now, e.Peer)
	case LinkDown:
		delete(f.sessions, e.Peer)
	case InLobby:
		return f.inLobby(now, e.Peer, e.Is)
	case Heard:
		return f.heard(now, e.Peer, e.Frontiers)
	case Received:
		return f.received(now, e.Peer, e.Run)
	case Rolled:
		return f.rolled(now, e.Entries)
	case Enrolled:
		return f.enrolled(now, e.Entries)
	case Stored:
		return f.stored(now, e.Run)
	case Failed:
		return f.failed(e.Log)
	case Seen:
		return f.seen(e.Conversation)
	case Trimmed:
		f.trimmed(e.Log, e.Lowest)
	case Early:
		return f.early(now)
	case Reread:
		return f.reread(now, e.Log, e.Entries)
	case Tick:
		return f.tick(now)
	}
	return nil
}

// shareGroup lets everybody who may take itself for a member of c have what it may.
func (f *Feed) shareGroup(c *conversation) {
	named := c.group.Named()
	for _, id := range named[c.sharedWith:] {
		f.share(id, c)
	}
	c.sharedWith = len(named)
}

// seen takes note that this device's user has seen all of a conversation, and
// tells those who wrote it.
func (f *Feed) seen(id chat.ConversationID) []Effect {
	c := f.conversations[id]
	if c == nil {
		return nil
	}
	var effects []Effect
	changed := false
	for _, l := range c.list {
		// What is shown may still be on its way to the disk: it is told when it is there.
		if l.own == nil && l.accepted.Highest > l.read {
			l.read = l.accepted.Highest
			changed = true
			effects = append(effects, KeepRead{Log: l.id, Highest: l.read})
		}
	}
	if !changed || !f.tellRead || c.kind == chat.Lobby {
		return effects
	}
	for peer := range f.sessions {
		if f.shared[peer][id] == nil {
			continue
		}
		s := f.scopeFor(c, peer)
		frontier := wire.Frontier{Conversation: id}
		for _, l := range c.list {
			if most := s.most(l); l.id.Author == peer && most >= l.stored.Lowest {
				frontier.Logs = append(frontier.Logs, f.line(l, most))
			}
		}
		if len(frontier.Logs) > 0 {
			effects = append(effects, SendFrontiers{Peer: peer, Frontiers: wire.Frontiers{List: []wire.Frontier{frontier}}})
		}
	}
	return effects
}

// trimmed takes note that the beginning of a log is gone.
func (f *Feed) trimmed(id wire.LogID, lowest uint64) {
	if c := f.conversations[id.Conversation]; c != nil && c.logs[id] != nil {
		l := c.logs[id]
		l.accepted.Lowest = max(l.accepted.Lowest, lowest)
		l.stored.Lowest = max(l.stored.Lowest, lowest)
	}
}

// newMessageID makes a UUID of version 7 (RFC 9562 section 5.7) for now.
func newMessageID(now time.Time, random io.Reader) (chat.MessageID, error) {
	var id uuid.UUID
	if _, err := io.ReadFull(random, id[6:]); err != nil {
		return id, fmt.Errorf("make message ID: %w", err)
	}
	ms := uint64(now.UnixMilli())
	for i := range 6 {
		id[i] = byte(ms >> (8 * (5 - i)))
	}
	id[6] = id[6]&0x0f | 0x70
	id[8] = id[8]&0x3f | 0x80
	return id, nil
}
