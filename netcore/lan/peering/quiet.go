package peering

import (
	"time"

	"github.com/parlance-chat/parlance/netcore/identity"
)

// quietFor is how long nothing may come on a link whose other end owes an
// acknowledgement, before it is probed. QUIC acknowledges each packet, so that
// quiet means that a way died without telling anybody. maxQuietFor is how long
// it is where probes were answered, by a peer that will not take something.
const (
	quietFor    = 2 * time.Second
	maxQuietFor = time.Minute
)

// quiet watches one link. The zero value has nothing to watch.
type quiet struct {
	packets uint64    // received when it was last looked at
	since   time.Time // since when there are no more; zero: nothing is owed
	probes  int       // how often it was probed since something was owed
}

// due returns when to look at the link again.
func (q quiet) due() time.Time { return q.since.Add(min(quietFor<<min(q.probes, 10), maxQuietFor)) }

// look notes how many packets have come by now, and says whether it is time to
// probe.
func (q *quiet) look(now time.Time, owes bool, packets uint64) bool {
	switch {
	case !owes:
		*q = quiet{}
	case q.since.IsZero() || packets != q.packets && q.probes == 0:
		q.packets, q.since = packets, now
	case !now.Before(q.due()):
		q.packets, q.since = packets, now
		q.probes++
		return true
	}
	return false
}

// unheardFor is how long after full frontiers nothing may have come before an
// acknowledgement of them is owed as well. They go out every half a minute, so
// that a link with nothing to carry is seen to be dead; who is busy has time.
const unheardFor = 8 * time.Second

// probeTimeout is how long a link may take to answer a probe before it counts as
// dead: several round trips and retransmissions on the worst LAN.
const probeTimeout = 1500 * time.Millisecond

// watchQuiet probes a link that fell quiet; tend ends it if it does not answer, and
// the peer is dialled at its other addresses.
func (m *Machine) watchQuiet(p *peer) {
	received := m.cfg.Received(p.ID)
	owes := m.hasNewsFor(p.ID) || p.link.isUnheard(received) && m.now.Sub(p.link.toldAll) >= unheardFor
	if p.link.quiet.look(m.now, owes, received) {
		m.probe(p)
	}
}

// nextQuiet returns when watchQuiet has to look at a link; ok is false if it need
// not.
func (m *Machine) nextQuiet(p *peer) (at time.Time, ok bool) {
	switch l := p.link; {
	case !l.quiet.since.IsZero(): // also where nothing is owed any more, to forget it
		return l.quiet.due(), true
	case m.hasNewsFor(p.ID):
		return m.now, true
	case l.isUnheard(m.cfg.Received(p.ID)):
		return l.toldAll.Add(unheardFor), true
	default:
		return time.Time{}, false
	}
}

// hasNewsFor says whether there is something that a peer did not acknowledge.
func (m *Machine) hasNewsFor(id identity.DeviceID) bool {
	direct, group := m.cfg.Pending(id)
	return direct || group
}

// isUnheard says whether nothing has come since full frontiers were sent.
func (l *link) isUnheard(received uint64) bool { return received == l.receivedBefore }

// probe asks whether a link still works; if no answer comes, tend ends it.
func (m *Machine) probe(p *peer) {
	if p.link.probed.IsZero() {
		p.link.probed = m.now
		m.review = true
		m.do(Probe{p.ID})
	}
}
