package replica

import (
	"context"
	"slices"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/lan/delivery"
	"github.com/parlance-chat/parlance/netcore/store"
)

// Load brings conversations, logs and receipts from the store.
func (r *Replica) Load(ctx context.Context) error {
	if err := r.cfg.Store.AddConversation(ctx, store.Conversation{ID: chat.LobbyID, Kind: chat.Lobby}); err != nil {
		return err
	}
	called, err := r.cfg.Store.Called(ctx)
	if err != nil {
		return err
	}
	for id, name := range called {
		r.directory.Call(id, name)
	}
	held, err := r.cfg.Store.Held(ctx)
	if err != nil {
		return err
	}
	for _, c := range held.Conversations {
		switch {
		case c.Kind == chat.Direct && c.ID == chat.DirectID(r.self, c.Peer):
			r.feed.OpenDirect(c.Peer)
			r.direct[c.ID] = c.Peer
		case c.Kind == chat.Group:
			r.feed.OpenGroup(c.ID)
			if c.Request {
				r.requests[c.ID] = true
			}
		case c.Kind == chat.Lobby && r.inLobby:
			r.feed.OpenLobby()
		}
		r.feed.LoadClock(c.ID, c.Clock)
	}
	for _, e := range held.Membership {
		r.feed.LoadMembership(e)
	}
	r.feed.LoadRoll(held.Roll)
	for _, e := range held.Roll {
		r.feed.LoadClock(e.Log.Conversation, e.Time)
	}
	r.loadLogs(held, func(chat.ConversationID) bool { return true })
	for _, c := range held.Conversations {
		if g := r.feed.Group(c.ID); g != nil {
			r.showGroup(c.ID)
			if !sameDevices(c.Members, g.Members()) {
				r.keepGroup(c.ID, nil) // the program ended between the two
			}
		}
	}
	return nil
}

// loadLogs brings the logs of some conversations, and what is known of them.
func (r *Replica) loadLogs(held store.Held, of func(chat.ConversationID) bool) {
	for _, l := range held.Logs {
		if of(l.ID.Conversation) {
			r.feed.LoadLog(l.ID, l.Range, l.Hash, l.Read)
			r.feed.LoadWalls(l.ID, l.Recent)
		}
	}
	for _, t := range held.Told {
		if of(t.Log.Conversation) {
			r.feed.LoadReceipt(t.Log, t.Peer, t.Highest, t.Read)
			r.deliveries.Load(delivery.To{Log: t.Log, Peer: t.Peer}, t.Highest, t.Read)
		}
	}
}

func sameDevices(a, b []identity.DeviceID) bool {
	by := func(x, y identity.DeviceID) int { return slices.Compare(x[:], y[:]) }
	a, b = slices.Clone(a), slices.Clone(b)
	slices.SortFunc(a, by)
	slices.SortFunc(b, by)
	return slices.Equal(a, b)
}
