package store

import (
	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/wire"
)

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
		id, err := w.insertConversation.insert(c.ID[:], string(c.Kind), title, peer, address, truth(c.Request))
		if err != nil {
			return err
		}
		t = &tally{id: id, kind: c.Kind}
		w.conversations[c.ID] = t
	}
	if t.kind == chat.Group && len(c.Members) > 0 {
		if err := w.dismissMembers.exec(t.id); err != nil {
			return err
		}
	}
	if err := w.saveMembers(w.insertMember, t, c.Members); err != nil {
		return err
	}
	return w.saveMembers(w.insertFormer, t, c.Former)
}

func (w *writer) saveMembers(insert *statement, t *tally, members []identity.DeviceID) error {
	for _, m := range members {
		device, err := w.device(m)
		if err != nil {
			return err
		}
		if err := insert.exec(t.id, device); err != nil {
			return err
		}
	}
	return nil
}

// changeConversation has a statement change one column of a conversation.
func (w *writer) changeConversation(change *statement, id chat.ConversationID, value bool) error {
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
	return change.exec(truth(value), t.id)
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
	t.unread, t.mentioned, t.seen = 0, 0, w.next-1
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

// tally returns a conversation's tally, nil if there is no such conversation.
func (w *writer) tally(id chat.ConversationID) (*tally, error) {
	if t, ok := w.conversations[id]; ok {
		return t, nil
	}
	t := &tally{}
	var kind string
	var clock int64
	var at []byte
	found, err := w.findTally.row([]any{&t.id, &kind, &clock, &t.count, &t.unread, &t.mentioned, &t.seen, &t.last, &at}, id[:])
	if !found || err != nil {
		return nil, err
	}
	t.kind = chat.Kind(kind)
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

// findLast looks for the message at the highest position.
func (w *writer) findLast(t *tally) error {
	var at []byte
	t.last, t.lastAt = 0, chat.Position{}
	_, err := w.findLastMessage.row([]any{&t.last, &at}, t.id)
	copy(t.lastAt[:], at)
	w.touchTally(t)
	return err
}
