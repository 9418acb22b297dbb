package feed

import (
	"bytes"
	"maps"
	"slices"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/wire"
)

// session is what a link has brought so far.
type session struct {
	has      map[wire.LogID]uint64 // by the peer's frontiers, and what it sent
	lowest   map[wire.LogID]uint64 // the lowest entry it has, where that is not 1
	strange  int                   // how many of those logs are not held here
	sent     map[wire.LogID]uint64 // by this side
	ready    bool                  // the first full frontier has come
	lastFull map[wire.LogID]uint64 // has, as of the last full frontier
	nextFull time.Time             // when to send the own one again
	// views are what the peer said of groups since its last full frontiers, and
	// lastViews before that; nil if those were the first.
	views, lastViews map[chat.ConversationID]wire.Mark
	// rolled is when the roll of a group was last sent to the peer.
	rolled map[chat.ConversationID]time.Time
	// early are the lines about own logs that came before the peer was known to be a
	// member.
	early    map[wire.LogID]wire.LogRange
	later    map[pass]time.Time // what may have to be passed on, and when
	nextPass time.Time          // the first of those; zero if there are none
}

// maxStrange is how many logs of one peer's frontiers are remembered that are not
// held here: they may come by way of another, and need not be sent to this one.
const maxStrange = 1 << 14

// note takes what the peer holds of a log.
func (s *session) note(id wire.LogID, has wire.Range, held bool) {
	if _, known := s.has[id]; !known && !held {
		if s.strange >= maxStrange {
			return
		}
		s.strange++
	}
	s.has[id] = has.Highest
	if has.Lowest > 1 {
		s.lowest[id] = has.Lowest
	}
}

func (f *Feed) linkUp(now time.Time, peer identity.DeviceID) []Effect {
	f.sessions[peer] = &session{
		has:      make(map[wire.LogID]uint64),
		lowest:   make(map[wire.LogID]uint64),
		sent:     make(map[wire.LogID]uint64),
		early:    make(map[wire.LogID]wire.LogRange),
		later:    make(map[pass]time.Time),
		views:    make(map[chat.ConversationID]wire.Mark),
		rolled:   make(map[chat.ConversationID]time.Time),
		nextFull: now.Add(FullInterval),
	}
	return []Effect{f.fullFrontiers(peer)}
}

func (f *Feed) tick(now time.Time) []Effect {
	var effects []Effect
	// Whoever wakes up for one link does so for all whose turn would be next: a
	// waking costs more than what is sent then.
	from := now
	for _, s := range f.sessions {
		if !now.Before(s.nextFull) {
			from = now.Add(FullInterval / 2)
		}
	}
	for peer, s := range f.sessions {
		effects = f.due(effects, now, peer, s)
		if !from.Before(s.nextFull) {
			s.nextFull = now.Add(FullInterval)
			effects = append(effects, f.fullFrontiers(peer))
		}
	}
	return append(effects, f.askAgain()...)
}

func (f *Feed) fullFrontiers(peer identity.DeviceID) SendFrontiers {
	frontiers := wire.Frontiers{Full: true}
	for _, c := range f.sharedWith(peer) {
		frontier := f.frontier(c, f.scopeFor(c, peer))
		if c.group != nil && c.group.Has(f.self) {
			frontier.View = c.group.View()
		}
		frontiers.List = append(frontiers.List, frontier)
	}
	return SendFrontiers{Peer: peer, Frontiers: frontiers}
}

func (f *Feed) frontier(c *conversation, s scope) wire.Frontier {
	frontier := wire.Frontier{Conversation: c.id}
	for _, l := range c.list {
		if most := s.most(l); most >= l.stored.Lowest {
			frontier.Logs = append(frontier.Logs, f.line(l, most))
		}
	}
	return frontier
}

// sharedWith returns the conversations that a peer may have something of, always
// in the same order.
func (f *Feed) sharedWith(peer identity.DeviceID) []*conversation {
	list := slices.Collect(maps.Values(f.shared[peer]))
	slices.SortFunc(list, func(a, b *conversation) int { return bytes.Compare(a.id[:], b.id[:]) })
	return list
}

