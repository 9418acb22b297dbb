package lan

import (
	"context"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/discovery"
	"github.com/parlance-chat/parlance/netcore/feed"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/lan/peering"
	"github.com/parlance-chat/parlance/netcore/wire"
)

const (
	// capabilityLobby stands in the announcements of those who take part in the
	// lobby.
	capabilityLobby = "lobby"
	// expiryInterval is how often the lobby is rid of what is too old.
	expiryInterval = time.Hour
)

func (n *Network) capabilities() []string {
	if n.inLobby {
		return []string{capabilityLobby}
	}
	return nil
}

// SetLobby says whether this device takes part in the lobby from now on.
func (n *Network) SetLobby(ctx context.Context, takesPart bool) error {
	held, err := n.cfg.Store.Held(ctx)
	if err != nil {
		return err
	}
	return n.call(ctx, func() {
		if n.inLobby == takesPart {
			return
		}
		n.inLobby = takesPart
		now := time.Now()
		n.tend(now, peering.LobbyChanged{TakesPart: takesPart})
		if takesPart {
			n.feed.OpenLobby()
			for _, c := range held.Conversations {
				if c.ID == chat.LobbyID {
					n.feed.LoadClock(c.ID, c.Clock)
				}
			}
			n.loadLogs(held, func(id chat.ConversationID) bool { return id == chat.LobbyID })
			// Whoever is linked is told of it as if the link were new.
			for id := range n.sessions {
				n.feed.Step(now, feed.LinkDown{Peer: id})
				n.replicate(n.feed.Step(now, feed.LinkUp{Peer: id}), nil)
			}
		} else {
			n.feed.CloseLobby()
		}
		n.discover(now, discovery.CapabilitiesChanged{Capabilities: n.capabilities()})
		n.introduceSelf()
		n.cfg.Touched(chat.LobbyID)
	})
}

// Lobby returns the peers that are online and take part in the lobby.
func (n *Network) Lobby(ctx context.Context) ([]identity.DeviceID, error) {
	var list []identity.DeviceID
	err := n.call(ctx, func() {
		for _, p := range n.peers {
			if p.online && p.inLobby {
				list = append(list, p.id)
			}
		}
	})
	return list, err
}

// expire rids the lobby of what is too old.
func (n *Network) expire(now time.Time) {
	if now.Before(n.expiry) {
		return
	}
	n.expiry = now.Add(expiryInterval)
	ctx := n.ctx
	n.tasks.Go(func() {
		expired, err := n.cfg.Store.Expire(ctx, chat.LobbyID, wire.HybridAt(now.Add(-chat.LobbyKept)))
		if err != nil {
			if ctx.Err() == nil {
				n.cfg.Log.Warn("old messages of the lobby not removed", "error", err)
			}
			return
		}
		n.inbox.put(func() {
			for _, l := range expired.Logs {
				n.feed.Step(time.Now(), feed.Trimmed{Log: l.ID, Lowest: l.Lowest})
			}
		})
		if expired.Gone > 0 {
			n.cfg.Emit(chat.MessagesGone{Conversation: chat.LobbyID, Before: expired.Before})
			n.cfg.Touched(chat.LobbyID)
		}
	})
}
