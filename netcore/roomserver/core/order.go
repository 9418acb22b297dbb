package core

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"
)

// maxAhead is how far the times of a conversation may run ahead of the clock:
// that of a minute with 2,000 messages a second in one room. With more, messages
// share a time until the clock has caught up.
const maxAhead = time.Minute

// setBack is how much further a time has to lie ahead until it is held for that
// of a clock that was wrong.
const setBack = 10 * time.Second

// Following returns the time of a message that was written at a time and stands
// behind another of its conversation: the next millisecond if the clock does not
// say a later one. So each message has a time of its own, and history can be
// asked for by times without losing any. Only after a clock was set back by more
// than maxAhead do times go back, once.
func Following(before, at time.Time) time.Time {
	switch ahead := before.Sub(at); {
	case ahead < 0 || ahead > maxAhead+setBack:
		return at
	case ahead < maxAhead:
		return before.Add(time.Millisecond)
	}
	return before
}

// nextTime returns the time of a message that is written now. It stands behind
// those that were applied, and those of this server that are under way.
func (s *State) nextTime(talk string, applied time.Time) time.Time {
	before := applied
	if sent := s.sent[talk]; sent.After(before) {
		before = sent
	}
	at := Following(before, stamp(s.now))
	s.sent[talk] = at
	return at
}

// forgetSent drops the times that those of new messages lie behind anyhow.
func (s *State) forgetSent() {
	maps.DeleteFunc(s.sent, func(_ string, at time.Time) bool { return at.Before(s.now) })
}

// maxGone bounds the servers of which it is remembered that a run is over.
const maxGone = 1_000

// admit says whether an event counts, and notes it: those of a run count in the
// order of their tokens, and none after the run was declared over. So an event
// whose confirmation was lost is either applied before the next one of its server
// or never, on every server, whatever became of it on the way; and a server that
// was cut off cannot change anything by what it wanted to say meanwhile.
func (s *State) admit(ev *Event) bool {
	if ev.Origin.Start <= s.gone[ev.Origin.Server] || ev.Token <= s.runs[ev.Origin] {
		return false
	}
	s.runs[ev.Origin] = ev.Token
	return true
}

// endRun notes that a run of a server and those before it are over.
func (s *State) endRun(o Origin) {
	s.gone[o.Server] = max(s.gone[o.Server], o.Start)
	maps.DeleteFunc(s.runs, func(r Origin, _ uint64) bool { return r.Server == o.Server && r.Start <= o.Start })
	maps.DeleteFunc(s.losing, func(r Origin, _ uint64) bool { return r.Server == o.Server && r.Start <= o.Start })
	if len(s.gone) > maxGone {
		oldest := slices.MinFunc(slices.Sorted(maps.Keys(s.gone)), func(a, b string) int { return cmp.Compare(s.gone[a], s.gone[b]) })
		delete(s.gone, oldest)
	}
}

// Origins returns the runs of servers that are not over, in order: a server that
// starts gives a Lost for those of itself, and one for each that is silent.
func (s *State) Origins() []Origin {
	return slices.SortedFunc(maps.Keys(s.runs), func(a, b Origin) int {
		return cmp.Or(strings.Compare(a.Server, b.Server), cmp.Compare(a.Start, b.Start))
	})
}

// Down says that events are not stored now.
func (s *State) Down() bool { return s.down }

// Sessions returns how many sessions this server has.
func (s *State) Sessions() int { return s.counts.servers[s.cfg.Origin.Server] }
