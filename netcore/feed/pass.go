package feed

import (
	"encoding/binary"
	"slices"
	"time"

	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/wire"
)

// passWithin is how long a device waits at most before it sends what others wrote
// to a peer that lacks it. Among many, everybody has it from several sides within
// a few milliseconds; who waits hears that by a frontier, and need not send it.
// (Compare the lazy links of Leitão et al., Epidemic Broadcast Trees, 2007.)
const passWithin = 60 * time.Millisecond

// pass is when a log may have to be passed on.
type pass struct {
	conversation *conversation
	at           time.Time
}

// patience returns how long to wait before an entry is passed on to a peer. It
// differs between all who may do so, and from entry to entry.
func (f *Feed) patience(peer identity.DeviceID, hash wire.Hash) time.Duration {
	share := binary.BigEndian.Uint16(f.self[8:]) ^ binary.BigEndian.Uint16(peer[8:]) ^ binary.BigEndian.Uint16(hash[8:])
	return passWithin * time.Duration(share) >> 16
}

// passOn notes that a log is to be passed on at a time, if the peer still lacks
// something of it.
func (s *session) passOn(c *conversation, l *log, at time.Time) {
	if _, noted := s.later[l]; noted || s.has[l.id] >= l.stored.Highest {
		return
	}
	s.later[l] = pass{c, at}
	if s.nextPass.IsZero() || at.Before(s.nextPass) {
		s.nextPass = at
	}
}

// passOn adds the sending of what is due.
func (f *Feed) passOn(effects []Effect, now time.Time, peer identity.DeviceID, s *session) []Effect {
	if s.nextPass.IsZero() || now.Before(s.nextPass) {
		return effects
	}
	s.nextPass = time.Time{}
	var due []*log
	for l, p := range s.later {
		if !now.Before(p.at) {
			due = append(due, l)
		} else if s.nextPass.IsZero() || p.at.Before(s.nextPass) {
			s.nextPass = p.at
		}
	}
	slices.SortFunc(due, func(a, b *log) int { return s.later[a].at.Compare(s.later[b].at) })
	for _, l := range due {
		c := s.later[l].conversation
		delete(s.later, l)
		if f.shared[peer][c.id] == c {
			effects = s.offer(effects, peer, l, f.scopeFor(c, peer).most(l), nil)
		}
	}
	return effects
}
