package session

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/parlance-chat/parlance/netcore/irc"
)

// line takes a line from the server.
func (s *Session) line(text string) {
	if s.state != registering && s.state != online {
		return
	}
	s.heard, s.pinged = s.now, time.Time{}
	m, err := irc.Parse(text, irc.FromServer)
	if errors.Is(err, irc.ErrEmpty) {
		return
	}
	if err != nil {
		if s.malformed++; s.malformed >= maxMalformed {
			s.hangup(fmt.Errorf("%s sends what is not IRC: %w", s.cfg.Server, err))
		}
		return
	}
	if !s.on["batch"] {
		s.handle(&m)
		return
	}
	batch, taken, err := s.batches.Add(m)
	switch {
	case err != nil:
		s.hangup(fmt.Errorf("%s is in error: %w", s.cfg.Server, err))
	case batch != nil:
		s.batch(batch)
	case !taken:
		s.handle(&m)
		if label, ok := m.Tags.Get("label"); ok && !irc.IsError(m.Command) && m.Command != irc.Fail {
			s.onAck(label)
		}
	}
}

func (s *Session) batch(b *irc.Batch) {
	switch b.Type {
	case "chathistory":
		s.onHistory(b)
		return
	case "draft/chathistory-targets":
		s.onTargets(b)
		return
	case "labeled-response":
		label := b.Tags.Value("label")
		for i := range b.Messages {
			b.Messages[i].Tags.Set("label", label)
		}
		defer s.onAck(label) // unless one of the messages refuses it
	}
	for i := range b.Messages {
		if s.state != registering && s.state != online {
			return
		}
		s.handle(&b.Messages[i])
	}
	for _, inner := range b.Inner {
		s.batch(inner)
	}
}

// handle takes a message that stands by itself.
func (s *Session) handle(m *irc.Message) {
	from := irc.ParseSource(m.Source)
	if from.Host != "" && s.isMe(from.Nick) {
		s.source = m.Source
	}
	switch m.Command {
	case "PING":
		s.write(irc.Text("", "PONG", m.Params...))
	case "PONG":
		s.onPong(m.Last())
	case "CHGHOST":
		if s.isMe(from.Nick) {
			s.source = ""
		}
	case "CAP":
		s.onCap(m)
	case "AUTHENTICATE":
		s.onAuthenticate(m)
	case "ACK": // its label says it all
	case "ERROR":
		s.reason = fmt.Errorf("%s says: %s", s.cfg.Server, clip(irc.Decode(m.Last())))
		s.hangup(s.reason)
	case "PRIVMSG", "NOTICE":
		s.onText(m, from)
	case "TAGMSG":
		s.onTags(m, from)
	case "MARKREAD":
		if at, err := irc.ParseTime(strings.TrimPrefix(m.Param(1), "timestamp=")); err == nil && s.rooms[s.fold(m.Param(0))] != nil {
			s.do(SeenElsewhere{m.Param(0), at})
		}
	case "JOIN", "PART", "KICK", "QUIT", "NICK", "MODE", "TOPIC", "AWAY", "ACCOUNT", "SETNAME":
		s.onPresence(m, from)
	case "INVITE":
		if s.isMe(m.Param(0)) {
			s.do(Warned{fmt.Sprintf("%s invites you to %s on %s. To go there, write /join %[2]s.", from.Nick, clip(m.Param(1)), s.cfg.Server)})
		}
	case irc.Fail, irc.Warn, irc.Note:
		s.onStandardReply(m)
	default:
		s.onNumeric(m)
	}
}

func (s *Session) onText(m *irc.Message, from irc.Source) {
	if len(m.Params) < 2 {
		return
	}
	_, target := s.support.StatusMessage(m.Params[0])
	if m.Source == "" || from.IsServer() || s.state != online {
		if s.state == online { // what a server says while looking up names is no news
			s.do(Said{from.Nick, irc.Decode(m.Last())})
		}
		return
	}
	var r *room
	switch {
	case s.support.IsChannel(target):
		r = s.rooms[s.fold(target)]
	case s.isMe(from.Nick):
		r = s.talk(target)
	case s.isMe(target):
		if command, params, ok := irc.ParseCTCP(m.Last()); ok && command != "ACTION" {
			if m.Command == "PRIVMSG" {
				s.onCTCP(from.Nick, command, params)
			}
			return
		}
		r = s.talk(from.Nick)
	}
	if r == nil {
		return
	}
	t, ok := s.text(r, m, false)
	if t.Timed || !ok {
		if at, err := irc.ParseTime(m.Tags.Value("time")); err == nil {
			r.came(mark{at, m.Tags.Value("msgid")})
		}
	}
	if ok {
		s.do(Received{Target: r.name, Texts: []Text{t}, Past: t.Timed && t.Time.Before(s.opened.Add(-time.Minute))})
	}
}

// onCTCP answers the two questions that tell nothing a stranger may not know.
func (s *Session) onCTCP(nick, command, params string) {
	if s.outbox.full < 1 || len(params) > 100 {
		return
	}
	switch command {
	case "PING":
		s.write(irc.Text("", "NOTICE", nick, irc.FormatCTCP("PING", params)))
	case "VERSION":
		s.write(irc.Text("", "NOTICE", nick, irc.FormatCTCP("VERSION", "Parlance")))
	}
}

func (s *Session) onStandardReply(m *irc.Message) {
	reply, ok := irc.ParseStandardReply(m)
	if !ok {
		return
	}
	why := irc.Decode(reply.Description)
	if reply.Kind == irc.Fail && reply.Command == "CHATHISTORY" {
		for _, target := range reply.Context {
			if r := s.rooms[s.fold(target)]; r != nil && len(r.asked) > 0 {
				s.unanswered(r, errors.New(why))
				return
			}
		}
		for _, r := range s.rooms { // it does not say which
			if len(r.asked) > 0 {
				s.unanswered(r, errors.New(why))
			}
		}
		return
	}
	if reply.Kind == irc.Fail && (reply.Command == "PRIVMSG" || reply.Command == "*") {
		target := ""
		if len(reply.Context) > 0 {
			target = reply.Context[0]
		}
		if s.refused(m, target, why) {
			return
		}
	}
	if reply.Kind != irc.Fail || !s.refuses(clip(why)) {
		s.do(Said{m.Source, clip(why)})
	}
}

// clip bounds what a server's words may take, and holds nothing else of their line.
func clip(text string) string {
	if len(text) > 300 {
		return text[:300] + "…"
	}
	return strings.Clone(text)
}
