package netcore

import (
	"context"
	"slices"
	"sync"

	"github.com/parlance-chat/parlance/netcore/chat"
)

// refresher reads afresh what networks say has changed in the store, and tells
// everybody. What changes often in the meantime is read once.
type refresher struct {
	wake chan struct{} // holds one token when there is something

	mu            sync.Mutex
	messages      map[chat.ConversationID]map[chat.MessageID]bool
	conversations map[chat.ConversationID]bool
}

func newRefresher() *refresher {
	return &refresher{
		wake:          make(chan struct{}, 1),
		messages:      make(map[chat.ConversationID]map[chat.MessageID]bool),
		conversations: make(map[chat.ConversationID]bool),
	}
}

// changed says that messages are other than they were shown.
func (r *refresher) changed(id chat.ConversationID, messages []chat.MessageID) {
	r.mu.Lock()
	if r.messages[id] == nil {
		r.messages[id] = make(map[chat.MessageID]bool)
	}
	for _, m := range messages {
		r.messages[id][m] = true
	}
	r.mu.Unlock()
	r.rouse()
}

// touched says that a conversation's line is other than it was.
func (r *refresher) touched(id chat.ConversationID) {
	r.mu.Lock()
	r.conversations[id] = true
	r.mu.Unlock()
	r.rouse()
}

func (r *refresher) rouse() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

func (r *refresher) take() (map[chat.ConversationID]map[chat.MessageID]bool, map[chat.ConversationID]bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	messages, conversations := r.messages, r.conversations
	r.messages = make(map[chat.ConversationID]map[chat.MessageID]bool)
	r.conversations = make(map[chat.ConversationID]bool)
	return messages, conversations
}

// refresh reads and tells until ctx ends.
func (n *Node) refresh(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-n.refresher.wake:
		}
		messages, conversations := n.refresher.take()
		for id, set := range messages {
			ids := make([]chat.MessageID, 0, len(set))
			for m := range set {
				ids = append(ids, m)
			}
			if err := n.tellChanged(ctx, id, ids); err != nil {
				n.failedToRefresh(ctx, err)
			}
			conversations[id] = true // its last message may be one of them
		}
		for id := range conversations {
			c, err := n.Conversation(ctx, id)
			if err != nil {
				n.failedToRefresh(ctx, err)
			} else if n.isShown(c) {
				n.hub.emit(chat.ConversationChanged{Conversation: c})
			}
		}
	}
}

// tellChanged tells what messages are now. How far one has come may have changed, and
// been told, between the look at it and the word about it: such are told again.
func (n *Node) tellChanged(ctx context.Context, id chat.ConversationID, ids []chat.MessageID) error {
	list, err := n.messages(ctx, id, ids)
	if err != nil || len(list) == 0 {
		return err
	}
	n.hub.emit(chat.MessagesChanged{Messages: list})
	now, err := n.messages(ctx, id, own(list))
	if err != nil {
		return err
	}
	var moved []chat.MessageID
	for _, m := range now {
		if i := slices.IndexFunc(list, func(l chat.Message) bool { return l.ID == m.ID }); i >= 0 && (list[i].State != m.State || list[i].Tally != m.Tally) {
			moved = append(moved, m.ID)
		}
	}
	if len(moved) > 0 {
		n.refresher.changed(id, moved)
	}
	return nil
}

func own(list []chat.Message) (ids []chat.MessageID) {
	for _, m := range list {
		if m.Own {
			ids = append(ids, m.ID)
		}
	}
	return ids
}

func (n *Node) failedToRefresh(ctx context.Context, err error) {
	if ctx.Err() == nil {
		n.cfg.Log.Warn("a change is not shown until the next start", "error", err)
	}
}
