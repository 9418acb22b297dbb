package discovery

import (
	"bytes"
	"errors"
	"hash/maphash"
	"net/netip"
	"time"

	"github.com/parlance-chat/parlance/netcore/wire"
)

// hear takes a datagram. The cheap questions come first: a flood of copies, of
// rubbish or of replays costs no signature.
func (m *Machine) hear(now time.Time, ev Heard) {
	m.stats.Heard++
	ev.From = netip.AddrPortFrom(ev.From.Addr().Unmap(), ev.From.Port())
	if m.isRecent(ev.Datagram) {
		m.heardBack(now, ev)
		return
	}
	if p := m.holderOf(ev.Datagram); p != nil {
		m.hearCopy(now, p, ev)
		return
	}
	if !m.sources.allow(now, ev.From.Addr()) {
		m.drop(Rate)
		return
	}
	a, ok := m.peek(now, ev.Datagram, ev.From.Addr())
	if !ok {
		return
	}
	if a.Device == m.id {
		m.hearOwnKey(now, a, ev.Datagram, []netip.AddrPort{ev.From})
		return
	}
	p := m.peers[a.Device]
	if p != nil && !p.isNews(a) {
		m.drop(Replay)
		return
	}
	// Who is doubted is asked, and what answers has to prove it.
	if p != nil && !p.isDoubted && now.Sub(p.newsAt) <= repeatWindow && !p.heardAt.IsZero() && p.repeats(a) {
		m.hearRepeat(now, p, a, ev)
		return
	}
	if !m.verified(ev.Datagram, m.verify.take(now, verifyRate, verifyBurst)) {
		return
	}
	if p == nil {
		if p = m.admit(a.Device, false); p == nil {
			return
		}
	}
	m.stats.Accepted++
	previous := p.heardAt
	m.noteClock(now, p, a)
	m.news(now, p, a, ev.Datagram)
	if p.isGone {
		return
	}
	p.contact = netip.AddrPort{}
	if isUsable(ev.From) {
		p.contact = ev.From
	}
	p.heardAt = now
	p.forgetWays(now.Add(-silenceOf(m.crowd + 1)))
	m.noteWay(now, p, ev)
	if place := m.placeOf(p, ev.From); place.IsValid() && p.found(now, previous, place) {
		m.touch(p)
	}
	m.settle(p)
	if a.Asks {
		m.question(now, p, ev)
	}
}

// hearCopy takes a copy of the announcement that is held of p: it came by
// another way, perhaps from another address, or somebody kept it.
func (m *Machine) hearCopy(now time.Time, p *peer, ev Heard) {
	if now.Sub(p.newsAt) > copyWindow {
		m.drop(Replay)
		return
	}
	m.stats.Copies++
	m.hearAgain(now, p, ev)
}

// hearRepeat takes an announcement that says of p what was just accepted, as in a
// burst or an answer. That much may anybody say: it changes nothing, and to verify
// it would be most of the work when a crowd starts at once.
func (m *Machine) hearRepeat(now time.Time, p *peer, a wire.Announcement, ev Heard) {
	m.stats.Repeats++
	m.remember(p, &p.repeat, ev.Datagram)
	m.hearAgain(now, p, ev)
	// The answer goes where the question came from: only p says where that is.
	if a.Asks && (ev.From == p.contact || m.verified(ev.Datagram, m.verify.take(now, verifyRate, verifyBurst))) {
		m.question(now, p, ev)
	}
}

// hearAgain notes by which way and from where what is known of p came.
func (m *Machine) hearAgain(now time.Time, p *peer, ev Heard) {
	if p.isGone {
		return
	}
	m.noteWay(now, p, ev)
	if place := m.placeOf(p, ev.From); place.IsValid() && p.hint(now, place) {
		m.touch(p)
	}
}

// introduced takes an announcement that a linked peer passed on.
func (m *Machine) introduced(now time.Time, ev Introduced) {
	m.stats.Introduced++
	p := m.holderOf(ev.Datagram)
	if p == nil {
		if p = m.introducedNews(now, ev); p == nil {
			return
		}
	}
	if p.isGone {
		return
	}
	for _, a := range ev.Addresses {
		a = netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
		if isUniversal(a) && p.hint(time.Time{}, a) {
			m.touch(p)
		}
	}
}

// introducedNews returns the peer whose news were introduced, nil if they are
// none.
func (m *Machine) introducedNews(now time.Time, ev Introduced) *peer {
	a, ok := m.peek(now, ev.Datagram, netip.Addr{})
	if !ok {
		return nil
	}
	if a.Device == m.id {
		m.hearOwnKey(now, a, ev.Datagram, ev.Addresses)
		return nil
	}
	p := m.peers[a.Device]
	begins := ev.By == a.Device && p != nil && a.Instance != p.instance
	if p != nil && !p.isNews(a) && !begins {
		return nil // old news of a common neighbour: nothing wrong with them
	}
	if !m.verified(ev.Datagram, m.introduce.take(now, introduceRate, introduceBurst)) {
		return nil
	}
	if p == nil {
		if p = m.admit(a.Device, false); p == nil {
			return nil
		}
	}
	m.stats.Accepted++
	m.news(now, p, a, ev.Datagram)
	m.settle(p)
	return p
}

