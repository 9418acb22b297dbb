package feed

import (
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/wire"
)

// Who is in a group follows from its membership entries, and who gets the logs
// they stand in follows from who is in the group. So two devices that do not hold
// the same of them could each take the other for none who may tell it anything,
// and never agree. Therefore these entries also go beside the logs, each by
// itself, to everybody who takes itself for a member and holds others; and are
// taken from everybody. See section 6 of PROTOCOL.md.

// views takes note of what peer says of the groups in its full frontiers. Where
// that is not as it is here, and was the same the last time, the exchange of logs
// does not help, and the roll is sent, once in FullInterval: to ask is little, and
// the answer may be much.
func (f *Feed) views(effects []Effect, now time.Time, peer identity.DeviceID, s *session) []Effect {
	for _, c := range f.sharedWith(peer) {
		if c.group == nil || !c.group.IsNamed(peer) {
			continue
		}
		// Who says nothing takes itself for none, and is told more only by those who
		// take it for one.
		view := s.views[c.id]
		if s.lastViews == nil || view != s.lastViews[c.id] || view == c.group.View() || view == (wire.Mark{}) && !c.group.Has(peer) {
			continue
		}
		if last, ok := s.rolled[c.id]; ok && now.Sub(last) < FullInterval {
			continue
		}
		s.rolled[c.id] = now
		effects = append(effects, SendRoll{Peer: peer, Conversation: c.id, Raw: c.group.Roll()})
	}
	s.lastViews, s.views = s.views, make(map[chat.ConversationID]wire.Mark)
	return effects
}

// rolled takes the entries of somebody's roll that are not held.
func (f *Feed) rolled(now time.Time, entries []wire.SignedEntry) []Effect {
	if len(entries) == 0 {
		return nil
	}
	c := f.conversations[entries[0].Log.Conversation]
	if c == nil || c.group == nil {
		return nil // it begins with its genesis, in a log
	}
	limit := f.limit(now)
	for i, e := range entries {
		if e.Time > limit {
			entries = entries[:i]
			break
		}
	}
	if lacks := c.group.Lacks(entries); len(lacks) > 0 {
		return []Effect{Enroll{Entries: lacks}}
	}
	return nil
}

// enrolled lets entries of others' rolls count.
func (f *Feed) enrolled(now time.Time, entries []wire.SignedEntry) []Effect {
	c := f.conversations[entries[0].Log.Conversation]
	if c == nil {
		return nil
	}
	for _, e := range entries {
		c.clock = max(c.clock, e.Time)
	}
	return f.regroup(nil, now, c, entries, c.group.Enroll, false)
}
