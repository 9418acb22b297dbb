package session

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/parlance-chat/parlance/netcore/irc"
	"github.com/parlance-chat/parlance/netcore/room/machine"
)

// onPresence takes who comes and goes and what becomes of channels.
func (s *Session) onPresence(m *irc.Message, from irc.Source) {
	switch m.Command {
	case "JOIN":
		s.onJoin(m, from)
	case "PART":
		if r := s.rooms[s.fold(m.Param(0))]; r != nil && r.channel {
			s.leaves(r, from.Nick, "You left.")
		}
	case "KICK":
		if r := s.rooms[s.fold(m.Param(0))]; r != nil && r.channel {
			s.leaves(r, m.Param(1), fmt.Sprintf("you were removed by %s: %s", from.Nick, clip(irc.Decode(m.Param(2)))))
		}
	case "QUIT":
		for _, r := range s.rooms {
			if r.members[s.fold(from.Nick)] != nil {
				r.remove(s, from.Nick)
				s.changed(r)
			}
		}
		s.partner(from.Nick, gone)
	case "NICK":
		s.onNick(from.Nick, m.Param(0))
	case "MODE":
		if r := s.rooms[s.fold(m.Param(0))]; r != nil && r.channel && len(m.Params) > 1 {
			s.onModes(r, m.Params[1], m.Params[2:])
		}
	case "TOPIC":
		s.setTopic(m.Param(0), irc.Decode(m.Param(1)))
	case "AWAY":
		s.update(from.Nick, func(who *Member) { who.Away = m.Param(0) != "" })
		s.away(from.Nick, clip(irc.Decode(m.Param(0))))
	case "ACCOUNT":
		s.update(from.Nick, func(who *Member) { who.Account = account(m.Param(0)) })
	case "SETNAME":
		s.update(from.Nick, func(who *Member) { who.Name = clip(irc.Decode(m.Param(0))) })
	}
}

// account reads the name of an account, of which * is none.
func account(param string) string { return strings.Clone(strings.TrimPrefix(param, "*")) }

// update changes somebody in all channels.
func (s *Session) update(nick string, change func(*Member)) {
	folded := s.fold(nick)
	for _, r := range s.rooms {
		if who := r.members[folded]; who != nil {
			change(who)
			s.changed(r)
		}
	}
}

func (s *Session) onJoin(m *irc.Message, from irc.Source) {
	r := s.rooms[s.fold(m.Param(0))]
	if s.isMe(from.Nick) {
		if r == nil || !r.channel {
			if r = s.room(m.Param(0), true); r == nil || !r.channel {
				return
			}
			r.wanted = true // the server put this client here, as for a new name of a channel
		}
		r.name = strings.Clone(m.Param(0))
		r.members, r.beyond, r.why, r.topic = nil, 0, "", ""
		if !r.joined { // or a server could have as much asked of it as it likes
			r.joined = true
			entered, _ := s.saidAt(m)
			s.fill(r, entered)
			s.do(machine.Entered{Channel: r.name})
			s.who(r)
		}
	}
	if r == nil || !r.channel || !r.joined {
		return
	}
	if who := r.member(s, from.Nick); who != nil && len(m.Params) >= 3 { // extended-join
		who.Account = account(m.Params[1])
		who.Name = clip(irc.Decode(m.Params[2]))
	}
	s.changed(r)
}

// who asks for what NAMES does not say, where the answer is short enough: with WHOX
// just the fields that are shown.
func (s *Session) who(r *room) {
	if _, ok := s.support.Get("WHOX"); ok {
		s.outbox.Later(irc.New("", "WHO", r.name, "%tcnfar,"+whoToken))
	}
}

const whoToken = "47"

// leaves takes somebody out of a channel; this client does not come back by itself.
func (s *Session) leaves(r *room, nick, why string) {
	if !s.isMe(nick) {
		r.remove(s, nick)
		s.changed(r)
		return
	}
	r.reset()
	s.abandon(r, errors.New(why))
	r.why, r.wanted = why, false
	s.do(machine.Departed{Channel: r.name, Why: why})
	s.changed(r)
}

