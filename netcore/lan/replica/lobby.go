package replica

import (
	"context"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/feed"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/store"
	"github.com/parlance-chat/parlance/netcore/wire"
)

// expiryInterval is how often the lobby is rid of what is too old.
const expiryInterval = time.Hour

// InLobby says whether this device takes part in the lobby.
func (r *Replica) InLobby() bool { return r.inLobby }

// SetLobby says whether this device takes part in the lobby from now on, what the
// store holds of it, and who is linked.
func (r *Replica) SetLobby(now time.Time, takesPart bool, held store.Held, linked []identity.DeviceID) {
	r.inLobby = takesPart
	if !takesPart {
		r.feed.CloseLobby()
		return
	}
	r.feed.OpenLobby()
	for _, c := range held.Conversations {
		if c.ID == chat.LobbyID {
			r.feed.LoadClock(c.ID, c.Clock)
		}
	}
	r.loadLogs(held, func(id chat.ConversationID) bool { return id == chat.LobbyID })
	// Whoever is linked is told of it as if the link were new.
	for _, id := range linked {
		r.feed.Step(now, feed.LinkDown{Peer: id})
		r.replicate(r.feed.Step(now, feed.LinkUp{Peer: id}), nil)
	}
}

// PeerInLobby says whether a peer takes part in the lobby.
func (r *Replica) PeerInLobby(now time.Time, peer identity.DeviceID, takesPart bool) {
	r.replicate(r.feed.Step(now, feed.InLobby{Peer: peer, Is: takesPart}), nil)
}

// expire rids the lobby of what is too old.
func (r *Replica) expire(now time.Time) {
	if now.Before(r.expiry) {
		return
	}
	r.expiry = now.Add(expiryInterval)
	r.loop.Go(func(ctx context.Context) {
		expired, err := r.cfg.Store.Expire(ctx, chat.LobbyID, wire.HybridAt(now.Add(-chat.LobbyKept)))
		if err != nil {
			if ctx.Err() == nil {
				r.cfg.Log.Warn("old messages of the lobby not removed", "error", err)
			}
			return
		}
		r.loop.Put(func() {
			for _, l := range expired.Logs {
				r.feed.Step(time.Now(), feed.Trimmed{Log: l.ID, Lowest: l.Lowest})
			}
		})
		if expired.Gone > 0 {
			r.cfg.Emit(chat.MessagesGone{Conversation: chat.LobbyID, Before: expired.Before})
			r.cfg.Touched(chat.LobbyID)
		}
	})
}
