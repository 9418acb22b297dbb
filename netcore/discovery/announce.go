package discovery

import (
	"bytes"
	"net/netip"
	"slices"
	"time"

	"github.com/parlance-chat/parlance/netcore/wire"
)

const (
	goodbyes = 3 // in a row: a goodbye is not repeated later

	// How many peers are told by unicast beside an announcement to everyone: those
	// online that hear no broadcast, and those offline in case they moved to
	// another subnet. The rest have their turn the next time.
	tellFar            = 64
	tellOffline        = 8
	tellOfflineInBurst = 32
	addressesPerPeer   = 2
)

// occasion is why an announcement is made.
type occasion int

const (
	inTurn occasion = iota
	onChange
	inBurst
	onLeave
)

// sign returns a fresh announcement of this device.
func (m *Machine) sign(asks, goodbye bool) []byte {
	m.sequence++
	a := wire.Announcement{
		Device:       m.id,
		Instance:     m.cfg.Instance,
		Sequence:     m.sequence,
		Name:         m.name,
		Status:       m.status,
		LinkPort:     m.cfg.LinkPort,
		Capabilities: m.cfg.Capabilities,
		Asks:         asks,
		Goodbye:      goodbye,
	}
	datagram, err := wire.AppendAnnouncement(nil, m.cfg.Key, a)
	if asks && err == nil {
		// The padding has a key of one byte and a head of up to three.
		a.Padding = max(0, questionSize-len(datagram)-4)
		datagram, err = wire.AppendAnnouncement(nil, m.cfg.Key, a)
	}
	if err != nil {
		panic(err) // New made sure that it fits
	}
	return datagram
}

// startBurst plans questions to everyone in short order.
func (m *Machine) startBurst(now time.Time) {
	m.planned = m.planned[:0]
	for i, after := range burstAt {
		if i > 0 {
			after += upTo(m.random, burstJitter)
		}
		m.planned = append(m.planned, plan{now.Add(after), true})
	}
	m.scheduleAnnounce()
}

// announceChange plans to tell everyone of a change, at once and once more.
func (m *Machine) announceChange(now time.Time) {
	m.planned = slices.DeleteFunc(m.planned, func(p plan) bool { return !p.asks })
	at := now
	if earliest := m.cast.Add(changeGap); at.Before(earliest) {
		at = earliest
	}
	m.planned = append(m.planned, plan{at, false}, plan{at.Add(changeAgain), false})
	slices.SortStableFunc(m.planned, func(a, b plan) int { return a.at.Compare(b.at) })
	m.scheduleAnnounce()
}

func (m *Machine) scheduleAnnounce() {
	at := m.regular
	if len(m.planned) > 0 && (at.IsZero() || m.planned[0].at.Before(at)) {
		at = m.planned[0].at
	}
	m.alarms.set(&m.announce, at)
}

// announceNow makes the announcement that is due, one for all that are.
func (m *Machine) announceNow(now time.Time) {
	why := inTurn
	for len(m.planned) > 0 && !m.planned[0].at.After(now) {
		if m.planned[0].asks {
			why = inBurst
		} else if why == inTurn {
			why = onChange
		}
		m.planned = slices.Delete(m.planned, 0, 1)
	}
	datagram := m.sign(why == inBurst, false)
	m.broadcast(datagram)
	m.cast = now
	if audience := m.audience(now, why); len(audience) > 0 {
		if why != inBurst {
			datagram = m.sign(true, false)
		}
		m.ask(datagram, audience)
	}
	m.regular = now.Add(spread(m.random, intervalOf(m.crowd+1)))
	m.scheduleAnnounce()
}

func (m *Machine) broadcast(datagram []byte) {
	copy(m.recent[1:], m.recent[:])
	m.recent[0] = datagram
	m.stats.Announced++
	m.do(Announce{datagram})
}

func (m *Machine) isRecent(datagram []byte) bool {
	return slices.ContainsFunc(m.recent[:], func(own []byte) bool {
		return own != nil && bytes.Equal(own, datagram)
	})
}

// ask sends a question to some addresses, one by one. An answer tells that the
// way is open, which an announcement alone does not.
func (m *Machine) ask(question []byte, addresses []netip.AddrPort) {
	for _, to := range addresses {
		m.stats.Asked++
		m.do(Tell{Datagram: question, To: to, Both: to.Port() == m.cfg.DiscoveryPort})
	}
}

// askAt asks at addresses that somebody wants to know about.
func (m *Machine) askAt(addresses []netip.AddrPort) {
	var list []netip.AddrPort
	for _, a := range addresses {
		port := a.Port()
		if port == 0 {
			port = m.cfg.DiscoveryPort
		}
		if a = netip.AddrPortFrom(a.Addr().Unmap(), port); isUsable(a) && !slices.Contains(list, a) {
			list = append(list, a)
		}
	}
	if len(list) > 0 {
		m.ask(m.sign(true, false), list)
	}
}

