package store

import (
	"crypto/sha256"
	"encoding/binary"
	"math"
	"strings"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/wire"
)

// An entry's place is its log's number and its sequence in one integer: entries
// of a log lie together, and no index is needed beside the table.
const sequenceBits = 40

func place(log int64, sequence uint64) int64 { return log<<sequenceBits | int64(sequence) }

// apply makes one request part of the transaction. Everything that could refuse
// it is looked at before anything is changed; any other error leaves the
// transaction good for nothing but a rollback.
func (w *writer) apply(r *request) error {
	if r.do != nil {
		return r.do(w)
	}
	news, err := w.news(r)
	if err != nil {
		return err
	}
	if r.Message != nil {
		if err := w.checkMessage(r); err != nil {
			return err
		}
	}
	if r.Conversation != nil {
		if err := w.saveConversation(*r.Conversation); err != nil {
			return err
		}
	}
	received := r.Received
	if received.IsZero() {
		received = time.Now()
	}
	if len(news) > 0 {
		if err := w.appendEntries(news, received); err != nil {
			return err
		}
	}
	if r.Message != nil {
		if err := w.appendPlain(r.Message, received); err != nil {
			return err
		}
	}
	for _, t := range r.Told {
		if err := w.saveTold(t); err != nil {
			return err
		}
	}
	if r.Peer != nil {
		return w.savePeer(*r.Peer)
	}
	return nil
}

// willBeKnown says whether a conversation is there once r's own is saved.
func (w *writer) willBeKnown(id chat.ConversationID, r *request) error {
	if r.Conversation != nil && r.Conversation.ID == id {
		return nil
	}
	t, err := w.tally(id)
	if t == nil && err == nil {
		err = unknownConversation(id)
	}
	return err
}

func unknownConversation(id chat.ConversationID) error {
	return refuse("%w conversation %s", chat.ErrUnknown, id)
}

// news returns those of r's entries that are not held yet, having checked that
// they follow the ones that are.
func (w *writer) news(r *request) ([]wire.SignedEntry, error) {
	if len(r.Entries) == 0 {
		return nil, nil
	}
	id := r.Entries[0].Log
	if err := w.willBeKnown(id.Conversation, r); err != nil {
		return nil, err
	}
	var head logHead // of a log that is not there yet
	if found, err := w.logHead(id); err != nil {
		return nil, err
	} else if found != nil {
		head = *found
	}
	sequence, hash := head.highest, head.hash
	var news []wire.SignedEntry
	for i, e := range r.Entries {
		switch {
		case e.Log != id:
			return nil, refuse("%w: entries of two logs in one write", ErrGap)
		case e.Sequence <= head.highest && news == nil:
			if err := w.compare(head, e); err != nil {
				return nil, err
			}
		case e.Sequence != sequence+1:
			return nil, refuse("%w: entry %d of %s after entry %d", ErrGap, e.Sequence, id.Author.Short(), sequence)
		case e.Previous != hash:
			return nil, refuse("%w: entry %d of %s names another entry %d than the one held", ErrGap, e.Sequence, id.Author.Short(), sequence)
		default:
			if news == nil {
				news = r.Entries[i:]
			}
			sequence, hash = e.Sequence, e.Hash
		}
	}
	return news, nil
}

// compare says whether e, whose number is not above the log's head, is the
// entry held under it. A number that retention has dropped passes.
func (w *writer) compare(head logHead, e wire.SignedEntry) error {
	var raw []byte
	found, err := w.findRaw.row([]any{&raw}, place(head.id, e.Sequence))
	if err != nil {
		return err
	}
	if found && sha256.Sum256(raw) != e.Hash {
		return refuse("%w: entry %d of %s", ErrFork, e.Sequence, e.Log.Author.Short())
	}
	return nil
}

