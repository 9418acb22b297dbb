package peering

import (
	"slices"
	"time"

	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/ring"
)

// moved takes note that other neighbours may have to be chosen.
func (m *Machine) moved() {
	m.choice.note(m.now, m.crowded || m.online >= ring.Everyone)
	m.reconsiderSoon()
}

// chooseNeighbours decides, when it is time, with whom links are kept: with
// everybody among few, with those who stand near on the ring among many, in the
// lobby and in each group.
func (m *Machine) chooseNeighbours() {
	if at, ok := m.choice.due(); !ok || m.now.Before(at) {
		return
	}
	m.choice.made(m.now)
	chosen := make(map[identity.DeviceID]bool)
	defer m.setNeighbours(chosen)
	var everyone, lobby []identity.DeviceID
	for id, p := range m.peers {
		if p.isThere() {
			everyone = append(everyone, id)
			if p.InLobby {
				lobby = append(lobby, id)
			}
		}
	}
	choose := func(members []identity.DeviceID) {
		for _, id := range ring.Neighbours(m.cfg.Self, members) {
			chosen[id] = true
		}
	}
	m.crowded = len(everyone) >= ring.Everyone
	if !m.crowded {
		choose(everyone)
		return
	}
	if m.inLobby {
		choose(lobby)
	}
	for _, members := range m.groups {
		choose(slices.DeleteFunc(slices.Clone(members), func(id identity.DeviceID) bool {
			p := m.peers[id]
			return p == nil || !p.isThere()
		}))
	}
}

func (m *Machine) setNeighbours(chosen map[identity.DeviceID]bool) {
	for id, p := range m.peers {
		switch {
		case !chosen[id]:
			p.neighbour = time.Time{}
		case p.neighbour.IsZero():
			p.neighbour = m.now
		}
	}
}

// isThere says whether a link with a peer may be kept.
func (p *peer) isThere() bool { return p.Online && !p.Blocked }

func (m *Machine) groupChanged(ev GroupChanged) {
	if len(ev.Members) > 0 {
		m.groups[ev.Group] = ev.Members
	} else {
		delete(m.groups, ev.Group)
	}
	m.moved()
}