// audience returns the addresses to tell beside everyone near: those that were
// configured, and those of peers that broadcast does not reach.
func (m *Machine) audience(now time.Time, why occasion) []netip.AddrPort {
	list := slices.Clone(m.configured)
	add := func(addresses []netip.AddrPort) {
		for _, a := range addresses {
			if !slices.Contains(list, a) {
				list = append(list, a)
			}
		}
	}
	var far, offline []*peer
	since := now.Add(-silenceOf(m.crowd + 1))
	for _, p := range m.peers {
		switch {
		case p.online && p.castAt.Before(since) && why != inTurn: // in turn, it is asked before it is doubted
			far = append(far, p)
		case !p.online && p.isKnown && why != onLeave:
			offline = append(offline, p)
		}
	}
	for _, p := range m.inTurnOf(far, tellFar) {
		add(m.reach(p))
	}
	limit := tellOffline
	if why == inBurst {
		limit = tellOfflineInBurst
	}
	for _, p := range m.inTurnOf(offline, limit) {
		add(m.reach(p))
	}
	return list
}

// inTurnOf returns up to limit of list, those next whose turn was the longest
// ago, going round by ID.
func (m *Machine) inTurnOf(list []*peer, limit int) []*peer {
	if len(list) <= limit {
		slices.SortFunc(list, byID)
		return list
	}
	slices.SortFunc(list, func(a, b *peer) int {
		if early, other := m.turn.Less(a.id), m.turn.Less(b.id); early != other {
			if early {
				return -1
			}
			return 1
		}
		return byID(a, b)
	})
	list = list[:limit]
	m.turn = list[limit-1].id
	return list
}

// reach returns where one peer's discovery may be spoken to: the socket it last
// sent from, or else the discovery port of where it once was.
func (m *Machine) reach(p *peer) []netip.AddrPort {
	if p.online && p.contact.IsValid() {
		return []netip.AddrPort{p.contact}
	}
	var list []netip.AddrPort
	for _, place := range p.places {
		a := place.address.Addr()
		if a.Is6() && a.IsLinkLocalUnicast() && a.Zone() == "" {
			continue // nobody knows on which card
		}
		to := netip.AddrPortFrom(a, m.cfg.DiscoveryPort)
		if !slices.Contains(list, to) && len(list) < addressesPerPeer {
			list = append(list, to)
		}
	}
	return list
}

func (m *Machine) networkChanged(now time.Time) {
	if m.bursts.take(now, 1/burstEvery.Seconds(), minBursts) {
		m.startBurst(now)
	} else {
		m.planned = []plan{{now.Add(changeGap), true}, {now.Add(changeAgain), true}}
		m.scheduleAnnounce()
	}
	if m.crowd > doubtCrowd {
		return // their answers would come too late and too many
	}
	var unsure []*peer
	for _, p := range m.peers {
		if p.online && !p.linked {
			unsure = append(unsure, p)
		}
	}
	slices.SortFunc(unsure, byID)
	for _, p := range unsure {
		m.doubt(p, now.Add(doubtTime), now.Add(2*doubtTime))
	}
}

func (m *Machine) addAddress(now time.Time, ev AddAddress) {
	a := ev.Address
	if a.Port() == 0 {
		a = netip.AddrPortFrom(a.Addr(), m.cfg.DiscoveryPort)
	}
	a = netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
	switch {
	case !isUsable(a) || slices.Contains(m.configured, a):
		return
	case len(m.configured) == maxConfigured:
		m.drop(Full)
		return
	}
	m.configured = append(m.configured, a)
	if len(m.planned) == 0 {
		m.startBurst(now)
	}
}

func (m *Machine) leave(now time.Time) {
	m.left = true
	datagram := m.sign(false, true)
	audience := m.audience(now, onLeave)
	for range goodbyes {
		m.broadcast(datagram)
		for _, to := range audience {
			m.do(Tell{Datagram: datagram, To: to})
		}
	}
}

// question plans the answer to p, who asked. The more devices there are, the
// longer it may take, for all of them answer.
func (m *Machine) question(now time.Time, p *peer, ev Heard) {
	if !isUsable(ev.From) {
		return
	}
	p.answerTo, p.answerSize, p.askedAlone = ev.From, len(ev.Datagram), ev.Way == Unicast
	switch {
	case p.askedAlone:
		p.askedAt = now
		m.alarms.set(&p.answer, now)
	case !p.answer.isSet():
		p.askedAt = now
		m.alarms.set(&p.answer, now.Add(upTo(m.random, time.Duration(m.crowd)*answerPerDevice)))
	}
}

// answerNow answers p, unless an announcement to everyone just did.
func (m *Machine) answerNow(p *peer) {
	if !p.askedAlone && m.cast.After(p.askedAt) {
		return
	}
	datagram := m.sign(false, false)
	if len(datagram) > p.answerSize {
		m.stats.Withheld++
		return
	}
	m.stats.Answered++
	m.do(Tell{Datagram: datagram, To: p.answerTo, Both: p.askedAlone && 2*len(datagram) <= p.answerSize})
}

// isUsable says whether a datagram can be sent to a by unicast.
func isUsable(a netip.AddrPort) bool {
	ip := a.Addr()
	return a.Port() != 0 && ip.IsValid() && !ip.IsUnspecified() && !ip.IsMulticast()
}

// isUniversal says whether a means the same on another machine.
func isUniversal(a netip.AddrPort) bool {
	ip := a.Addr()
	return isUsable(a) && !ip.IsLoopback() && !ip.IsLinkLocalUnicast()
}
