package lan

import (
	"context"
	"slices"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/lan/delivery"
	"github.com/parlance-chat/parlance/netcore/lan/directory"
	"github.com/parlance-chat/parlance/netcore/lan/peering"
	"github.com/parlance-chat/parlance/netcore/store"
)

// load brings conversations, logs and receipts from the store to the feed.
func (n *Network) load(ctx context.Context) error {
	if err := n.loadPeers(ctx); err != nil {
		return err
	}
	if err := n.cfg.Store.AddConversation(ctx, store.Conversation{ID: chat.LobbyID, Kind: chat.Lobby}); err != nil {
		return err
	}
	called, err := n.cfg.Store.Called(ctx)
	if err != nil {
		return err
	}
	for id, name := range called {
		n.directory.Call(id, name)
	}
	held, err := n.cfg.Store.Held(ctx)
	if err != nil {
		return err
	}
	for _, c := range held.Conversations {
		switch {
		case c.Kind == chat.Direct && c.ID == chat.DirectID(n.self, c.Peer):
			n.feed.OpenDirect(c.Peer)
			n.direct[c.ID] = c.Peer
		case c.Kind == chat.Group:
			n.feed.OpenGroup(c.ID)
		case c.Kind == chat.Lobby && n.inLobby:
			n.feed.OpenLobby()
		}
		n.feed.LoadClock(c.ID, c.Clock)
	}
	for _, e := range held.Membership {
		n.feed.LoadMembership(e)
	}
	n.feed.LoadRoll(held.Roll)
	for _, e := range held.Roll {
		n.feed.LoadClock(e.Log.Conversation, e.Time)
	}
	n.loadLogs(held, func(chat.ConversationID) bool { return true })
	for _, c := range held.Conversations {
		if g := n.feed.Group(c.ID); g != nil {
			n.showGroup(c.ID)
			if !sameDevices(c.Members, g.Members()) {
				n.keepGroup(c.ID) // the program ended between the two
			}
		}
	}
	return nil
}

// loadLogs brings the logs of some conversations, and what is known of them.
func (n *Network) loadLogs(held store.Held, of func(chat.ConversationID) bool) {
	for _, l := range held.Logs {
		if of(l.ID.Conversation) {
			n.feed.LoadLog(l.ID, l.Range, l.Hash, l.Read)
			n.feed.LoadWalls(l.ID, l.Recent)
		}
	}
	for _, t := range held.Told {
		if of(t.Log.Conversation) {
			n.feed.LoadReceipt(t.Log, t.Peer, t.Highest, t.Read)
			n.deliveries.Load(delivery.To{Log: t.Log, Peer: t.Peer}, t.Highest, t.Read)
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

// showGroup lets others than the loop see a group as it is now.
func (n *Network) showGroup(id chat.ConversationID) {
	g := n.feed.Group(id)
	view := directory.Group{Member: g.Has(n.self), Ever: g.Ever(n.self), All: make(map[identity.DeviceID]bool)}
	members := g.Members()
	for _, m := range members {
		view.All[m] = true
		view.Members = append(view.Members, directory.Member{ID: m, Since: g.Since(m), Removable: g.MayRemove(n.self, m)})
	}
	for _, m := range g.Former() {
		view.All[m] = true
	}
	slices.SortStableFunc(view.Members, func(a, b directory.Member) int { return a.Since.Compare(b.Since) })
	n.directory.PutGroup(id, view)
	if !view.Member {
		members = nil
	}
	n.tend(time.Now(), peering.GroupChanged{Group: id, Members: members})
}

// keepGroup has the members and the name of a group stored.
func (n *Network) keepGroup(id chat.ConversationID) {
	g := n.feed.Group(id)
	n.cfg.Store.Enqueue(store.Write{
		Conversation: &store.Conversation{
			ID: id, Kind: chat.Group, Title: g.Name(), Members: g.Members(), Former: g.Former(),
		},
		Done: func(err error) {
			if err != nil {
				n.cfg.Log.Warn("group not stored", "group", g.Name(), "error", err)
				return
			}
			n.cfg.Touched(id)
		},
	})
}

// membersChanged takes note of a group's members and name of now.
func (n *Network) membersChanged(id chat.ConversationID) {
	before, _ := n.directory.Group(id)
	n.showGroup(id)
	n.keepGroup(id)
	now, _ := n.directory.Group(id)
	if !now.Member {
		return
	}
	for _, m := range now.Members {
		if p := n.peers[m.ID]; p != nil && !p.kept {
			n.keep(p) // so that its name lasts
		}
	}
	if before.Ever && len(before.All) < len(now.All) {
		n.uncover(id, before)
	}
}

// uncover has shown what was hidden because its authors were not known to be
// members.
func (n *Network) uncover(id chat.ConversationID, before directory.Group) {
	held, ended := n.cfg.Store, n.ctx
	n.tasks.Go(func() {
		page, err := held.History(ended, id, store.Page{Limit: uncovered})
		if err != nil {
			return // the network ends, or the next look at the history shows it
		}
		var ids []chat.MessageID
		for _, m := range page {
			if !before.Had(m.From.Device) {
				ids = append(ids, m.ID)
			}
		}
		if len(ids) > 0 {
			n.cfg.Changed(id, ids)
		}
	})
}

// uncovered is how many of the latest messages are shown again when somebody
// turns out to be a member: what a screen holds, and more.
const uncovered = 500
