package session

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/parlance-chat/parlance/netcore/irc"
	"github.com/parlance-chat/parlance/netcore/room/history"
	"github.com/parlance-chat/parlance/netcore/room/machine"
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
			s.do(s.outbox.Acknowledge(label)...)
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
		defer func() { s.do(s.outbox.Acknowledge(label)...) }() // unless one of the messages refuses it
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
			s.do(machine.SeenElsewhere{Target: m.Param(0), Time: at})
		}
	case "JOIN", "PART", "KICK", "QUIT", "NICK", "MODE", "TOPIC", "AWAY", "ACCOUNT", "SETNAME":
		s.onPresence(m, from)
	case "INVITE":
		if s.isMe(m.Param(0)) {
			s.onInvite(from.Nick, clip(m.Param(1)))
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
			s.do(machine.Said{From: from.Nick, Text: irc.Decode(m.Last())})
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
		s.away(from.Nick, "") // who writes is back
	}
	if r == nil {
		return
	}
	t, ok := s.text(r, m, false)
	if at, told := s.saidAt(m); told && (t.Timed || !ok) {
		r.history.Came(history.Mark{At: at, MsgID: m.Tags.Value("msgid")}, s.outbox.WaitsFor(r))
	}
	if ok {
		s.do(machine.Received{Target: r.name, Texts: []machine.Text{t}, Past: t.Timed && t.Time.Before(s.opened.Add(-time.Minute))})
	}
}

// onCTCP answers the two questions that tell nothing a stranger may not know.
func (s *Session) onCTCP(nick, command, params string) {
	if !s.outbox.Allows(1) || len(params) > 100 {
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
		if slices.ContainsFunc(reply.Context, func(word string) bool { return strings.EqualFold(word, "TARGETS") }) {
			return // conversations begun while away are not told, but no room's gap is meant
		}
		for _, target := range reply.Context {
			if r := s.rooms[s.fold(target)]; r != nil {
				if asked, _ := r.history.Next(); asked {
					s.unanswered(r, errors.New(why))
					return
				}
			}
		}
		for _, r := range s.rooms { // it does not say which
			if asked, _ := r.history.Next(); asked {
				s.unanswered(r, errors.New(why))
			}
		}
		return
	}
	if reply.Kind == irc.Fail && reply.Command == "JOIN" {
		for _, word := range reply.Context {
			if r := s.rooms[s.fold(word)]; r != nil && r.channel && !r.joined {
				s.notJoined(r, clip(why))
				return
			}
		}
	}
	_, labelled := m.Tags.Get("label")
	if reply.Kind == irc.Fail && (labelled || reply.Command == "PRIVMSG" || reply.Command == "*") {
		target := ""
		if len(reply.Context) > 0 {
			target = reply.Context[0]
		}
		if s.refused(m, target, why) {
			return
		}
	}
	if reply.Kind != irc.Fail || !s.refuses(clip(why)) {
		s.do(machine.Said{From: m.Source, Text: clip(why)})
	}
}

// onInvite tells of an invitation: the first few of a connection so that they are seen
// at once, for anybody can send as many as they like; all of them where the server
// speaks.
func (s *Session) onInvite(nick, channel string) {
	text := fmt.Sprintf("%s invites you to %s on %s. To go there, write /join %[2]s.", nick, channel, s.cfg.Server)
	if s.invites++; s.invites <= maxInvites {
		s.do(machine.Warned{Text: text})
	}
	s.do(machine.Said{From: nick, Text: text})
}

// clip bounds what a server's words may take, and holds nothing else of their line.
func clip(text string) string {
	size := 300
	if len(text) <= size {
		return strings.Clone(text)
	}
	for !utf8.RuneStart(text[size]) {
		size--
	}
	return text[:size] + "…"
}
