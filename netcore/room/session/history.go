package session

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/irc"
	"github.com/parlance-chat/parlance/netcore/room/machine"
	"github.com/parlance-chat/parlance/netcore/room/outbox"
)

const (
	// pageSize is how many messages of history are asked for at a time, if the server
	// allows as many, each page when the one before it is here.
	pageSize = 100
	// waitPages is for how many pages of a gap own messages wait: by then it is known
	// which of those without an answer stand there.
	waitPages = 50
	// maxPages is how many pages of a gap are filled on one connection: those of weeks,
	// and an end to what a server can make up. The next connection goes on from there.
	maxPages = 1000
)

// mark is a place in a room's history: a message, of which the ID may be unknown.
type mark struct {
	at    time.Time
	msgid string
}

// reference is how a request names the place it begins at.
type reference int

const (
	byID   reference = iota
	around           // by its time and a little before: other messages of that moment may be missing, and those that are not are known
	byTime           // by its time alone
)

// request is for history of a room.
type request struct {
	at    time.Time
	older bool // the user asked
	from  mark
	by    reference
	limit int
}

func (s *Session) hasHistory() bool {
	return s.on["draft/chathistory"] && s.on["batch"] && s.on["server-time"]
}

func (s *Session) pageSize() int {
	most := s.support.Number("CHATHISTORY", pageSize)
	if most == 0 {
		most = pageSize
	}
	return min(most, pageSize)
}

// canName says whether the server takes a msgid for a place.
func (s *Session) canName(msgid string) bool {
	kinds, said := s.support.Get("MSGREFTYPES")
	return msgid != "" && (!said || containsWord(kinds, "msgid"))
}

// fill asks for what was missed in a room. Own messages wait for it: some of those
// that got no answer may stand there.
func (s *Session) fill(r *room) {
	if !s.hasHistory() {
		return
	}
	r.filling, r.gap, r.pages = true, true, 0
	s.askAfter(r, r.held, byID)
}

func (s *Session) askAfter(r *room, from mark, by reference) {
	q := request{at: s.now, from: from, by: by, limit: s.pageSize()}
	if by == byID && !s.canName(from.msgid) {
		q.by = around
	}
	params := []string{"AFTER", r.name, "", strconv.Itoa(q.limit)}
	switch {
	case from.at.IsZero():
		params[0], params[2] = "LATEST", "*"
	case q.by == byID:
		params[2] = "msgid=" + from.msgid
	case q.by == byTime:
		params[2] = "timestamp=" + irc.FormatTime(from.at)
	case r.pages == 0: // the servers of a network may not agree on the time
		params[2] = "timestamp=" + irc.FormatTime(from.at.Add(-time.Second))
	default:
		params[2] = "timestamp=" + irc.FormatTime(from.at.Add(-time.Millisecond))
	}
	r.asked = append(r.asked, q)
	s.write(irc.New("", "CHATHISTORY", params...))
}

func (s *Session) older(e machine.Older) {
	r := s.rooms[s.fold(e.Target)]
	switch {
	case r == nil || s.state != online || !r.joined:
		s.do(machine.Fetched{Target: e.Target, Err: fmt.Errorf("%s is not joined now", e.Target)})
	case !s.hasHistory():
		s.do(machine.Fetched{Target: e.Target, Err: fmt.Errorf("%s keeps no history", s.cfg.Server)})
	case len(r.asked) > 10:
		s.do(machine.Fetched{Target: e.Target, Err: errors.New("history is asked for already")})
	default:
		s.askBefore(r, mark{e.Before, e.MsgID}, byID)
	}
}

func (s *Session) askBefore(r *room, from mark, by reference) {
	q := request{at: s.now, older: true, from: from, by: by, limit: s.pageSize()}
	place := "msgid=" + from.msgid
	if by != byID || !s.canName(from.msgid) {
		q.by, place = byTime, "timestamp="+irc.FormatTime(from.at)
	}
	r.asked = append(r.asked, q)
	s.write(irc.New("", "CHATHISTORY", "BEFORE", r.name, place, strconv.Itoa(q.limit)))
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
			r.held = mark{at: s.lastGone}
			s.fill(r)
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
	var last mark
	for i := range b.Messages {
		m := &b.Messages[i]
		if at, told := s.saidAt(m); told && !at.Before(last.at) {
			last = mark{at, m.Tags.Value("msgid")}
		}
		if t, ok := s.text(r, m, true); ok {
			texts = append(texts, t)
		}
	}
	if len(texts) > 0 {
		older := len(r.asked) > 0 && r.asked[0].older
		s.do(machine.Received{Target: r.name, Texts: texts, Past: true, Older: older, Quiet: older || r.channel && r.held.at.IsZero()})
	}
	if len(r.asked) == 0 {
		return // what a server or bouncer plays back unasked
	}
	q := r.asked[0]
	r.asked = r.asked[1:]
	if q.older {
		s.do(machine.Fetched{Target: r.name, Count: len(b.Messages)})
		return
	}
	if len(b.Messages) == 0 && q.from.at.IsZero() {
		last = mark{at: r.entered} // nothing was said before
	}
	r.advance(last)
	r.pages++
	full := len(b.Messages) >= q.limit && !q.from.at.IsZero()
	if r.pages >= waitPages {
		r.filling = false
	}
	switch {
	case full && r.pages >= maxPages:
	case full && last != q.from:
		s.askAfter(r, last, byID)
	case full && q.by == around: // a whole page of one moment
		s.askAfter(r, last, byTime)
	default:
		r.filled()
	}
}

// unanswered ends the oldest request without an answer.
func (s *Session) unanswered(r *room, why error) {
	q := r.asked[0]
	r.asked = r.asked[1:]
	again := q.by == byID && s.state == online // the server no longer knows the message
	switch {
	case q.older && again:
		s.askBefore(r, q.from, byTime)
	case q.older:
		s.do(machine.Fetched{Target: r.name, Err: why})
	case again && !q.from.at.IsZero():
		s.askAfter(r, q.from, around)
	default:
		r.filling = false
	}
}

// abandon ends all requests of a room that will get no answer.
func (s *Session) abandon(r *room, why error) {
	for _, q := range r.asked {
		if q.older {
			s.do(machine.Fetched{Target: r.name, Err: why})
		}
	}
	r.asked, r.filling = nil, false
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
