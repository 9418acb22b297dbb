package discovery

import (
	"net/netip"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
)

// doubtCrowd is up to how many devices are asked one by one after a change of
// network; more would answer more than a burst can carry.
const doubtCrowd = 64

// admit makes room for a peer and returns it, or nil if there is none. Offline
// strangers make way for anybody; for a peer that must be held, others do too.
func (m *Machine) admit(id identity.DeviceID, must bool) *peer {
	if len(m.peers) >= m.maxPeers {
		victim := m.oldestStranger()
		if victim == nil && must {
			victim = m.leastNeeded()
		}
		if victim == nil {
			m.drop(Full)
			return nil
		}
		m.forget(victim)
	}
	p := &peer{id: id, name: id.Short()}
	p.check.ring = func(now time.Time) { m.checkSilence(now, p) }
	p.answer.ring = func(time.Time) { m.answerNow(p) }
	m.peers[id] = p
	return p
}

func (m *Machine) oldestStranger() *peer {
	if e := m.strangers.Front(); e != nil {
		return e.Value.(*peer)
	}
	return nil
}

// leastNeeded returns the peer without a link that was seen the longest ago,
// strangers first.
func (m *Machine) leastNeeded() *peer {
	var least *peer
	for _, p := range m.peers {
		switch {
		case p.linked:
		case least == nil, least.isKnown && !p.isKnown,
			least.isKnown == p.isKnown && p.seen.Before(least.seen):
			least = p // of those seen at one moment, any
		}
	}
	return least
}

func (m *Machine) forget(p *peer) {
	m.alarms.clear(&p.check)
	m.alarms.clear(&p.answer)
	m.hold(p, nil)
	p.linked, p.isAlive = false, false
	m.settle(p)
	if p.stranger != nil {
		m.strangers.Remove(p.stranger)
	}
	delete(m.peers, p.id)
	m.do(PeerForgotten{p.id})
}

// touch has a PeerChanged follow.
func (m *Machine) touch(p *peer) {
	if !p.changed {
		p.changed = true
		m.changed = append(m.changed, p)
	}
}

// settle brings what follows from a peer's state up to date: whether it is
// online, the counts, and the list of strangers that may be forgotten. Online is
// who did not say goodbye and has a link or is not silent.
func (m *Machine) settle(p *peer) {
	online := !p.isGone && (p.linked || p.isAlive)
	if online != p.online {
		p.online = online
		m.online += change(online)
		m.touch(p)
	}
	if inCrowd := online && !p.heardAt.IsZero(); inCrowd != p.inCrowd {
		p.inCrowd = inCrowd
		m.crowd += change(inCrowd)
	}
	switch stranger := !online && !p.isKnown; {
	case stranger && p.stranger == nil:
		p.stranger = m.strangers.PushBack(p)
	case !stranger && p.stranger != nil:
		m.strangers.Remove(p.stranger)
		p.stranger = nil
	}
	if !online || p.linked {
		m.alarms.clear(&p.check)
	}
}

func change(plus bool) int {
	if plus {
		return 1
	}
	return -1
}

// trustFor lets p be silent for so long from now on. Shortly before the end it
// is asked.
func (m *Machine) trustFor(p *peer, now time.Time, silence time.Duration) {
	p.isDoubted = false
	p.until = now.Add(silence)
	p.askFrom, p.asked = p.until.Add(-doubtTime), 0
	m.scheduleCheck(p)
}

// doubt asks p from a time on, and takes it to be gone if it is silent until
// another.
func (m *Machine) doubt(p *peer, from, until time.Time) {
	if p.until.Before(until) {
		return // in doubt already
	}
	p.isDoubted = true
	p.until = until
	p.askFrom, p.asked = from, 0
	m.scheduleCheck(p)
}

func (m *Machine) scheduleCheck(p *peer) {
	if !p.isAlive || p.linked {
		m.alarms.clear(&p.check)
		return
	}
	at := p.until
	if p.asked < len(askAt) {
		if ask := p.askFrom.Add(askAt[p.asked]); ask.Before(at) {
			at = ask
		}
	}
	m.alarms.set(&p.check, at)
}

// checkSilence asks a peer that is silent, or takes it to be gone.
func (m *Machine) checkSilence(now time.Time, p *peer) {
	// A crowd that grew since announces itself less often.
	if later := p.seen.Add(silenceOf(m.crowd + 1)); !p.isDoubted && later.After(p.until) {
		m.trustFor(p, p.seen, silenceOf(m.crowd+1))
		return
	}
	if !now.Before(p.until) {
		p.isAlive = false
		m.settle(p)
		return
	}
	before := p.asked
	for p.asked < len(askAt) && !p.askFrom.Add(askAt[p.asked]).After(now) {
		p.asked++
	}
	if p.asked > before {
		m.ask(m.sign(true, false), m.reach(p))
	}
	m.scheduleCheck(p)
}

func (m *Machine) linkUp(now time.Time, ev LinkUp) {
	if ev.Peer == m.id || ev.Peer.IsZero() {
		return
	}
	p := m.peers[ev.Peer]
	if p == nil {
		if p = m.admit(ev.Peer, true); p == nil {
			return
		}
	}
	if !p.linked {
		p.linked = true
		m.touch(p)
	}
	// Who said goodbye stays gone: a link may come up while its other end is
	// leaving, and who is back says so on each link before all else, in a newer
	// announcement.
	p.isAlive = true
	p.seen = now
	remote := netip.AddrPortFrom(ev.Remote.Addr().Unmap(), ev.Remote.Port())
	if isUsable(remote) && p.proven(now, remote) {
		m.touch(p)
	}
	m.settle(p)
}

func (m *Machine) linkDown(now time.Time, ev LinkDown) {
	p := m.peers[ev.Peer]
	if p == nil || !p.linked {
		return
	}
	p.linked = false
	m.touch(p)
	if !p.isGone {
		p.seen = now
		m.trustFor(p, now, silenceOf(m.crowd+1))
		switch quiet := now.Sub(p.heardAt); {
		case ev.Idle:
		case p.heardAt.IsZero():
			// It may be gone. Perhaps questions do not reach it where links do: another
			// link has the time to come up.
			m.doubt(p, now, now.Add(2*doubtTime))
		case ev.Left || quiet > copyWindow:
			m.doubt(p, now, now.Add(doubtTime)) // it was near and may be gone
		}
	}
	m.settle(p)
}

func (m *Machine) known(ev Known) {
	if ev.Peer == m.id || ev.Peer.IsZero() {
		return
	}
	p := m.peers[ev.Peer]
	if p == nil {
		if p = m.admit(ev.Peer, true); p == nil {
			return
		}
		p.instance, p.sequence, p.seen = ev.Instance, ev.Sequence, ev.LastSeen
		if name := chat.CleanName(ev.Name); name != "" {
			p.name = name
		}
	}
	p.isKnown = true
	for _, a := range ev.Addresses {
		if a = netip.AddrPortFrom(a.Addr().Unmap(), a.Port()); isUsable(a) {
			p.hint(time.Time{}, a)
		}
	}
	m.settle(p)
	m.touch(p)
}