// appendEntries stores entries that follow their log's head.
func (w *writer) appendEntries(entries []wire.SignedEntry, received time.Time) error {
	if err := w.begin(); err != nil {
		return err
	}
	id := entries[0].Log
	head, err := w.logHead(id)
	if err != nil {
		return err
	}
	if head == nil {
		if head, err = w.newLog(id, entries[0].Sequence); err != nil {
			return err
		}
	}
	t, err := w.tally(id.Conversation)
	if err != nil {
		return err
	}
	own := id.Author == w.self
	for i := range entries {
		e := &entries[i]
		if err := w.insertEntry.exec(place(head.id, e.Sequence), e.Raw); err != nil {
			return err
		}
		t.clock = max(t.clock, e.Time)
		// A text that cannot be read is the author's fault, and no reason to lack
		// the entries after it.
		if text, err := e.Text(); err == nil {
			err := w.appendMessage(t, e.Position(), own,
				e.ID[:], head.id, e.Wall.UnixMilli(), received.UnixMilli(), nil, nil, chat.CleanText(text))
			if err != nil {
				return err
			}
		}
	}
	last := &entries[len(entries)-1]
	head.highest, head.hash = last.Sequence, last.Hash
	w.touchLog(head)
	w.touchTally(t)
	return nil
}

func (w *writer) checkMessage(r *request) error {
	if r.Message.Position.IsZero() {
		return refuse("message %s has no position", r.Message.ID)
	}
	return w.willBeKnown(r.Message.Conversation, r)
}

// appendPlain stores a message without a log.
func (w *writer) appendPlain(m *chat.Message, received time.Time) error {
	if err := w.begin(); err != nil {
		return err
	}
	t, err := w.tally(m.Conversation)
	if err != nil {
		return err
	}
	t.clock = max(t.clock, wire.HybridTime(binary.BigEndian.Uint64(m.Position[:8])))
	w.touchTally(t)
	return w.appendMessage(t, m.Position, m.Own,
		m.ID[:], nil, m.Sent.UnixMilli(), received.UnixMilli(), string(m.State), m.From.Address, chat.CleanText(m.Text))
}

// appendMessage inserts a message and counts it. The columns log, state and
// address may be nil.
func (w *writer) appendMessage(t *tally, position chat.Position, own bool, id []byte, log any, sent, received int64, state, address any, text string) error {
	number := w.next
	mine := int64(0)
	if own {
		mine = 1
	}
	if err := w.insertMessage.exec(number, t.id, position[:], id, log, mine, sent, received, state, address, text); err != nil {
		return err
	}
	w.next++
	t.count++
	if !own {
		t.unread++
	}
	if t.last == 0 || !position.Less(t.lastAt) {
		t.last, t.lastAt = number, position
	}
	return nil
}

// saveTold notes a receipt, if the log is held.
func (w *writer) saveTold(told Told) error {
	head, err := w.logHead(told.Log)
	if head == nil || err != nil {
		return err
	}
	if err := w.begin(); err != nil {
		return err
	}
	peer, err := w.device(told.Peer)
	if err != nil {
		return err
	}
	return w.upsertTold.exec(head.id, peer, int64(min(told.Highest, math.MaxInt64)))
}

// saveConversation makes a conversation or brings it up to date.
func (w *writer) saveConversation(c Conversation) error {
	if err := w.begin(); err != nil {
		return err
	}
	t, err := w.tally(c.ID)
	if err != nil {
		return err
	}
	var address any
	if c.Address.IsValid() {
		address = c.Address.String()
	}
	title := chat.CleanName(c.Title)
	if t != nil {
		if err := w.updateConversation.exec(title, address, t.id); err != nil {
			return err
		}
	} else {
		var peer any
		if !c.Peer.IsZero() {
			if peer, err = w.device(c.Peer); err != nil {
				return err
			}
		}
		id, err := w.insertConversation.insert(c.ID[:], string(c.Kind), title, peer, address)
		if err != nil {
			return err
		}
		t = &tally{id: id}
		w.conversations[c.ID] = t
	}
	for _, m := range c.Members {
		device, err := w.device(m)
		if err != nil {
			return err
		}
		if err := w.insertMember.exec(t.id, device); err != nil {
			return err
		}
	}
	return nil
}

// markSeen sets a conversation's unread count to zero. It counts in order of
// arrival, not of position: a message that comes late and stands among older
// ones is unread like any other.
func (w *writer) markSeen(id chat.ConversationID) error {
	t, err := w.tally(id)
	if err != nil {
		return err
	}
	if t == nil {
		return unknownConversation(id)
	}
	if t.unread == 0 {
		return nil
	}
	if err := w.begin(); err != nil {
		return err
	}
	t.unread, t.seen = 0, w.next-1
	w.touchTally(t)
	return nil
}

