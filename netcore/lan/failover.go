package lan

import "time"

// quietFor is how long nothing may come on a link whose other end owes an
// acknowledgement, before it is probed. QUIC acknowledges each packet, so that
// quiet means that a way died without telling anybody. maxQuietFor is how long
// it is where probes were answered, by a peer that will not take something.
const (
	quietFor    = 2 * time.Second
	maxQuietFor = time.Minute
)

// quiet watches one session. The zero value has nothing to watch.
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

// watchQuiet probes the links that fell quiet; tendLinks ends those that do not
// answer, and the peer is dialled at its other addresses.
func (n *Network) watchQuiet(now time.Time) {
	for id, s := range n.sessions {
		owes := n.hasNewsFor(id) || s.isUnheard() && now.Sub(s.toldAll) >= unheardFor
		if s.quiet.look(now, owes, s.link.Received()) {
			n.probe(s)
		}
	}
}

// isUnheard says whether nothing has come since full frontiers were sent.
func (s *session) isUnheard() bool { return s.link.Received() == s.receivedBefore }

// nextQuiet returns when watchQuiet has to look at a session; ok is false if it
// need not.
func (n *Network) nextQuiet(s *session) (at time.Time, ok bool) {
	switch {
	case !s.quiet.since.IsZero(): // also where nothing is owed any more, to forget it
		return s.quiet.due(), true
	case !n.hasNewsFor(s.link.Peer()) && !s.isUnheard():
		return time.Time{}, false
	case n.hasNewsFor(s.link.Peer()):
		return time.Now(), true
	default:
		return s.toldAll.Add(unheardFor), true
	}
}
