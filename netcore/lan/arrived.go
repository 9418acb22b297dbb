package lan

import (
	"fmt"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/lan/peering"
	"github.com/parlance-chat/parlance/netcore/wire"
)

// entriesArrived takes a run that a session's reader verified.
func (n *Network) entriesArrived(s *session, run []wire.SignedEntry, size int) {
	release := func() { s.credit.give(size) }
	peer := s.link.Peer()
	if n.sessions[peer] != s || len(run) == 0 || !n.welcome(peer, run[0].Log.Conversation) {
		release()
		return
	}
	now := time.Now()
	n.tend(now, peering.Used{Peer: peer})
	n.tellEarly(s, run)
	n.replica.Received(now, peer, run, release)
}

// rollArrived takes membership entries that a session's reader verified.
func (n *Network) rollArrived(s *session, roll []wire.SignedEntry, size int) {
	defer s.credit.give(size)
	peer := s.link.Peer()
	if n.sessions[peer] != s || len(roll) == 0 || !n.welcome(peer, roll[0].Log.Conversation) {
		return
	}
	n.replica.Rolled(time.Now(), roll)
}

// frontiersArrived takes a peer's frontiers.
func (n *Network) frontiersArrived(s *session, f wire.Frontiers) {
	if peer := s.link.Peer(); n.sessions[peer] == s {
		n.replica.Heard(time.Now(), peer, f)
	}
}

// tellEarly tells the author of a run that it is not taken before its time, if
// that is so.
func (n *Network) tellEarly(s *session, run []wire.SignedEntry) {
	now := time.Now()
	last := run[len(run)-1]
	if last.Log.Author != s.link.Peer() || last.Time <= wire.HybridAt(now.Add(chat.MaxClockAhead)) || now.Sub(s.toldEarly) < time.Minute {
		return
	}
	s.toldEarly = now
	s.out.Put(wire.Early{Conversation: last.Log.Conversation, Now: now})
}

// earlyArrived has messages written again that were written when this device's clock
// was ahead, or tells the user that somebody does not take them before their time.
func (n *Network) earlyArrived(s *session, f wire.Early) {
	now := time.Now()
	apart := f.Now.Sub(now).Abs()
	if n.sessions[s.link.Peer()] != s || apart < chat.MaxClockAhead && n.replica.Early(now) ||
		now.Sub(n.toldOfClock) < time.Hour {
		return
	}
	n.toldOfClock = now
	text := fmt.Sprintf("%s does not take your messages yet: they bear a time more than a day ahead of the clock there.", n.NameOf(s.link.Peer()))
	if apart > chat.ClockNotice {
		text += fmt.Sprintf(" The two clocks are %v apart; set the one that is wrong.", apart.Round(time.Minute))
	}
	n.cfg.Emit(chat.Notice{Text: text + " The messages wait on your disk and go when their time has come, or when your clock is right."})
}

// probeArrived answers a probe, or takes the answer to one.
func (n *Network) probeArrived(s *session, f wire.Probe) {
	if f.Answer {
		if n.sessions[s.link.Peer()] == s {
			n.tend(time.Now(), peering.ProbeAnswered{Peer: s.link.Peer()})
		}
		return
	}
	s.out.Put(wire.Probe{Nonce: f.Nonce, Answer: true})
}
