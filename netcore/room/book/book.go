package book

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/room/machine"
	"github.com/parlance-chat/parlance/netcore/store"
	"github.com/parlance-chat/parlance/netcore/wire"
)

const (
	// maxMessages is how many messages that were stored are remembered, so that doubles
	// among what is not on disk yet are found.
	maxMessages = 20_000
	// maxReactions is how many reactions to one message are held, and maxReacted how
	// many to all messages of a server.
	maxReactions = 200
	maxReacted   = 50_000
	// maxMsgID is how many bytes the server's name for a message may have.
	maxMsgID = 200
)

// Book gives messages of one server their places and IDs. One goroutine owns it.
type Book struct {
	store   *store.Store
	server  string // its address
	last    map[chat.ConversationID]wire.HybridTime
	ahead   time.Duration // of the server's clock
	count   uint64        // orders what has one time
	back    uint64        // the same for history that goes back
	known   map[chat.MessageID]bool
	order   []chat.MessageID // of known, the oldest first
	claimed map[chat.MessageID]bool

	msgids    map[chat.MessageID]string // the server's, of the messages known
	named     map[string]chat.MessageID // back; of own messages, whose IDs are not made from it
	reactions map[chat.MessageID][]chat.Reaction
	reacted   int // reactions altogether
}

// New returns the book of the server at an address.
func New(s *store.Store, server string) *Book {
	now := uint64(time.Now().UnixNano())
	return &Book{
		store: s, server: server, last: make(map[chat.ConversationID]wire.HybridTime), count: 1<<63 + now, back: 1<<63 - now,
		known: make(map[chat.MessageID]bool), claimed: make(map[chat.MessageID]bool),
		msgids: make(map[chat.MessageID]string), named: make(map[string]chat.MessageID),
		reactions: make(map[chat.MessageID][]chat.Reaction),
	}
}

// Remember notes an ID, and says whether it was noted before.
func (b *Book) Remember(id chat.MessageID) bool {
	if b.known[id] {
		return true
	}
	b.known[id] = true
	if b.order = append(b.order, id); len(b.order) > maxMessages {
		old := b.order[0]
		delete(b.named, b.msgids[old])
		delete(b.known, old)
		delete(b.claimed, old)
		delete(b.msgids, old)
		b.setReactions(old, nil)
		b.order = b.order[1:]
	}
	return false
}

// Orders returns the first of n numbers that order what has one time: what is older
// comes before all that was numbered until now, in this run and in those before.
func (b *Book) Orders(n int, older bool) uint64 {
	if older {
		b.back -= uint64(n)
		return b.back
	}
	b.count += uint64(n)
	return b.count - uint64(n)
}

// Place returns a position: at a time that the server told, or after all there is.
func (b *Book) Place(ctx context.Context, id chat.ConversationID, at time.Time, told bool, order uint64) (chat.Position, error) {
	last, ok := b.last[id]
	if !ok {
		newest, err := b.store.History(ctx, id, store.Page{Limit: 1})
		if err != nil {
			return chat.Position{}, err
		}
		if len(newest) > 0 {
			last = wire.TimeOf(newest[0].Position)
		}
	}
	t := wire.HybridAt(at)
	if !told {
		t = max(last+1, wire.HybridAt(at.Add(b.ahead)))
	}
	b.last[id] = max(last, t)
	var p chat.Position
	binary.BigEndian.PutUint64(p[:], uint64(t))
	binary.BigEndian.PutUint64(p[8:], order)
	return p, nil
}

// ID returns the ID of a message of the conversation with a name: of an own one that its tags tell; else of the
// server's own ID, or of when and by whom what was said, or a new one.
func (b *Book) ID(name string, t machine.Text) (chat.MessageID, error) {
	switch {
	case t.Own && !t.Later && t.ID != (chat.MessageID{}):
		return t.ID, nil
	case t.MsgID != "":
		return b.IDOf(name, t.MsgID), nil
	case t.Timed:
		return b.derive("said", name, t.Time.Format(time.RFC3339Nano), t.From, t.Body), nil
	}
	return uuid.NewV7()
}

// IDOf returns the ID of the message that the server calls msgid.
func (b *Book) IDOf(name, msgid string) chat.MessageID {
	if id, ok := b.named[msgid]; ok {
		return id
	}
	return b.derive("msgid", name, msgid)
}

// derive makes an ID of what tells a message from others: a UUID of version 8, RFC
// 9562 section 5.8, so that it is none that a device makes.
func (b *Book) derive(kind, name string, parts ...string) chat.MessageID {
	parts = append([]string{kind, b.server, strings.ToLower(name)}, parts...)
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	id := chat.MessageID(sum[:16])
	id[6] = 0x80 | id[6]&0x0f
	id[8] = 0x80 | id[8]&0x3f
	return id
}

// Call notes what the server calls a message that is remembered.
func (b *Book) Call(id chat.MessageID, msgid string, own bool) {
	if msgid == "" || len(msgid) > maxMsgID || !b.known[id] {
		return
	}
	msgid = strings.Clone(msgid) // or all of its line is held
	b.msgids[id] = msgid
	if own {
		b.named[msgid] = id
	}
}

// MsgID returns what the server calls a message, "" if that is not known.
func (b *Book) MsgID(id chat.MessageID) string { return b.msgids[id] }

// Knows says whether a message is remembered.
func (b *Book) Knows(id chat.MessageID) bool { return b.known[id] }

// Claim notes that an own message in history is the one with an ID; false: another was
// before.
func (b *Book) Claim(id chat.MessageID) bool {
	if b.claimed[id] {
		return false
	}
	b.Remember(id)
	b.claimed[id] = true
	return true
}

// SetAhead takes how far the server's clock is ahead.
func (b *Book) SetAhead(by time.Duration) { b.ahead = by }

// Reactions returns the reactions to a message.
func (b *Book) Reactions(id chat.MessageID) []chat.Reaction { return slices.Clone(b.reactions[id]) }

// React notes a reaction to a message that is remembered, in place of the same person's
// before, or, if it is gone, that there is none.
func (b *Book) React(id chat.MessageID, r chat.Reaction, gone bool) {
	same := func(other chat.Reaction) bool { return other.Own == r.Own && other.From.Address == r.From.Address }
	list := slices.DeleteFunc(slices.Clone(b.reactions[id]), same)
	if !gone && len(list) < maxReactions && b.reacted < maxReacted {
		list = append(list, r)
	}
	b.setReactions(id, list)
}

func (b *Book) setReactions(id chat.MessageID, list []chat.Reaction) {
	b.reacted += len(list) - len(b.reactions[id])
	b.reactions[id] = list
	if len(list) == 0 {
		delete(b.reactions, id)
	}
}
