package core

import (
	"strings"

	"github.com/parlance-chat/parlance/netcore/irc"
)

// JOIN enters channels; "0" leaves all.
func runJoin(x *call) {
	if x.m.Params[0] == "0" {
		for _, m := range x.u.channels {
			x.change("PART", m.ch.name)
		}
		return
	}
	keys := strings.Split(x.m.Param(1), ",")
	for i, name := range strings.Split(x.m.Params[0], ",") {
		key := ""
		if i < len(keys) {
			key = keys[i]
		}
		if name != "" {
			x.change("JOIN", name, key)
		}
	}
}

func checkJoin(x *call) bool {
	s, u, name, key := x.s, x.u, x.m.Params[0], x.m.Params[1]
	if !irc.ValidChannel(name, "#", s.lim.Channel) {
		x.reply(irc.ERR_NOSUCHCHANNEL, word(name))
		return false
	}
	ch := s.channel(name)
	if u.in(ch) != nil {
		return false
	}
	if len(u.channels) >= s.lim.Channels {
		x.reply(irc.ERR_TOOMANYCHANNELS, name)
		return false
	}
	if ch == nil {
		if len(s.channels) >= s.lim.AllChannels {
			x.reply(irc.ERR_TOOMANYCHANNELS, name)
			return false
		}
		return true
	}
	if ch.founded(u) {
		return true
	}
	invited := ch.isInvited(u.id)
	switch {
	case !invited && ch.banned(u):
		x.reply(irc.ERR_BANNEDFROMCHAN, ch.name)
	case ch.inviteOnly && !invited && !matches(ch.invexes, u):
		x.reply(irc.ERR_INVITEONLYCHAN, ch.name)
	case ch.key != "" && !invited && key != ch.key:
		x.reply(irc.ERR_BADCHANNELKEY, ch.name)
	case ch.limit > 0 && !invited && len(ch.members) >= ch.limit:
		x.reply(irc.ERR_CHANNELISFULL, ch.name)
	default:
		return true
	}
	return false
}

func applyJoin(x *call) {
	s, u, name := x.s, x.u, x.m.Params[0]
	ch := s.channel(name)
	fresh := ch == nil
	if fresh {
		ch = &channel{name: name, created: x.at, noExternal: true, topicLock: true, index: map[*user]*member{}}
		s.channels[fold(name)] = ch
		if u.account != "" && s.foundedBy(u.account) < s.lim.Kept {
			ch.founder, ch.kept = u.account, true
		}
	}
	m := s.addMember(ch, u)
	m.op = fresh || ch.founded(u)
	ch.uninvite(u.id)

	short := x.from(u, irc.New("", "JOIN", ch.name))
	long := short
	account := "*"
	if u.account != "" {
		account = u.account
	}
	long.msg = irc.Text(u.source(), "JOIN", ch.name, account, u.realname)
	rank := post{msg: irc.New(s.cfg.Name, "MODE", ch.name, "+o", u.nick), at: x.at}
	away := x.from(u, irc.Text("", "AWAY", u.away))
	for _, o := range ch.members {
		c := o.u.client
		if c == nil {
			continue
		}
		p := &short
		if c.caps.has(capExtendedJoin) {
			p = &long
		}
		s.post(p, c, x.j)
		if o == m {
			continue
		}
		if m.op {
			s.post(&rank, c, x.j)
		}
		if u.away != "" && c.caps.has(capAwayNotify) {
			s.post(&away, c, x.j)
		}
	}
	if x.c != nil {
		if ch.topic != "" {
			x.topic(ch)
		}
		if x.c.caps.has(capReadMarker) {
			x.mark(ch.name)
		}
		x.names(ch)
		x.reply(irc.RPL_ENDOFNAMES, ch.name)
		if !fresh && x.c.caps.has(capServerTime) && !x.c.caps.has(capHistory) {
			x.recent(m)
		}
	}
}

// recent shows the newest of what was said before, at its times, to a client that
// cannot ask for it: most people's programs know nothing of CHATHISTORY. The disk
// may take its time; the client's next lines, a PING maybe, do not wait for it.
func (x *call) recent(m *member) {
	const page = 50 // a screen or two
	ch := m.ch
	// What is said from now on comes by itself, and stands behind the join, where Find
	// does not look.
	h := History{Subject: Event{Talk: channelKey(ch.name)}.Subject(), Order: Latest, Limit: min(page, x.s.lim.History)}
	x.aside().ask(func(q uint64) Output { return Find{Query: q, History: h} }, func(x *call, in Input) {
		// Who left and came again is shown what the second join asked for.
		if found, ok := in.(Found); ok && found.Err == nil && len(found.Events) > 0 && x.u.in(ch) == m {
			x.playback(ch.name, found.Events)
		}
	})
}

// foundedBy counts the channels that are kept for an account.
func (s *State) foundedBy(account string) int {
	n := 0
	for _, ch := range s.channels {
		if ch.kept && fold(ch.founder) == fold(account) {
			n++
		}
	}
	return n
}
