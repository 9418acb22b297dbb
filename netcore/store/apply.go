package store

import (
	"cmp"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/wire"
)

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
	if r.Drop != nil {
		if err := w.checkDrop(r); err != nil {
			return err
		}
	}
	w.changed = nil
	if err := w.store(r, news, cmp.Or(r.Received, time.Now())); err != nil {
		return err
	}
	r.changed = w.changed
	return nil
}

// store is apply once nothing can be refused any more; news are the entries that
// are not held yet.
func (w *writer) store(r *request, news []wire.SignedEntry, received time.Time) error {
	if r.Conversation != nil {
		if err := w.saveConversation(*r.Conversation); err != nil {
			return err
		}
	}
	if r.Drop != nil {
		if err := w.drop(*r.Drop); err != nil {
			return err
		}
	}
	if r.Incarnation != 0 {
		if err := w.saveMeta("incarnation", int64(r.Incarnation)); err != nil {
			return err
		}
	}
	if len(news) > 0 {
		if err := w.appendEntries(news, received, r.Quiet); err != nil {
			return err
		}
	}
	if r.Message != nil {
		if err := w.appendPlain(r.Message, received, r.Quiet); err != nil {
			return err
		}
	}
	for _, t := range r.Told {
		if err := w.saveTold(t); err != nil {
			return err
		}
	}
	for _, read := range r.Read {
		if err := w.saveRead(read); err != nil {
			return err
		}
	}
	for i := range r.Roll {
		if err := w.saveRoll(&r.Roll[i]); err != nil {
			return err
		}
	}
	if r.Fork != nil {
		if err := w.saveFork(*r.Fork); err != nil {
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

// isLobby says whether a conversation is of that kind once r's own is saved.
func (w *writer) isLobby(id chat.ConversationID, r *request) (bool, error) {
	t, err := w.tally(id)
	if t == nil || err != nil {
		return r.Conversation != nil && r.Conversation.Kind == chat.Lobby, err
	}
	return t.kind == chat.Lobby, nil
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
	jump := false
	if r.Jump {
		var err error
		if jump, err = w.isLobby(id.Conversation, r); err != nil {
			return nil, err
		}
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
			continue
		case jump && news == nil && e.Sequence > sequence+1 && e.Sequence <= maxSequence:
		case e.Sequence != sequence+1 || e.Sequence > maxSequence:
			return nil, refuse("%w: entry %d of %s after entry %d", ErrGap, e.Sequence, id.Author.Short(), sequence)
		case e.Previous != hash:
			return nil, refuse("%w: entry %d of %s names another entry %d than the one held", ErrGap, e.Sequence, id.Author.Short(), sequence)
		}
		if news == nil {
			news = r.Entries[i:]
		}
		sequence, hash = e.Sequence, e.Hash
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
	if !found {
		return nil
	}
	held, err := wire.ParseEntry(raw)
	if err != nil {
		return fmt.Errorf("entry %d of %s: %w", e.Sequence, e.Log.Author.Short(), err)
	}
	if held.Hash != e.Hash {
		return refuse("%w: entry %d of %s", ErrFork, e.Sequence, e.Log.Author.Short())
	}
	return nil
}

func (w *writer) checkMessage(r *request) error {
	if r.Message.Position.IsZero() {
		return refuse("message %s has no position", r.Message.ID)
	}
	return w.willBeKnown(r.Message.Conversation, r)
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
	return w.upsertTold.exec(head.id, peer,
		int64(min(told.Highest, math.MaxInt64)), int64(min(told.Read, math.MaxInt64)))
}

// saveRead notes what this device's user has seen, if the log is held.
func (w *writer) saveRead(r Read) error {
	head, err := w.logHead(r.Log)
	if head == nil || err != nil || r.Highest <= head.read {
		return err
	}
	if err := w.begin(); err != nil {
		return err
	}
	head.read = min(r.Highest, math.MaxInt64)
	w.touchLog(head)
	return nil
}

func (w *writer) saveRoll(e *wire.SignedEntry) error {
	if err := w.begin(); err != nil {
		return err
	}
	return w.insertRoll.exec(e.Hash[:], e.Raw)
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

func (w *writer) saveMeta(key string, value int64) error {
	if err := w.begin(); err != nil {
		return err
	}
	return w.upsertMeta.exec(key, value)
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

// call keeps what a device calls itself, if that is news.
func (w *writer) call(device int64, name string) error {
	if name == "" || w.called[device] == name {
		return nil
	}
	w.called[device] = name
	return w.updateCalled.exec(name, device)
}
