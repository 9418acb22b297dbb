package feed

import (
	"time"

	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/wire"
)

// session is what a link has brought so far.
type session struct {
	has      map[wire.LogID]uint64 // by the peer's frontiers
	sent     map[wire.LogID]uint64 // by this side
	ready    bool                  // the first full frontier has come
	lastFull map[wire.LogID]uint64 // has, as of the last full frontier
	nextFull time.Time             // when to send the own one again
}

// maxLines is how many logs of one peer's frontiers are remembered.
const maxLines = 1 << 16

func (s *session) note(id wire.LogID, highest uint64) {
	if _, known := s.has[id]; known || len(s.has) < maxLines {
		s.has[id] = highest
	}
}

func (f *Feed) linkUp(now time.Time, peer identity.DeviceID) []Effect {
	f.sessions[peer] = &session{
		has:      make(map[wire.LogID]uint64),
		sent:     make(map[wire.LogID]uint64),
		nextFull: now.Add(FullInterval),
	}
	return []Effect{f.fullFrontiers(peer)}
}

func (f *Feed) tick(now time.Time) []Effect {
	var effects []Effect
	for peer, s := range f.sessions {
		if !now.Before(s.nextFull) {
			s.nextFull = now.Add(FullInterval)
			effects = append(effects, f.fullFrontiers(peer))
		}
	}
	return effects
}

func (f *Feed) fullFrontiers(peer identity.DeviceID) SendFrontiers {
	frontiers := wire.Frontiers{Full: true}
	for _, c := range f.shared[peer] {
		if s := f.scopeFor(c, peer); !s.nothing() {
			frontiers.List = append(frontiers.List, f.frontier(c, s))
		}
	}
	return SendFrontiers{Peer: peer, Frontiers: frontiers}
}

func (f *Feed) frontier(c *conversation, s scope) wire.Frontier {
	frontier := wire.Frontier{Conversation: c.id}
	for _, l := range c.logs {
		if most := s.most(l); most >= l.lowest {
			frontier.Logs = append(frontier.Logs, f.line(l, most))
		}
	}
	return frontier
}

// refresh tells a peer what is on disk of a conversation, of which it may have
// more than before, and sends what it lacks.
func (f *Feed) refresh(peer identity.DeviceID, c *conversation) []Effect {
	s := f.sessions[peer]
	scope := f.scopeFor(c, peer)
	if s == nil || scope.nothing() {
		return nil
	}
	effects := []Effect{SendFrontiers{Peer: peer, Frontiers: wire.Frontiers{List: []wire.Frontier{f.frontier(c, scope)}}}}
	if s.ready {
		effects = f.offerAll(effects, peer, s, c)
	}
	return effects
}

// heard takes a peer's frontiers: they are receipts for own entries, and show
// what the peer lacks.
func (f *Feed) heard(peer identity.DeviceID, frontiers wire.Frontiers) []Effect {
	s := f.sessions[peer]
	if s == nil {
		return nil
	}
	var effects []Effect
	for _, frontier := range frontiers.List {
		c := f.shared[peer][frontier.Conversation]
		for _, line := range frontier.Logs {
			id := wire.LogID{Conversation: frontier.Conversation, Author: line.Author, Incarnation: line.Incarnation}
			highest := line.Highest
			if !frontiers.Full { // what it was sent since may be more
				highest = max(highest, s.has[id])
			}
			s.note(id, highest)
			if c != nil {
				if l := c.logs[id]; l != nil && l.own != nil {
					effects = append(effects, f.receipt(peer, l, line)...)
				}
			}
		}
	}
	if frontiers.Full {
		s.ready = true
		f.rewind(peer, s)
	}
	switch {
	case !s.ready:
	case frontiers.Full:
		for _, c := range f.shared[peer] {
			effects = f.offerAll(effects, peer, s, c)
		}
	default:
		for _, frontier := range frontiers.List {
			if c := f.shared[peer][frontier.Conversation]; c != nil {
				effects = f.offerAll(effects, peer, s, c)
			}
		}
	}
	return effects
}

// receipt takes a peer's line about an own log.
func (f *Feed) receipt(peer identity.DeviceID, l *log, line wire.LogRange) []Effect {
	if effects, contradicts := f.contradicted(l, line.Highest, line.Head); contradicts {
		return effects
	}
	var effects []Effect
	before := l.own.told[peer]
	// A peer can only have what was on this disk before it was sent.
	now := receipt{has: max(before.has, min(line.Highest, l.stored)), read: before.read}
	now.read = max(now.read, min(line.Read, now.has))
	l.own.told[peer] = now
	if now.has > before.has {
		effects = append(effects, Delivered{Peer: peer, Log: l.id, From: before.has + 1, To: now.has})
	}
	if now.read > before.read {
		effects = append(effects, ReadBy{Peer: peer, Log: l.id, From: before.read + 1, To: now.read})
	}
	return effects
}

// rewind makes what was sent be sent again where the peer's frontier has stood
// still since its last full one: it took the entries and could not keep them,
// as when its disk was full.
func (f *Feed) rewind(peer identity.DeviceID, s *session) {
	full := make(map[wire.LogID]uint64)
	for _, c := range f.shared[peer] {
		for id := range c.logs {
			full[id] = s.has[id]
			if before, ok := s.lastFull[id]; ok && before == s.has[id] {
				delete(s.sent, id)
			}
		}
	}
	s.lastFull = full
}

// offerAll adds the sending of what a peer lacks of a conversation.
func (f *Feed) offerAll(effects []Effect, peer identity.DeviceID, s *session, c *conversation) []Effect {
	scope := f.scopeFor(c, peer)
	if scope.nothing() {
		return effects
	}
	for _, l := range c.inOrder() {
		effects = s.offer(effects, peer, l, scope.most(l), nil)
	}
	return effects
}

// offer adds the sending of what the peer of s lacks of l up to most, if
// anything. run, if any, is what has just been stored.
func (s *session) offer(effects []Effect, peer identity.DeviceID, l *log, most uint64, run []wire.SignedEntry) []Effect {
	from := max(s.has[l.id], s.sent[l.id], l.lowest-1) + 1
	if from > most || l.own != nil && l.own.diverged {
		return effects
	}
	send := SendEntries{Peer: peer, Log: l.id, From: from, To: most}
	if len(run) > 0 && run[0].Sequence <= from && run[len(run)-1].Sequence == most {
		send.Raw = whole(run[from-run[0].Sequence:])
	}
	s.sent[l.id] = most
	return append(effects, send)
}

// whole returns the bytes of entries, nil if one of them has lost its body: it
// goes only with the reason for that, which is on disk.
func whole(run []wire.SignedEntry) [][]byte {
	raw := make([][]byte, len(run))
	for i, e := range run {
		if e.Erased() {
			return nil
		}
		raw[i] = e.Raw
	}
	return raw
}

// nothing says whether the scope is empty.
func (s scope) nothing() bool { return s == scope{} }
