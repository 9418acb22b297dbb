package session

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/parlance-chat/parlance/netcore/irc"
)

const (
	// pageSize is how many messages of history are asked for at a time, if the server
	// allows as many, and maxPages how many pages fill a gap: who was away for longer
	// scrolls back for the rest.
	pageSize = 100
	maxPages = 50
)

// request is for history of a room.
type request struct {
	at    time.Time
	older bool // the user asked
	byID  bool // after a msgid
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

// fill asks for what was missed in a room. Own messages wait for it: some of those
// that got no answer may stand there.
func (s *Session) fill(r *room) {
	if !s.hasHistory() {
		return
	}
	r.filling, r.pages = true, 0
	s.askAfter(r, true)
}

func (s *Session) askAfter(r *room, byID bool) {
	q := request{at: s.now, limit: s.pageSize()}
	params := []string{"AFTER", r.name, "", strconv.Itoa(q.limit)}
	kinds, said := s.support.Get("MSGREFTYPES")
	switch {
	case r.newest.IsZero():
		params[0], params[2] = "LATEST", "*"
	case byID && r.msgid != "" && (!said || containsWord(kinds, "msgid")):
		params[2], q.byID = "msgid="+r.msgid, true
	case r.pages == 0:
		// Messages of the same moment may be missing: they are asked for again, and known.
		params[2] = "timestamp=" + irc.FormatTime(r.newest.Add(-time.Second))
	default:
		params[2] = "timestamp=" + irc.FormatTime(r.newest)
	}
	r.asked = append(r.asked, q)
	s.write(irc.New("", "CHATHISTORY", params...))
}

func (s *Session) older(e Older) {
	r := s.rooms[s.fold(e.Target)]
	switch {
	case r == nil || s.state != online || !r.joined:
		s.do(Fetched{Target: e.Target, Err: fmt.Errorf("%s is not joined now", e.Target)})
	case !s.hasHistory():
		s.do(Fetched{Target: e.Target, Err: fmt.Errorf("%s keeps no history", s.cfg.Server)})
	case len(r.asked) > 10:
		s.do(Fetched{Target: e.Target, Err: errors.New("history is asked for already")})
	default:
		q := request{at: s.now, older: true, limit: s.pageSize()}
		r.asked = append(r.asked, q)
		s.write(irc.New("", "CHATHISTORY", "BEFORE", r.name, "timestamp="+irc.FormatTime(e.Before), strconv.Itoa(q.limit)))
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
			r.newest = s.lastGone
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
	var texts []Text
	var lastAt time.Time
	var lastID string
	for i := range b.Messages {
		m := &b.Messages[i]
		if at, err := irc.ParseTime(m.Tags.Value("time")); err == nil && !at.Before(lastAt) {
			lastAt, lastID = at, m.Tags.Value("msgid")
		}
		if t, ok := s.text(r, m, true); ok {
			texts = append(texts, t)
		}
	}
	if len(texts) > 0 {
		older := len(r.asked) > 0 && r.asked[0].older
		s.do(Received{Target: r.name, Texts: texts, Past: true, Older: older, Quiet: older || r.channel && r.newest.IsZero()})
	}
	if len(r.asked) == 0 {
		return // what a server or bouncer plays back unasked
	}
	q := r.asked[0]
	r.asked = r.asked[1:]
	if q.older {
		s.do(Fetched{Target: r.name, Count: len(b.Messages)})
		return
	}
	first := r.newest.IsZero()
	moved := lastAt.After(r.newest) || lastID != r.msgid
	r.advance(lastAt, lastID)
	r.pages++
	if !first && moved && len(b.Messages) >= q.limit && r.pages < maxPages {
		s.askAfter(r, true)
		return
	}
	r.filling = false
}

// unanswered ends the oldest request without an answer.
func (s *Session) unanswered(r *room, why error) {
	q := r.asked[0]
	r.asked = r.asked[1:]
	switch {
	case q.older:
		s.do(Fetched{Target: r.name, Err: why})
	case q.byID && s.state == online: // the server no longer knows the message
		s.askAfter(r, false)
	default:
		r.filling = false
	}
}

// text reads a message of a room; false: there is nothing to show.
func (s *Session) text(r *room, m *irc.Message, past bool) (Text, bool) {
	if m.Command != "PRIVMSG" && m.Command != "NOTICE" || len(m.Params) < 2 {
		return Text{}, false
	}
	from := irc.ParseSource(m.Source)
	t := Text{
		MsgID: m.Tags.Value("msgid"), From: from.Nick, Account: m.Tags.Value("account"),
		Body: irc.Decode(m.Last()), Time: s.now, Notice: m.Command == "NOTICE",
		Answers: m.Tags.Value(replyTag),
	}
	if at, err := irc.ParseTime(m.Tags.Value("time")); err == nil {
		t.Time, t.Timed = at, true
	}
	t.Own = s.isMe(from.Nick) || past && s.wasMe(from.Nick, t.Account)
	if t.Own {
		if s.echoed(r, m, m.Last(), past) {
			return Text{}, false
		}
		id, _, later := strings.Cut(m.Tags.Value(idTag), ".")
		if !later {
			_ = t.ID.UnmarshalText([]byte(id)) // zero where it is none
		}
	}
	if command, params, ok := irc.ParseCTCP(t.Body); ok {
		if command != "ACTION" {
			if !past && !t.Own && !t.Notice {
				s.onCTCP(from.Nick, command, params)
			}
			return Text{}, false
		}
		t.Body = "/me " + cmp.Or(params, "…")
	}
	return t, t.Body != ""
}
