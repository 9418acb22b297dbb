package session

import (
	"fmt"
	"time"

	"github.com/parlance-chat/parlance/netcore/irc"
	"github.com/parlance-chat/parlance/netcore/room/machine"
)

// Name implements outbox.Target.
func (r *room) Name() string { return r.name }

// Open implements outbox.Target: own messages wait until those that are in doubt were
// looked for in history.
func (r *room) Open() bool { return r.joined && !r.history.Waits() }

// ready says whether own messages can be written to a room.
func (r *room) ready(s *Session) bool { return s.state == online && r.Open() }

func (s *Session) post(e machine.Post) {
	r := s.rooms[s.fold(e.Target)]
	if r == nil && !s.support.IsChannel(e.Target) {
		r = s.talk(e.Target)
	}
	err := fmt.Errorf("%s is no room of this connection", clip(e.Target))
	if r != nil {
		err = s.outbox.Post(r, e)
	}
	if err != nil {
		s.do(machine.Refused{ID: e.ID, Target: e.Target, Why: err.Error()})
	}
}

// onPong takes the answer to a PING.
func (s *Session) onPong(token string) {
	s.pinged = time.Time{}
	if token == askedToken {
		s.answersCommand()
		return
	}
	s.do(s.outbox.Pong(token)...)
}

// answers says whether a message tells that the server has an own one that was posted
// here. Past says that it comes from history.
func (s *Session) answers(r *room, m *irc.Message, own, past bool) bool {
	var effects []machine.Effect
	var found bool
	switch {
	case !own:
		effects, found = s.outbox.Surfaced(r, m, s.terms())
	case past:
		effects, found = s.outbox.Recorded(r, m, s.terms())
	default:
		var ahead time.Duration
		if at, err := irc.ParseTime(m.Tags.Value("time")); err == nil {
			ahead = at.Sub(s.now)
		}
		effects, found = s.outbox.Echo(r, m, ahead)
	}
	s.do(effects...)
	return found
}

// refused takes an error that may be about an own message: without a label about one to
// a target, or, if it names none (""), about any. False: it is about none.
func (s *Session) refused(m *irc.Message, target, why string) bool {
	if label := m.Tags.Value("label"); label != "" {
		effects, found := s.outbox.Refuse(label, why)
		s.do(effects...)
		return found
	}
	if s.on["labeled-response"] {
		return false
	}
	if target == "" {
		return s.outbox.RefuseSome(nil, why)
	}
	r := s.rooms[s.fold(target)]
	return r != nil && s.outbox.RefuseSome(r, why)
}
