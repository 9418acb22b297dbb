package core

import (
	"strconv"

	"github.com/parlance-chat/parlance/netcore/irc"
)

// WHOIS tells about users.
func runWhois(x *call) {
	param := x.m.Param(0)
	if len(x.m.Params) > 1 {
		if !x.here(param) {
			return
		}
		param = x.m.Params[1]
	}
	nicks := list(param)
	if len(nicks) == 0 {
		x.reply(irc.ERR_NONICKNAMEGIVEN)
		return
	}
	for _, nick := range nicks[:min(len(nicks), x.s.lim.Targets)] {
		if u := x.s.nick(nick); u != nil {
			x.whois(u)
		} else {
			x.reply(irc.ERR_NOSUCHNICK, word(nick))
		}
	}
	x.reply(irc.RPL_ENDOFWHOIS, word(param))
}

func (x *call) whois(u *user) {
	private := u == x.u || x.u.oper != ""
	x.text(irc.RPL_WHOISUSER, u.nick, u.name, u.host, "*", u.realname)
	var channels []string
	for _, m := range u.channels {
		if private || m.ch.visible(x.u, u) {
			channels = append(channels, m.prefix(x.c.caps.has(capMultiPrefix))+m.ch.name)
		}
	}
	if len(channels) > 0 {
		for _, line := range pack(channels, 300) {
			x.text(irc.RPL_WHOISCHANNELS, u.nick, line)
		}
	}
	x.text(irc.RPL_WHOISSERVER, u.nick, u.server, x.s.cfg.Description)
	if u.oper != "" {
		x.reply(irc.RPL_WHOISOPERATOR, u.nick)
	}
	if u.account != "" {
		x.reply(irc.RPL_WHOISACCOUNT, u.nick, u.account)
	}
	if u.fingerprint != "" && private {
		x.text(irc.RPL_WHOISCERTFP, u.nick, "has client certificate fingerprint "+u.fingerprint)
	}
	if u.bot {
		x.reply(irc.RPL_WHOISBOT, u.nick)
	}
	if u.secure {
		x.reply(irc.RPL_WHOISSECURE, u.nick)
	}
	if u.away != "" {
		x.text(irc.RPL_AWAY, u.nick, u.away)
	}
	if private {
		x.reply(irc.RPL_WHOISACTUALLY, u.nick, u.host)
		x.text(irc.RPL_WHOISMODES, u.nick, "is using modes "+u.modes())
	}
	idle := max(0, int(x.at.Sub(u.active).Seconds()))
	x.reply(irc.RPL_WHOISIDLE, u.nick, strconv.Itoa(idle), strconv.FormatInt(u.signon.Unix(), 10))
}
