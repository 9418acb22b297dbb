package lan

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/discovery"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/lan/peering"
)

// capabilityLobby stands in the announcements of those who take part in the lobby.
const capabilityLobby = "lobby"

func capabilities(inLobby bool) []string {
	if inLobby {
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
	return n.loop.Call(ctx, func() {
		if n.replica.InLobby() == takesPart {
			return
		}
		now := time.Now()
		n.tend(now, peering.LobbyChanged{TakesPart: takesPart})
		n.replica.SetLobby(now, takesPart, held, slices.Collect(maps.Keys(n.sessions)))
		n.discover(now, discovery.CapabilitiesChanged{Capabilities: capabilities(takesPart)})
		n.introduceSelf()
		n.cfg.Touched(chat.LobbyID)
	})
}

// Lobby returns the peers that are online and take part in the lobby.
func (n *Network) Lobby(ctx context.Context) ([]identity.DeviceID, error) {
	var list []identity.DeviceID
	err := n.loop.Call(ctx, func() { list = n.lobby() })
	return list, err
}

func (n *Network) lobby() []identity.DeviceID {
	var list []identity.DeviceID
	for _, p := range n.peers {
		if p.online && p.inLobby {
			list = append(list, p.id)
		}
	}
	return list
}
