package lan

import (
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/lan/outbox"
	"github.com/parlance-chat/parlance/netcore/lan/peering"
)

// surroundings is what the replica sees of a Network.
type surroundings struct{ n *Network }

func (s surroundings) Trust(id identity.DeviceID) (trust chat.Trust, known bool) {
	if p := s.n.peers[id]; p != nil {
		return p.trust, true
	}
	return chat.New, false
}

func (s surroundings) Accept(id identity.DeviceID) { s.n.setTrust(s.n.peerOf(id), chat.Accepted) }

func (s surroundings) Keep(id identity.DeviceID) {
	if p := s.n.peerOf(id); !p.kept {
		s.n.keep(p)
	}
}

func (s surroundings) InLobby() []identity.DeviceID { return s.n.lobby() }

func (s surroundings) Outbox(id identity.DeviceID) *outbox.Outbox {
	if session := s.n.sessions[id]; session != nil {
		return session.out
	}
	return nil
}

func (s surroundings) Tend(now time.Time, ev peering.Event) { s.n.tend(now, ev) }