// refresh tells a peer what is on disk of a conversation, of which it may have
// more than before, and sends what it lacks: at once, or where others do the same
// in a moment.
func (f *Feed) refresh(now time.Time, peer identity.DeviceID, c *conversation, atOnce bool) []Effect {
	s := f.sessions[peer]
	if s == nil {
		return nil
	}
	scope := f.scopeFor(c, peer)
	effects := []Effect{SendFrontiers{Peer: peer, Frontiers: wire.Frontiers{List: []wire.Frontier{f.frontier(c, scope)}}}}
	for _, l := range c.list {
		if line, ok := s.early[l.id]; ok && scope.all {
			delete(s.early, l.id)
			effects = append(effects, f.receipt(peer, l, line)...)
		}
	}
	switch {
	case !s.ready:
	case atOnce:
		effects = f.offerAll(effects, peer, s, c)
	default:
		f.passOn(now, peer, s, pass{c: c}, wire.Hash(c.id))
	}
	return effects
}

// heard takes a peer's frontiers: they are receipts for own entries, and show
// what the peer lacks.
func (f *Feed) heard(now time.Time, peer identity.DeviceID, frontiers wire.Frontiers) []Effect {
	s := f.sessions[peer]
	if s == nil {
		return nil
	}
	var effects []Effect
	for _, frontier := range frontiers.List {
		c := f.conversations[frontier.Conversation]
		if c == nil {
			continue
		}
		if frontier.View != (wire.Mark{}) && c.group != nil {
			s.views[c.id] = frontier.View
			f.share(peer, c) // it hears that this device knows the group, and says why it is in it
		}
		shared := f.shared[peer][c.id] != nil
		if frontiers.Full {
			s.forget(c, peer)
		}
		for _, line := range frontier.Logs {
			id := wire.LogID{Conversation: c.id, Author: line.Author, Incarnation: line.Incarnation}
			l := c.logs[id]
			has := line.Range
			if !frontiers.Full { // what it sent since may be more
				has.Highest = max(has.Highest, s.has[id])
			}
			s.note(id, has, l != nil)
			switch {
			case l == nil || l.own == nil:
			case shared:
				effects = append(effects, f.receipt(peer, l, line)...)
			default:
				s.early[id] = line
			}
			if shared && l != nil && !frontiers.Full {
				effects = f.offerSoon(effects, now, peer, s, c, l, nil)
			}
		}
	}
	if frontiers.Full {
		s.ready = true
		effects = f.views(effects, now, peer, s)
		f.rewind(peer, s)
		for _, c := range f.sharedWith(peer) {
			if c.kind == chat.Direct {
				effects = f.offerAll(effects, peer, s, c)
				continue
			}
			f.passOn(now, peer, s, pass{c: c}, wire.Hash(c.id))
			for _, l := range c.inOrder() {
				if l.own != nil {
					effects = f.offerSoon(effects, now, peer, s, c, l, nil)
				}
			}
		}
	}
	return effects
}

// forget gives up what the peer is known to hold of its own logs: a full
// frontier, which is about to be taken, does not name those it has dropped.
func (s *session) forget(c *conversation, peer identity.DeviceID) {
	for _, l := range c.list {
		if l.id.Author == peer {
			delete(s.has, l.id)
		}
	}
}

// receipt takes a peer's line about an own log.
func (f *Feed) receipt(peer identity.DeviceID, l *log, line wire.LogRange) []Effect {
	if effects, contradicts := f.contradicted(l, line.Highest, line.Head); contradicts {
		return effects
	}
	var effects []Effect
	before := l.own.told[peer]
	// A peer can only have what was on this disk before it was sent.
	now := receipt{has: max(before.has, l.trusted(line.Highest)), read: before.read}
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
		for _, l := range c.list {
			full[l.id] = s.has[l.id]
			if before, ok := s.lastFull[l.id]; ok && before == s.has[l.id] {
				delete(s.sent, l.id)
			}
		}
	}
	s.lastFull = full
}

// offerAll adds the sending of what a peer lacks of a conversation.
func (f *Feed) offerAll(effects []Effect, peer identity.DeviceID, s *session, c *conversation) []Effect {
	scope := f.scopeFor(c, peer)
	for _, l := range c.inOrder() {
		effects = s.offer(effects, peer, l, scope.most(l), nil)
	}
	return effects
}

// offer adds the sending of what the peer of s lacks of l up to most, if
// anything. run, if any, is what has just been stored.
func (s *session) offer(effects []Effect, peer identity.DeviceID, l *log, most uint64, run []wire.SignedEntry) []Effect {
	from := max(s.has[l.id], s.sent[l.id], l.stored.Lowest-1) + 1
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