func (s *Session) onNick(was, is string) {
	if is == "" {
		return
	}
	if s.isMe(was) {
		s.nick = strings.Clone(is)
		s.rememberNick()
		if s.asks("NICK") {
			s.cfg.Nick = s.nick // and after a reconnect
		}
		if s.nick == s.cfg.Nick {
			s.regainAt = time.Time{}
		}
		s.do(machine.Changed{})
	}
	s.follow(was, is)
	s.partner(was, gone)
	s.partner(is, here)
	for _, r := range s.rooms {
		who := r.members[s.fold(was)]
		if who == nil {
			continue
		}
		delete(r.members, s.fold(was))
		who.Nick = strings.Clone(is)
		r.members[s.fold(who.Nick)] = who
		s.changed(r)
	}
}

// follow goes on with a private conversation under its partner's new nick, unless there
// is one with that nick already: then that one goes on.
func (s *Session) follow(was, is string) {
	r, other := s.rooms[s.fold(was)], s.rooms[s.fold(is)]
	if r == nil || r.channel || other != nil && other != r || s.support.IsChannel(is) || strings.Contains(is, ",") {
		return
	}
	delete(s.rooms, s.fold(was))
	was, r.name = r.name, strings.Clone(is)
	s.rooms[s.fold(r.name)] = r
	s.watch("-", was)
	s.watch("+", r.name)
	s.do(machine.Renamed{Was: was, Is: r.name})
}

// watch has the server tell, or tell no more, whether somebody is there, if it can.
func (s *Session) watch(sign, nick string) {
	if _, ok := s.support.Get("MONITOR"); ok && s.state == online && s.reg.ready {
		s.outbox.Later(irc.New("", "MONITOR", sign, nick)) // others decide how many of these there are
	}
}

// partner notes whether the other side of a private conversation is there.
func (s *Session) partner(nick string, is presence) {
	if r := s.rooms[s.fold(nick)]; r != nil && !r.channel && r.online != is {
		r.online, r.away = is, ""
		s.changed(r)
	}
}

// away notes why the other side of a private conversation is away, "" that it is not;
// false: there is none with that nick.
func (s *Session) away(nick, why string) bool {
	r := s.rooms[s.fold(nick)]
	if r == nil || r.channel {
		return false
	}
	if r.away != why {
		r.away = why
		s.changed(r)
	}
	return true
}

func (s *Session) onModes(r *room, modes string, params []string) {
	types := s.support.ModeTypes()
	changes, _ := irc.ParseModes(types, modes, params)
	for _, c := range changes {
		symbol := types.Symbol(c.Mode)
		who := r.members[s.fold(c.Param)]
		switch {
		case symbol != 0 && who != nil && c.Add:
			who.Symbols = types.WithSymbol(who.Symbols, symbol)
		case symbol != 0 && who != nil:
			who.Symbols = types.WithoutSymbol(who.Symbols, symbol)
		case c.Mode == 'k' && c.Add && c.Param != "" && c.Param != "*":
			r.key = strings.Clone(c.Param)
		}
	}
	s.changed(r)
}

func (s *Session) onNames(m *irc.Message) {
	r := s.rooms[s.fold(m.Param(2))]
	if r == nil || !r.joined {
		return
	}
	types := s.support.ModeTypes()
	for name := range strings.FieldsSeq(m.Param(3)) {
		symbols, rest := types.SplitPrefixes(name)
		nick := irc.ParseSource(rest).Nick // userhost-in-names
		if nick == "" {
			continue
		}
		if who := r.member(s, nick); who != nil {
			who.Symbols = strings.Clone(symbols)
		}
	}
}

// onWho takes what was asked for by who.
func (s *Session) onWho(m *irc.Message) {
	if m.Param(1) != whoToken || len(m.Params) < 7 {
		return
	}
	if r := s.rooms[s.fold(m.Param(2))]; r != nil {
		if who := r.members[s.fold(m.Param(3))]; who != nil {
			who.Away = strings.HasPrefix(m.Param(4), "G")
			if m.Param(5) != "0" {
				who.Account = account(m.Param(5))
			}
			who.Name = clip(irc.Decode(m.Param(6)))
		}
	}
}

// onMonitor takes who of those watched is there.
func (s *Session) onMonitor(m *irc.Message, is presence) {
	for target := range strings.SplitSeq(m.Last(), ",") {
		s.partner(irc.ParseSource(target).Nick, is)
	}
}