func (w *writer) saveDraft(id chat.ConversationID, text string) error {
	t, err := w.tally(id)
	if err != nil {
		return err
	}
	if t == nil {
		return unknownConversation(id)
	}
	if err := w.begin(); err != nil {
		return err
	}
	if text == "" {
		return w.deleteDraft.exec(t.id)
	}
	return w.upsertDraft.exec(t.id, text)
}

func (w *writer) savePeer(p Peer) error {
	if err := w.begin(); err != nil {
		return err
	}
	device, err := w.device(p.ID)
	if err != nil {
		return err
	}
	addresses := make([]string, len(p.Addresses))
	for i, a := range p.Addresses {
		addresses[i] = a.String()
	}
	return w.upsertPeer.exec(device, chat.CleanName(p.Name), string(p.Trust),
		strings.Join(addresses, "\n"), milliseconds(p.LastSeen), int64(p.Instance), int64(p.Sequence))
}

func (w *writer) saveSetting(key, value string) error {
	if err := w.begin(); err != nil {
		return err
	}
	return w.upsertSetting.exec(key, value)
}

// milliseconds returns t as milliseconds since 1970, the zero time as 0.
func milliseconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// fromMilliseconds is the inverse of milliseconds.
func fromMilliseconds(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms)
}

// tally returns a conversation's tally, nil if there is no such conversation.
func (w *writer) tally(id chat.ConversationID) (*tally, error) {
	if t, ok := w.conversations[id]; ok {
		return t, nil
	}
	t := &tally{}
	var clock int64
	var at []byte
	found, err := w.findTally.row([]any{&t.id, &clock, &t.count, &t.unread, &t.seen, &t.last, &at}, id[:])
	if !found || err != nil {
		return nil, err
	}
	t.clock = wire.HybridTime(clock)
	copy(t.lastAt[:], at)
	w.conversations[id] = t
	return t, nil
}

func (w *writer) touchTally(t *tally) {
	if !t.dirty {
		t.dirty = true
		w.dirtyTallies = append(w.dirtyTallies, t)
	}
}

// logHead returns a log's head, nil if nothing of it is held.
func (w *writer) logHead(id wire.LogID) (*logHead, error) {
	if l, ok := w.logs[id]; ok {
		return l, nil
	}
	t, err := w.tally(id.Conversation)
	if t == nil || err != nil {
		return nil, err
	}
	var author int64
	if found, err := w.findDevice.row([]any{&author}, id.Author[:]); !found || err != nil {
		return nil, err
	}
	l := &logHead{}
	var lowest, highest int64
	var hash []byte
	found, err := w.findLog.row([]any{&l.id, &lowest, &highest, &hash}, t.id, author, int64(id.Incarnation))
	if !found || err != nil {
		return nil, err
	}
	l.lowest, l.highest = uint64(lowest), uint64(highest)
	copy(l.hash[:], hash)
	w.logs[id] = l
	return l, nil
}

// newLog makes the row of a log whose first entry is about to be stored.
func (w *writer) newLog(id wire.LogID, lowest uint64) (*logHead, error) {
	t, err := w.tally(id.Conversation)
	if err != nil {
		return nil, err
	}
	author, err := w.device(id.Author)
	if err != nil {
		return nil, err
	}
	l := &logHead{lowest: lowest}
	l.id, err = w.insertLog.insert(t.id, author, int64(id.Incarnation), int64(lowest), int64(0), l.hash[:])
	if err != nil {
		return nil, err
	}
	w.logs[id] = l
	return l, nil
}

func (w *writer) touchLog(l *logHead) {
	if !l.dirty {
		l.dirty = true
		w.dirtyLogs = append(w.dirtyLogs, l)
	}
}

// device returns the short number of a device, drawn the first time; the
// transaction is open.
func (w *writer) device(id identity.DeviceID) (int64, error) {
	if n, ok := w.devices[id]; ok {
		return n, nil
	}
	var n int64
	found, err := w.findDevice.row([]any{&n}, id[:])
	if err == nil && !found {
		n, err = w.insertDevice.insert(id[:])
	}
	if err == nil {
		w.devices[id] = n
	}
	return n, err
}
