package core

import (
	"slices"
	"strings"
	"time"

	"github.com/parlance-chat/parlance/netcore/irc"
)

// PRIVMSG, NOTICE and TAGMSG go to channels and users.
func runMessage(x *call) {
	command := x.m.Command
	if x.m.Param(0) == "" {
		if command == "PRIVMSG" || command == "TAGMSG" {
			x.text(irc.ERR_NORECIPIENT, "No recipient given ("+command+")")
		}
		return
	}
	text := x.m.Param(1)
	if text == "" && command != "TAGMSG" {
		if command == "PRIVMSG" {
			x.reply(irc.ERR_NOTEXTTOSEND)
		}
		return
	}
	targets := list(x.m.Params[0])
	if len(targets) > x.s.lim.Targets {
		if command != "NOTICE" {
			x.reply(irc.ERR_TOOMANYTARGETS, word(targets[x.s.lim.Targets]))
		}
		targets = targets[:x.s.lim.Targets]
	}
	for _, target := range targets {
		if fold(target) == fold(nickServ) {
			if command == "PRIVMSG" {
				x.nickServ(text)
			}
			continue
		}
		m := irc.Text("", command, target)
		if command != "TAGMSG" {
			m.Params = append(m.Params, text)
		}
		m.Tags = x.m.Tags.ClientOnly()
		x.append(x.message(m))
	}
}

// message returns the event of a message, with what history needs.
func (x *call) message(m irc.Message) Event {
	ev := Event{Message: m, Source: x.u.source(), Account: x.u.account, Bot: x.u.bot}
	if m.Command == "TAGMSG" {
		return ev
	}
	if ch := x.s.channel(m.Params[0]); ch != nil {
		ev.Talk = channelKey(ch.name)
	} else if v := x.s.nick(m.Params[0]); v != nil {
		ev.Talk = talkKey(x.u.identity(), v.identity())
	}
	return ev
}

// status splits @#room, which means the operators in it.
func status(target string) (rank byte, name string) {
	if rest := strings.TrimLeft(target, "@+"); rest != target && isChannel(rest) {
		if strings.Contains(target[:len(target)-len(rest)], "+") {
			return '+', rest
		}
		return '@', rest
	}
	return 0, target
}

func checkMessage(x *call) bool {
	tell := x.m.Command != "NOTICE"
	_, target := status(x.m.Params[0])
	if !isChannel(target) {
		if x.s.nick(target) == nil {
			if tell {
				x.reply(irc.ERR_NOSUCHNICK, word(target))
			}
			return false
		}
		return true
	}
	ch := x.s.channel(target)
	if ch == nil {
		if tell {
			x.reply(irc.ERR_NOSUCHCHANNEL, word(target))
		}
		return false
	}
	if !ch.speaks(x.u) {
		if tell {
			x.reply(irc.ERR_CANNOTSENDTOCHAN, ch.name)
		}
		return false
	}
	if ch.noCTCP && x.ev.asks() {
		if tell {
			x.text(irc.ERR_CANNOTSENDTOCHAN, ch.name, "Cannot send to channel (+C)")
		}
		return false
	}
	return true
}

// asks says whether a message has a CTCP request or answer in it, in any of its
// lines. What somebody does is none.
func (e *Event) asks() bool {
	is := func(text string) bool {
		command, _, ok := irc.ParseCTCP(text)
		return ok && command != "ACTION"
	}
	return is(e.Message.Param(1)) || slices.ContainsFunc(e.Parts, func(p Part) bool { return is(p.Text) })
}

// speaks says whether u may send to ch.
func (ch *channel) speaks(u *user) bool {
	m := u.in(ch)
	switch {
	case m == nil && ch.noExternal:
		return false
	case m != nil && (m.op || m.voice):
		return true
	}
	return !ch.moderated && !ch.banned(u)
}

func applyMessage(x *call) {
	s, u := x.s, x.u
	rank, target := status(x.m.Params[0])
	u.active = x.at
	d := delivery{x: x, target: x.m.Params[0]}
	if ch := s.channel(target); ch != nil && isChannel(target) {
		d.target = x.m.Params[0][:len(x.m.Params[0])-len(target)] + ch.name
		if x.ev.Talk != "" {
			x.at = Following(ch.last, x.at)
			ch.last = x.at
		}
		for _, m := range ch.members {
			if c := m.u.client; c != nil && m.u != u && (rank == 0 || m.op || rank == '+' && m.voice) {
				d.to(c, x.j)
			}
		}
	} else {
		v := s.nick(target)
		d.target = v.nick
		if x.ev.Talk != "" {
			x.at = Following(s.lastTalk(u, v), x.at)
			s.talked(u, v, x.at)
		}
		if v.client != nil && v != u {
			d.to(v.client, x.j)
		} else if v.client != nil {
			d.to(v.client, nil) // to oneself: the echo has the label, this not
		}
		if v.away != "" && x.m.Command == "PRIVMSG" {
			x.text(irc.RPL_AWAY, v.nick, v.away)
		}
	}
	if x.c != nil && x.c.caps.has(capEcho) {
		d.to(x.c, x.j)
	}
}

// lastOf returns the time of the last message to a target; zero if there is none.
func (x *call) lastOf(target string) time.Time {
	_, name := status(target)
	if ch := x.s.channel(name); ch != nil {
		return ch.last
	}
	if v := x.s.nick(name); v != nil {
		return x.s.lastTalk(x.u, v)
	}
	return time.Time{}
}

// lastTalk returns the time of the last message between two users.
func (s *State) lastTalk(u, v *user) (last time.Time) {
	for _, p := range [2][2]*user{{u, v}, {v, u}} {
		if mem := s.recall(p[0]); mem != nil && mem.talks[p[1].identity()].Last.After(last) {
			last = mem.talks[p[1].identity()].Last
		}
	}
	return last
}

// talked remembers that two users have a conversation.
func (s *State) talked(u, v *user, at time.Time) {
	for _, p := range [2][2]*user{{u, v}, {v, u}} {
		mem := s.memoryOf(p[0], at)
		if mem == nil {
			continue
		}
		with := p[1].nick
		if p[1].account != "" && !isCertAccount(p[1].account) {
			with = p[1].account
		}
		if mem.talks == nil {
			mem.talks = map[string]talk{}
		}
		mem.talks[p[1].identity()] = talk{with, at}
		if len(mem.talks) > s.lim.Talks {
			oldest := ""
			for id, t := range mem.talks {
				o := mem.talks[oldest]
				if oldest == "" || t.Last.Before(o.Last) || t.Last.Equal(o.Last) && id < oldest {
					oldest = id
				}
			}
			delete(mem.talks, oldest)
		}
	}
}
