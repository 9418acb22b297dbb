package feed

import (
	"slices"
	"time"

	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/wire"
)

// stored lets membership entries count, tells the linked members what is on the
// disk now, and sends it to those who lack it: what is its own at once, what is
// from others in a moment.
func (f *Feed) stored(now time.Time, run []wire.SignedEntry) []Effect {
	if len(run) == 0 {
		return nil
	}
	id := run[0].Log
	c := f.conversations[id.Conversation]
	if c == nil {
		return nil
	}
	l := c.log(id, f.self)
	for len(run) > 0 && run[0].Sequence <= l.stored.Highest {
		run = run[1:] // taken twice, as after a write that failed
	}
	if len(run) == 0 {
		return nil
	}
	c.keep(l)
	l.stored.extend(run)
	if l.stored.Highest > l.accepted.Highest {
		l.accepted = l.stored
	}
	var effects []Effect
	if l.own != nil {
		if id.Incarnation == f.incarnation {
			f.saved = f.incarnation
		}
		l.own.stored(run)
		effects = append(f.askReread(l), f.arrived(c, id, l.stored.Highest)...)
	}
	if c.group != nil {
		effects = f.regroup(effects, now, c, run, c.group.Add, l.own != nil)
	}
	for peer, s := range f.sessions {
		if f.shared[peer][c.id] == nil {
			continue
		}
		most := f.scopeFor(c, peer).most(l)
		if most < run[0].Sequence {
			continue // nothing of it is for this peer
		}
		if l.own == nil {
			effects = append(effects, SendFrontiers{Peer: peer, Frontiers: wire.Frontiers{
				List: []wire.Frontier{{Conversation: c.id, Logs: []wire.LogRange{f.line(l, most)}}},
			}})
		}
		effects = f.offerSoon(effects, now, peer, s, c, l, run)
	}
	return effects
}

// regroup lets membership entries count. Who may have more of the group than
// before is told of it: at once, or in a moment.
func (f *Feed) regroup(effects []Effect, now time.Time, c *conversation, entries []wire.SignedEntry, count func(wire.SignedEntry) bool, atOnce bool) []Effect {
	if !slices.ContainsFunc(entries, func(e wire.SignedEntry) bool { return e.Kind.IsMembership() }) {
		return effects
	}
	before := make(map[identity.DeviceID]scope)
	for peer := range f.sessions {
		if f.shared[peer][c.id] != nil {
			before[peer] = f.scopeFor(c, peer)
		}
	}
	changed := false
	for _, e := range entries {
		changed = count(e) || changed
	}
	if !changed {
		return effects
	}
	f.shareGroup(c)
	effects = append(effects, MembersChanged{Conversation: c.id})
	for peer := range f.sessions {
		if f.shared[peer][c.id] != nil && !f.scopeFor(c, peer).equal(before[peer]) {
			effects = append(effects, f.refresh(now, peer, c, atOnce)...)
		}
	}
	return effects
}

// failed gives up what was accepted and is not on the disk. The author writes
// anew; others send again.
func (f *Feed) failed(id wire.LogID) []Effect {
	c := f.conversations[id.Conversation]
	if c == nil {
		return nil
	}
	l := c.log(id, f.self)
	l.walls = l.walls[:len(l.walls)-int(min(l.accepted.Highest-l.stored.Highest, uint64(len(l.walls))))]
	l.accepted = l.stored
	l.read = min(l.read, l.stored.Highest)
	c.stranded(id)
	if l.own == nil {
		return nil
	}
	l.own.failed(l.stored.Highest)
	return f.askReread(l)
}
