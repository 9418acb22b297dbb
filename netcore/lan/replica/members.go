package replica

import (
	"context"
	"slices"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/lan/directory"
	"github.com/parlance-chat/parlance/netcore/lan/peering"
	"github.com/parlance-chat/parlance/netcore/store"
)

// showGroup lets others than the loop see a group as it is now.
func (r *Replica) showGroup(id chat.ConversationID) {
	g := r.feed.Group(id)
	view := directory.Group{Member: g.Has(r.self), Ever: g.Ever(r.self), All: make(map[identity.DeviceID]bool)}
	members := g.Members()
	for _, m := range members {
		view.All[m] = true
		view.Members = append(view.Members, directory.Member{ID: m, Since: g.Since(m), Removable: g.MayRemove(r.self, m)})
	}
	for _, m := range g.Former() {
		view.All[m] = true
	}
	slices.SortStableFunc(view.Members, func(a, b directory.Member) int { return a.Since.Compare(b.Since) })
	r.directory.PutGroup(id, view)
	if !view.Member {
		members = nil
	}
	r.network.Tend(time.Now(), peering.GroupChanged{Group: id, Members: members})
}

// keepGroup has the members and the name of a group stored. done, if not nil, is
// called by the store's writer when they are, or cannot be.
func (r *Replica) keepGroup(id chat.ConversationID, done func()) {
	g := r.feed.Group(id)
	r.cfg.Store.Enqueue(store.Write{
		Conversation: &store.Conversation{
			ID: id, Kind: chat.Group, Title: g.Name(), Members: g.Members(), Former: g.Former(),
		},
		Done: func(err error) {
			if done != nil {
				defer done()
			}
			if err != nil {
				r.cfg.Log.Warn("group not stored", "group", g.Name(), "error", err)
				return
			}
			r.cfg.Touched(id)
		},
	})
}

// membersChanged takes note of a group's members and name of now.
func (r *Replica) membersChanged(id chat.ConversationID) {
	before, _ := r.directory.Group(id)
	r.showGroup(id)
	r.keepGroup(id, nil)
	now, _ := r.directory.Group(id)
	if !now.Member {
		return
	}
	for _, m := range now.Members {
		if _, known := r.network.Trust(m.ID); known {
			r.network.Keep(m.ID) // so that its name lasts
		}
	}
	if before.Ever && len(before.All) < len(now.All) {
		r.uncover(id, before)
	}
}

// uncover has shown what was hidden because its authors were not known to be
// members.
func (r *Replica) uncover(id chat.ConversationID, before directory.Group) {
	r.loop.Go(func(ctx context.Context) {
		page, err := r.cfg.Store.History(ctx, id, store.Page{Limit: uncovered})
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
			r.cfg.Changed(id, ids)
		}
	})
}

// uncovered is how many of the latest messages are shown again when somebody
// turns out to be a member: what a screen holds, and more.
const uncovered = 500
