package room

import (
	"cmp"
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

// rememberedIDs is how many IDs of messages that were stored are remembered, so
// that doubles among what is not on disk yet are found.
const rememberedIDs = 20_000

// doubleTime is how far apart the own clock and the server's may be for an own
// message to be found again by its text.
const doubleTime = 2 * time.Minute

// maxSaid is how much the server itself may say at once, and saidRate how much a second
// in the long run.
const (
	maxSaid  = 500
	saidRate = 0.2
)

// book gives messages of one server their places and IDs.
type book struct {
	store   *store.Store
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

func (b *book) init(s *store.Store) {
	now := uint64(time.Now().UnixNano())
	*b = book{
		store: s, last: make(map[chat.ConversationID]wire.HybridTime), count: 1<<63 + now, back: 1<<63 - now,
		known: make(map[chat.MessageID]bool), claimed: make(map[chat.MessageID]bool),
		msgids: make(map[chat.MessageID]string), named: make(map[string]chat.MessageID),
		reactions: make(map[chat.MessageID][]chat.Reaction),
	}
}

// remember notes an ID, and says whether it was noted before.
func (b *book) remember(id chat.MessageID) bool {
	if b.known[id] {
		return true
	}
	b.known[id] = true
	if b.order = append(b.order, id); len(b.order) > rememberedIDs {
		old := b.order[0]
		delete(b.named, b.msgids[old])
		delete(b.known, old)
		delete(b.claimed, old)
		delete(b.msgids, old)
		b.react(old, nil)
		b.order = b.order[1:]
	}
	return false
}

// orders returns the first of n numbers that order what has one time: what is older
// comes before all that was numbered until now, in this run and in those before.
func (b *book) orders(n int, older bool) uint64 {
	if older {
		b.back -= uint64(n)
		return b.back
	}
	b.count += uint64(n)
	return b.count - uint64(n)
}

// place returns a position: at a time that the server told, or after all there is.
func (b *book) place(ctx context.Context, id chat.ConversationID, at time.Time, told bool, order uint64) (chat.Position, error) {
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

// plausible says whether a time that a server tells can be: not before there was
// IRC, not in days to come.
func plausible(at, now time.Time) bool {
	return at.Year() >= 1988 && at.Before(now.Add(chat.MaxClockAhead))
}

// idOf returns the ID of a message: of an own one that its tags tell; else of the
// server's own ID, or of when and by whom what was said, or a new one.
func (s *server) idOf(target string, t machine.Text) (chat.MessageID, error) {
	switch {
	case t.Own && !t.Later && t.ID != (chat.MessageID{}):
		return t.ID, nil
	case t.MsgID != "":
		return s.idOfMsgID(target, t.MsgID), nil
	case t.Timed:
		return s.derive("said", target, t.Time.Format(time.RFC3339Nano), t.From, t.Body), nil
	}
	return uuid.NewV7()
}

// idOfMsgID returns the ID of the message that the server calls msgid.
func (s *server) idOfMsgID(target, msgid string) chat.MessageID {
	if id, ok := s.book.named[msgid]; ok {
		return id
	}
	return s.derive("msgid", target, msgid)
}

// derive makes an ID of what tells a message from others: a UUID of version 8, RFC
// 9562 section 5.8, so that it is none that a device makes.
func (s *server) derive(kind, target string, parts ...string) chat.MessageID {
	parts = append([]string{kind, s.address.Server(), strings.ToLower(s.nameOf(target))}, parts...)
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	id := chat.MessageID(sum[:16])
	id[6] = 0x80 | id[6]&0x0f
	id[8] = 0x80 | id[8]&0x3f
	return id
}

// author returns somebody who has no key.
func author(nick string) chat.Author {
	nick = cmp.Or(chat.CleanName(nick), "?")
	return chat.Author{Address: nick, Name: nick}
}

// receive stores and shows messages of a conversation, without those that are held.
func (s *server) receive(e machine.Received) {
	ctx := context.Background()
	id, err := s.open(ctx, e.Target)
	if err != nil {
		s.n.cfg.Log.Error("messages are lost", "target", e.Target, "error", err)
		return
	}
	if e.Past {
		e.Texts = s.withoutOwnLines(ctx, id, e.Texts)
	}
	now := time.Now()
	messages := make([]chat.Message, 0, len(e.Texts))
	order := s.book.orders(len(e.Texts), e.Older)
	for i, t := range e.Texts {
		if t.Timed && !plausible(t.Time, now) {
			t.Timed, t.Time = false, now
		}
		m := chat.Message{Conversation: id, Kind: chat.Room, Own: t.Own, Text: chat.CleanText(t.Body), Received: now}
		m.Sent = t.Time.Truncate(time.Millisecond)
		if t.Own {
			m.State = chat.Delivered
		} else {
			m.From = author(cmp.Or(t.From, s.address.Host))
			m.Mentioned = s.isChannel(e.Target) && mentions(m.Text, s.machine.Status().Nick)
		}
		if m.ID, err = s.idOf(e.Target, t); err != nil {
			s.n.cfg.Log.Error("a message is lost", "error", err)
			continue
		}
		double := s.book.remember(m.ID)
		s.book.call(m.ID, t.MsgID, t.Own)
		if double {
			continue
		}
		m.Answers = s.quote(ctx, e.Target, id, t.Answers)
		if m.Position, err = s.book.place(ctx, id, t.Time, t.Timed, order+uint64(i)); err != nil {
			s.n.cfg.Log.Error("a message is lost", "error", err)
			continue
		}
		messages = append(messages, m)
	}
	if e.Past {
		if messages, err = s.withoutDoubles(ctx, id, messages); err != nil {
			s.n.cfg.Log.Error("history is lost", "target", e.Target, "error", err)
			return
		}
	}
	for i := range messages {
		s.put(&messages[i], e.Quiet)
	}
	if e.Older {
		s.fresh = len(messages)
	} else if len(messages) > 0 {
		s.n.cfg.Emit(chat.MessagesAdded{Messages: messages})
	}
}

// withoutOwnLines leaves out of history the lines of messages that were sent from
// here: further ones, and those said under a nick that was this device's only then. Of
// what bears another nick the words have to be in it, or anybody could hide theirs.
func (s *server) withoutOwnLines(ctx context.Context, id chat.ConversationID, list []machine.Text) []machine.Text {
	claims := func(t machine.Text) bool { return t.ID != (chat.MessageID{}) && (t.Later || !t.Own) }
	var ids []chat.MessageID
	for _, t := range list {
		if claims(t) {
			ids = append(ids, t.ID)
		}
	}
	if len(ids) == 0 {
		return list
	}
	held, err := s.n.cfg.Store.Messages(ctx, id, ids)
	if err != nil {
		s.n.cfg.Log.Warn("own messages may be shown twice", "error", err)
	}
	texts := make(map[chat.MessageID]string)
	for _, m := range held {
		if m.Own {
			texts[m.ID] = m.Text
		}
	}
	return slices.DeleteFunc(slices.Clone(list), func(t machine.Text) bool {
		text, own := texts[t.ID]
		return own && claims(t) && (t.Own || strings.Contains(text, chat.CleanText(strings.TrimPrefix(t.Body, "/me "))))
	})
}

// withoutDoubles leaves out what is on disk: by ID, and own messages by their text.
func (s *server) withoutDoubles(ctx context.Context, id chat.ConversationID, list []chat.Message) ([]chat.Message, error) {
	ids := make([]chat.MessageID, len(list))
	for i, m := range list {
		ids[i] = m.ID
	}
	held, err := s.n.cfg.Store.Messages(ctx, id, ids)
	if err != nil {
		return nil, err
	}
	skip := make(map[chat.MessageID]bool, len(held))
	for _, m := range held {
		skip[m.ID] = true
	}
	kept := list[:0]
	for _, m := range list {
		if skip[m.ID] {
			continue
		}
		if m.Own {
			double, err := s.isOwnDouble(ctx, id, m)
			if err != nil {
				return nil, err
			}
			if double {
				continue
			}
		}
		kept = append(kept, m)
	}
	return kept, nil
}

// isOwnDouble says whether an own message in history is one that was sent from
// here; each stands for one only.
func (s *server) isOwnDouble(ctx context.Context, id chat.ConversationID, m chat.Message) (bool, error) {
	var after chat.Position
	binary.BigEndian.PutUint64(after[:], uint64(wire.HybridAt(m.Sent.Add(-doubleTime))))
	page, err := s.n.cfg.Store.History(ctx, id, store.Page{After: after, Limit: heldPage})
	if err != nil {
		return false, err
	}
	for _, held := range page {
		if held.Own && held.State == chat.Delivered && held.Text == m.Text && !s.book.claimed[held.ID] &&
			held.Sent.Sub(m.Sent).Abs() <= doubleTime {
			s.book.remember(held.ID)
			s.book.claimed[held.ID] = true
			return true, nil
		}
	}
	return false, nil
}

// put stores a message behind the others, and waits where too many are on their
// way: the socket is not read meanwhile.
func (s *server) put(m *chat.Message, quiet bool) {
	w := store.Write{Message: m, Quiet: quiet, Received: m.Received}
	var done chan error
	if s.n.cfg.Store.Backlog() > store.HighWater {
		done = make(chan error, 1)
	}
	w.Done = func(err error) {
		if err != nil {
			s.n.cfg.Log.Error("a message is not kept", "message", m.ID, "error", err)
		}
		if done != nil {
			done <- err
		}
	}
	s.n.cfg.Store.Enqueue(w)
	if done != nil {
		<-done
	}
}

// said shows what the server itself says, in its own conversation, which is kept: so a
// server that goes on and on is heard no further.
func (s *server) said(e machine.Said) {
	now := time.Now()
	s.patience = min(maxSaid, s.patience+saidRate*now.Sub(s.heard).Seconds())
	s.heard = now
	if strings.TrimSpace(e.Text) == "" || s.patience < 1 {
		return
	}
	if s.patience--; s.patience < 1 {
		e.Text = "The server says too much; what it says next is left out."
	}
	s.receive(machine.Received{Texts: []machine.Text{{From: cmp.Or(e.From, s.address.Host), Body: e.Text, Time: time.Now()}}, Quiet: true})
}

// begun keeps, before it is written, that the server may have an own message: also the
// next run has to know that it cannot be taken back.
func (s *server) begun(id chat.MessageID) {
	if s.irc == nil {
		return // what was sent is not written again there
	}
	if err := s.n.cfg.Store.MarkSent(context.Background(), id); err != nil {
		s.n.cfg.Log.Warn("a state is not kept", "message", id, "error", err)
	}
}

// advance notes how far an own message has come. Only what is final lasts: what was
// sent and not answered for is queued again after a restart.
func (s *server) advance(e machine.Advanced) {
	if e.Ahead != 0 {
		s.book.ahead = e.Ahead
	}
	if e.MsgID != "" {
		s.book.remember(e.ID)
		s.book.call(e.ID, e.MsgID, true)
	}
	ctx := context.Background()
	m, err := s.n.cfg.Store.Message(ctx, e.ID)
	if err != nil {
		s.n.cfg.Log.Warn("an own message is not known", "message", e.ID, "error", err)
		return
	}
	final := e.State == chat.Delivered || e.State == chat.Sent && s.irc == nil
	if final {
		if err := s.n.cfg.Store.SetState(ctx, e.ID, e.State); err != nil {
			s.n.cfg.Log.Warn("a state is not kept", "message", e.ID, "error", err)
		}
	}
	if s.status != nil {
		s.status[e.ID] = e.State
	}
	s.n.cfg.Emit(chat.StateChanged{Conversation: m.Conversation, Messages: []chat.MessageID{e.ID}, State: e.State})
}
