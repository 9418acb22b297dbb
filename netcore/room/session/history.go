package session

import (
	"cmp"
	"fmt"
	"strconv"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/irc"
	"github.com/parlance-chat/parlance/netcore/room/history"
	"github.com/parlance-chat/parlance/netcore/room/machine"
	"github.com/parlance-chat/parlance/netcore/room/outbox"
)

func (s *Session) hasHistory() bool {
	return s.on["draft/chathistory"] && s.on["batch"] && s.on["server-time"]
}

// offers returns what the server allows of history.
func (s *Session) offers() history.Terms {
	kinds, said := s.support.Get("MSGREFTYPES")
	return history.Terms{Page: s.support.Number("CHATHISTORY", 0), ByID: !said || containsWord(kinds, "msgid")}
}

// fill asks for what was missed in a room since the last connection; entered is when it
// was entered on this one, by the server's clock, zero if that is not known.
func (s *Session) fill(r *room, entered time.Time) {
	if s.hasHistory() {
		s.ask(r, r.history.Fill(s.now, entered, s.offers()))
	}
}

func (s *Session) ask(r *room, q history.Request) {
	s.write(irc.New("", "CHATHISTORY", q.Subcommand, r.name, q.Place, strconv.Itoa(q.Limit)))
}

func (s *Session) older(e machine.Older) {
	r := s.rooms[s.fold(e.Target)]
	var err error
	switch {
	case r == nil || s.state != online || !r.joined:
		err = fmt.Errorf("%s is not joined now", e.Target)
	case !s.hasHistory():
		err = fmt.Errorf("%s keeps no history", s.cfg.Server)
	default:
		var q history.Request
		if q, err = r.history.Before(s.now, history.Mark{At: e.Before, MsgID: e.MsgID}, s.offers()); err == nil {
			s.ask(r, q)
		}
	}
	if err != nil {
		s.do(machine.Fetched{Target: e.Target, Err: err})
	}
}

// findDialogues asks who wrote while this client was away.
func (s *Session) findDialogues() {
	if s.hasHistory() && !s.lastGone.IsZero() {
		s.write(irc.New("", "CHATHISTORY", "TARGETS", "timestamp="+irc.FormatTime(s.lastGone.Add(-time.Second)),
			"timestamp="+irc.FormatTime(s.now.Add(time.Minute)), strconv.Itoa(maxTargets)))
	}
}

// onTargets takes the answer.
func (s *Session) onTargets(b *irc.Batch) {
	for i := range b.Messages[:min(len(b.Messages), maxTargets)] {
		m := &b.Messages[i]
		nick := m.Param(1)
		if m.Command != "CHATHISTORY" || nick == "" || s.support.IsChannel(nick) || s.isMe(nick) || s.rooms[s.fold(nick)] != nil {
			continue
		}
		if r := s.talk(nick); r != nil {
			r.history.Hold(history.Mark{At: s.lastGone})
			s.fill(r, time.Time{})
		}
	}
}

// onHistory takes a page.
func (s *Session) onHistory(b *irc.Batch) {
	if len(b.Params) == 0 {
		return
	}
	r := s.rooms[s.fold(b.Params[0])]
	if r == nil {
		return
	}
	var texts []machine.Text
	var last history.Mark
	for i := range b.Messages {
		m := &b.Messages[i]
		if at, told := s.saidAt(m); told && !at.Before(last.At) {
			last = history.Mark{At: at, MsgID: m.Tags.Value("msgid")}
		}
		if t, ok := s.text(r, m, true); ok {
			texts = append(texts, t)
		}
	}
	asked, older := r.history.Next()
	if len(texts) > 0 {
		s.do(machine.Received{Target: r.name, Texts: texts, Past: true, Older: older, Quiet: older || r.channel && r.history.Unseen()})
	}
	if !asked {
		return // what a server or bouncer plays back unasked
	}
	if next := r.history.Page(s.now, len(b.Messages), last, s.offers()); next != nil {
		s.ask(r, *next)
	}
	if older {
		s.do(machine.Fetched{Target: r.name, Count: len(b.Messages)})
	}
}

// unanswered ends the oldest request of a room without an answer.
func (s *Session) unanswered(r *room, why error) {
	next, older := r.history.Unanswered(s.now, s.offers())
	switch {
	case next != nil:
		s.ask(r, *next)
	case older:
		s.do(machine.Fetched{Target: r.name, Err: why})
	}
}

// abandon ends all requests of a room that will get no answer.
func (s *Session) abandon(r *room, why error) {
	for range r.history.End() {
		s.do(machine.Fetched{Target: r.name, Err: why})
	}
}

// saidAt returns when a message was said by the server's clock, if that can be: a time in
// days to come would be the newest there is for ever.
func (s *Session) saidAt(m *irc.Message) (at time.Time, told bool) {
	at, err := irc.ParseTime(m.Tags.Value("time"))
	return at, err == nil && at.Before(s.now.Add(chat.MaxClockAhead))
}

// text reads a message of a room; false: there is nothing to show.
func (s *Session) text(r *room, m *irc.Message, past bool) (machine.Text, bool) {
	if m.Command != "PRIVMSG" && m.Command != "NOTICE" || len(m.Params) < 2 {
		return machine.Text{}, false
	}
	from := irc.ParseSource(m.Source)
	t := machine.Text{
		MsgID: m.Tags.Value("msgid"), From: from.Nick, Account: m.Tags.Value("account"),
		Body: irc.Decode(m.Last()), Time: s.now, Notice: m.Command == "NOTICE",
		Answers: m.Tags.Value(outbox.ReplyTag),
	}
	if at, told := s.saidAt(m); told {
		t.Time, t.Timed = at, true
	}
	t.Own = s.isMe(from.Nick) || past && s.wasMe(from.Nick, t.Account)
	if s.answers(r, m, t.Own, past) {
		return machine.Text{}, false
	}
	t.ID, t.Later = outbox.ClaimedID(m)
	if command, params, ok := irc.ParseCTCP(t.Body); ok {
		if command != "ACTION" {
			if !past && !t.Own && !t.Notice {
				s.onCTCP(from.Nick, command, params)
			}
			return machine.Text{}, false
		}
		t.Body = "/me " + cmp.Or(params, "…")
	}
	return t, t.Body != ""
}
