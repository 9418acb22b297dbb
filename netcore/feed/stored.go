package feed

import (
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/wire"
)

// stored lets membership entries count, tells the linked members what is on the
// disk now, and sends it to those who lack it.
func (f *Feed) stored(run []wire.SignedEntry) []Effect {
	if len(run) == 0 {
		return nil
	}
	last := run[len(run)-1]
	c := f.conversations[last.Log.Conversation]
	if c == nil {
		return nil
	}
	l := c.log(last.Log, f.self)
	if last.Sequence > l.stored {
		l.stored, l.storedHash = last.Sequence, last.Hash
	}
	if l.stored > l.accepted {
		l.accepted, l.acceptedHash = l.stored, l.storedHash
	}
	effects := f.askReread(l)
	if c.group != nil {
		effects = f.regroup(effects, c, run)
	}
	for peer, s := range f.sessions {
		if f.shared[peer][c.id] == nil {
			continue
		}
		scope := f.scopeFor(c, peer)
		most := scope.most(l)
		if most < l.lowest {
			continue
		}
		if l.own == nil {
			effects = append(effects, SendFrontiers{Peer: peer, Frontiers: wire.Frontiers{
				List: []wire.Frontier{{Conversation: c.id, Logs: []wire.LogRange{f.line(l, most)}}},
			}})
		}
		if s.ready {
			effects = s.offer(effects, peer, l, most, run)
		}
	}
	return effects
}

// regroup lets a run's membership entries count. Who may have more of the group
// than before is told of it.
func (f *Feed) regroup(effects []Effect, c *conversation, run []wire.SignedEntry) []Effect {
	before := make(map[identity.DeviceID]scope)
	for peer := range f.sessions {
		if f.shared[peer][c.id] != nil {
			before[peer] = f.scopeFor(c, peer)
		}
	}
	changed := false
	for _, e := range run {
		changed = c.group.Add(e) || changed
	}
	if !changed {
		return effects
	}
	f.shareGroup(c)
	effects = append(effects, MembersChanged{Conversation: c.id})
	for peer := range f.sessions {
		if f.shared[peer][c.id] != nil && f.scopeFor(c, peer) != before[peer] {
			effects = append(effects, f.refresh(peer, c)...)
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
	l.accepted, l.acceptedHash = l.stored, l.storedHash
	return f.askReread(l)
}
