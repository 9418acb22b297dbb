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

// pass is what may have to be passed on: one log, or a whole conversation, whose
// logs have an order and do not go before it.
type pass struct {
	c *conversation
	l *log // nil: all
}

// patience returns how long to wait before something is passed on to a peer. It
// differs between all who may do so, and from one thing to the other.
func (f *Feed) patience(peer identity.DeviceID, hash wire.Hash) time.Duration {
	share := binary.BigEndian.Uint16(f.self[8:]) ^ binary.BigEndian.Uint16(peer[8:]) ^ binary.BigEndian.Uint16(hash[8:])
	return passWithin * time.Duration(share) >> 16
}

// passOn notes that something is to be passed on, if the peer still lacks it
// then.
func (f *Feed) passOn(now time.Time, peer identity.DeviceID, s *session, p pass, hash wire.Hash) {
	if _, noted := s.later[p]; noted {
		return
	}
	at := now.Add(f.patience(peer, hash))
	s.later[p] = at
	if s.nextPass.IsZero() || at.Before(s.nextPass) {
		s.nextPass = at
	}
}

// offerSoon adds the sending of what a peer lacks of a log: of an own one at
// once, of others in a moment. run, if any, is what has just been stored.
func (f *Feed) offerSoon(effects []Effect, now time.Time, peer identity.DeviceID, s *session, c *conversation, l *log, run []wire.SignedEntry) []Effect {
	most := f.scopeFor(c, peer).most(l)
	_, whole := s.later[pass{c: c}]
	switch {
	case !s.ready || s.has[l.id] >= most:
	case l.own != nil && (!whole || f.knows(s, c)):
		effects = s.offer(effects, peer, l, most, run)
	case !whole:
		f.passOn(now, peer, s, pass{c, l}, l.stored.hash)
	}
	return effects
}

// knows says whether a peer can take any log of c: it knows the group, or is about
// to, as this device founded it and its own logs go in order.
func (f *Feed) knows(s *session, c *conversation) bool {
	if c.group == nil {
		return true
	}
	founder, ok := c.group.Founded()
	return ok && (founder.Author == f.self || s.has[founder] > 0)
}

// due adds the sending of what is to be passed on by now.
func (f *Feed) due(effects []Effect, now time.Time, peer identity.DeviceID, s *session) []Effect {
	if s.nextPass.IsZero() || now.Before(s.nextPass) {
		return effects
	}
	s.nextPass = time.Time{}
	var list []pass
	for p, at := range s.later {
		if !now.Before(at) {
			list = append(list, p)
		} else if s.nextPass.IsZero() || at.Before(s.nextPass) {
			s.nextPass = at
		}
	}
	slices.SortFunc(list, func(a, b pass) int { return s.later[a].Compare(s.later[b]) })
	for _, p := range list {
		delete(s.later, p)
		switch {
		case f.shared[peer][p.c.id] != p.c: // not shared any more
		case p.l == nil:
			effects = f.offerAll(effects, peer, s, p.c)
		default:
			effects = s.offer(effects, peer, p.l, f.scopeFor(p.c, peer).most(p.l), nil)
		}
	}
	return effects
}
