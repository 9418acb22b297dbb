package core

import (
	"slices"

	"github.com/parlance-chat/parlance/netcore/irc"
)

// INVITE lets a user into a channel, or lists the own invitations.
func runInvite(x *call) {
	if len(x.m.Params) == 0 {
		var names []string
		for _, ch := range x.s.channels {
			if ch.isInvited(x.u.id) {
				names = append(names, ch.name)
			}
		}
		slices.Sort(names)
		for _, name := range names {
			x.reply(irc.RPL_INVITELIST, name)
		}
		x.reply(irc.RPL_ENDOFINVITELIST)
		return
	}
	if len(x.m.Params) < 2 {
		x.reply(irc.ERR_NEEDMOREPARAMS, "INVITE")
		return
	}
	x.change("INVITE", x.m.Params[0], x.m.Params[1])
}

func checkInvite(x *call) bool {
	v, ch := x.s.nick(x.m.Params[0]), x.s.channel(x.m.Params[1])
	m := x.u.in(ch)
	switch {
	case v == nil:
		x.reply(irc.ERR_NOSUCHNICK, word(x.m.Params[0]))
	case ch == nil:
		x.reply(irc.ERR_NOSUCHCHANNEL, word(x.m.Params[1]))
	case m == nil:
		x.reply(irc.ERR_NOTONCHANNEL, ch.name)
	case ch.inviteOnly && !m.op:
		x.reply(irc.ERR_CHANOPRIVSNEEDED, ch.name)
	case v.in(ch) != nil:
		x.reply(irc.ERR_USERONCHANNEL, v.nick, ch.name)
	default:
		return true
	}
	return false
}

func applyInvite(x *call) {
	s := x.s
	v, ch := s.nick(x.m.Params[0]), s.channel(x.m.Params[1])
	if x.u.in(ch).op { // only an operator's opens a door
		ch.uninvite(v.id)
		ch.invited = append(ch.invited, v.id)
		if over := len(ch.invited) - s.lim.Invites; over > 0 {
			ch.invited = slices.Delete(ch.invited, 0, over)
		}
	}
	x.reply(irc.RPL_INVITING, v.nick, ch.name)
	if v.away != "" {
		x.text(irc.RPL_AWAY, v.nick, v.away)
	}
	p := x.from(x.u, irc.New("", "INVITE", v.nick, ch.name))
	if v.client != nil {
		s.post(&p, v.client, x.j)
	}
	for _, m := range ch.members {
		if c := m.u.client; c != nil && c.caps.has(capInviteNotify) && m.u != x.u {
			s.post(&p, c, x.j)
		}
	}
}

func (ch *channel) isInvited(id Session) bool { return slices.Contains(ch.invited, id) }

func (ch *channel) uninvite(id Session) {
	ch.invited = slices.DeleteFunc(ch.invited, func(o Session) bool { return o == id })
}
