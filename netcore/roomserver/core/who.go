package core

import (
	"strconv"
	"strings"

	"github.com/parlance-chat/parlance/netcore/irc"
)

// WHO lists users: of a channel, or those whom a mask fits; with %fields of
// WHOX.
func runWho(x *call) {
	mask, options := x.m.Param(0), x.m.Param(1)
	if mask == "" {
		mask = "*"
	}
	flags, fields, extended := strings.Cut(options, "%")
	opers := strings.Contains(flags, "o")
	show := func(u *user, m *member) {
		switch {
		case opers && u.oper == "":
		case extended:
			x.whox(u, m, fields)
		default:
			x.who(u, m)
		}
	}
	if isChannel(mask) {
		if ch := x.s.channel(mask); ch != nil && x.mayList(ch) {
			for _, m := range ch.members {
				if ch.visible(x.u, m.u) {
					show(m.u, m)
				}
			}
		}
	} else if u := x.s.nick(mask); u != nil {
		show(u, x.shared(u))
	} else {
		for _, u := range x.s.sortedUsers() {
			m := x.shared(u)
			if (!u.invisible || u == x.u || m != nil && x.u.in(m.ch) != nil) && u.fits(mask) {
				show(u, m)
			}
		}
	}
	x.reply(irc.RPL_ENDOFWHO, word(mask))
}

func (u *user) fits(mask string) bool {
	for _, what := range []string{u.nick, u.name, u.host, u.server, u.realname, u.account} {
		if irc.MatchMask(irc.ASCII, mask, what) {
			return true
		}
	}
	return mask == "0"
}

// shared returns v's membership in a channel that x.u may see, nil if there is
// none; one that both are in comes first.
func (x *call) shared(v *user) *member {
	var seen *member
	for _, m := range v.channels {
		if x.u.in(m.ch) != nil {
			return m
		}
		if seen == nil && m.ch.visible(x.u, v) {
			seen = m
		}
	}
	return seen
}

// whoFlags are here or gone, operator, ranks, bot.
func (x *call) whoFlags(u *user, m *member) string {
	flags := "H"
	if u.away != "" {
		flags = "G"
	}
	if u.oper != "" {
		flags += "*"
	}
	if m != nil {
		flags += m.prefix(x.c.caps.has(capMultiPrefix))
	}
	if u.bot {
		flags += "B"
	}
	return flags
}

func (m *member) channelName() string {
	if m == nil {
		return "*"
	}
	return m.ch.name
}

func (x *call) who(u *user, m *member) {
	x.text(irc.RPL_WHOREPLY, m.channelName(), u.name, u.host, u.server, u.nick, x.whoFlags(u, m), x.hops(u)+" "+u.realname)
}

// hops are 0 for users of this server.
func (x *call) hops(u *user) string {
	if u.id.Origin == x.s.cfg.Origin {
		return "0"
	}
	return "1"
}

// whox answers with the fields asked for, in the order that IRCv3 whox gives.
func (x *call) whox(u *user, m *member, asked string) {
	asked, token, _ := strings.Cut(asked, ",")
	if len(token) > 3 || strings.Trim(token, "0123456789") != "" || token == "" {
		token = "0"
	}
	var params []string
	for _, f := range "tcuihsnfdlaor" {
		if !strings.ContainsRune(asked, f) {
			continue
		}
		value := ""
		switch f {
		case 't':
			value = token
		case 'c':
			value = m.channelName()
		case 'u':
			value = u.name
		case 'i': // addresses are shown to nobody
			value = "255.255.255.255"
		case 'h':
			value = u.host
		case 's':
			value = u.server
		case 'n':
			value = u.nick
		case 'f':
			value = x.whoFlags(u, m)
		case 'd':
			value = x.hops(u)
		case 'l':
			value = strconv.Itoa(int(x.at.Sub(u.active).Seconds()))
		case 'a':
			if value = u.account; value == "" {
				value = "0"
			}
		case 'o':
			value = "n/a"
		case 'r':
			value = u.realname
		}
		params = append(params, value)
	}
	if strings.ContainsRune(asked, 'r') {
		x.text(irc.RPL_WHOSPCRPL, params...)
	} else {
		x.reply(irc.RPL_WHOSPCRPL, params...)
	}
}