// peek reads a datagram without verifying it; from is not valid if it was passed
// on.
func (m *Machine) peek(now time.Time, datagram []byte, from netip.Addr) (wire.Announcement, bool) {
	a, err := wire.PeekAnnouncement(datagram)
	switch {
	case errors.Is(err, wire.ErrVersion):
		m.drop(Version)
		if from.IsValid() {
			m.foreign(now, from, datagram[versionAt])
		}
	case err != nil || a.Device.IsZero():
		m.drop(Malformed)
	default:
		return a, true
	}
	return a, false
}

// verified says whether the signature is right; allowed is whether the work may
// be done.
func (m *Machine) verified(datagram []byte, allowed bool) bool {
	if !allowed {
		m.drop(Rate)
		return false
	}
	if _, err := m.parse(datagram); err != nil {
		m.drop(Signature) // the form was right already
		return false
	}
	return true
}

// hearOwnKey takes an announcement that names this device and is not one of the
// last it made. Either another machine has the key, or somebody repeats what
// this device said before; only a link can tell.
func (m *Machine) hearOwnKey(now time.Time, a wire.Announcement, datagram []byte, from []netip.AddrPort) {
	switch {
	case a.Instance == m.cfg.Instance && a.Sequence <= m.sequence:
		m.drop(Own)
		return
	case !m.mayDoubt(now, a.Instance):
		m.drop(Replay)
		return
	case !m.verified(datagram, m.verify.take(now, verifyRate, verifyBurst)):
		return
	}
	m.doubts[a.Instance] = now
	for _, at := range from {
		if at = netip.AddrPortFrom(at.Addr().Unmap(), a.LinkPort); isUsable(at) {
			m.do(KeyDoubted{Instance: a.Instance, At: at})
		}
	}
}

const (
	// doubtEvery is how long an instance of the own key is not asked about again,
	// and maxDoubts how many are remembered.
	doubtEvery = time.Minute
	maxDoubts  = 16
)

// mayDoubt says whether it is time to ask who speaks as an instance of this
// device.
func (m *Machine) mayDoubt(now time.Time, instance uint64) bool {
	last, known := m.doubts[instance]
	if known {
		return now.Sub(last) >= doubtEvery
	}
	if len(m.doubts) < maxDoubts {
		return true
	}
	for other, at := range m.doubts {
		if now.Sub(at) >= doubtEvery {
			delete(m.doubts, other)
			return true
		}
	}
	return false
}

// holderOf returns the peer of whom exactly this announcement is held, or was the
// last that said the same.
func (m *Machine) holderOf(datagram []byte) *peer {
	p := m.byDigest[maphash.Bytes(m.digest, datagram)]
	if p == nil || !bytes.Equal(p.datagram, datagram) && !bytes.Equal(p.repeat, datagram) {
		return nil
	}
	return p
}

// hold keeps the announcement of p.
func (m *Machine) hold(p *peer, datagram []byte) {
	m.remember(p, &p.datagram, datagram)
	m.remember(p, &p.repeat, nil)
}

// remember has a datagram known again in place of another of p.
func (m *Machine) remember(p *peer, place *[]byte, datagram []byte) {
	if *place != nil {
		delete(m.byDigest, maphash.Bytes(m.digest, *place))
	}
	if *place = datagram; datagram != nil {
		m.byDigest[maphash.Bytes(m.digest, datagram)] = p
	}
}

// news makes p what a verified announcement says.
func (m *Machine) news(now time.Time, p *peer, a wire.Announcement, datagram []byte) {
	restarted := a.Instance != p.instance
	p.instance, p.sequence = a.Instance, a.Sequence
	p.newsAt, p.seen = now, now
	m.hold(p, datagram)
	p.isGone, p.isAlive = a.Goodbye, !a.Goodbye
	if p.isGone {
		p.goneAt = now
	}
	if restarted {
		p.contact = netip.AddrPort{}
	}
	if p.describe(a) || restarted {
		m.touch(p)
	}
	if p.isGone {
		p.contact = netip.AddrPort{}
		m.alarms.clear(&p.answer)
	}
	m.trustFor(p, now, silenceOf(m.crowd+1))
	m.settle(p)
}

// noteWay notes how p was heard.
func (m *Machine) noteWay(now time.Time, p *peer, ev Heard) {
	if ev.Way != Unicast {
		p.castAt = now
	} else {
		p.toldAt = now
		p.isDeaf = p.isDeaf || ev.From.Port() == m.cfg.DiscoveryPort // see Tell.Both
	}
	way := string(ev.Way)
	if way == "" {
		way = "datagram"
	}
	if ev.Interface != "" {
		way += " " + ev.Interface
	}
	if p.noteWay(now, way) {
		m.touch(p)
	}
}

// placeOf returns where a link with p may be opened, if it was heard from an
// address; zero if none can be.
func (m *Machine) placeOf(p *peer, from netip.AddrPort) netip.AddrPort {
	place := netip.AddrPortFrom(from.Addr(), p.linkPort)
	if !isUsable(place) {
		return netip.AddrPort{}
	}
	return place
}
