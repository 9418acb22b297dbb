package core

import (
	"maps"
	"slices"

	"github.com/parlance-chat/parlance/netcore/irc"
)

// NAMES lists who is in channels: in those named, or in all.
func runNames(x *call) {
	names := list(x.m.Param(0))
	if len(names) == 0 {
		for _, key := range slices.Sorted(maps.Keys(x.s.channels)) {
			if ch := x.s.channels[key]; x.mayList(ch) {
				x.names(ch)
			}
		}
		x.reply(irc.RPL_ENDOFNAMES, "*")
		return
	}
	for _, name := range names {
		ch := x.s.channel(name)
		if ch == nil {
			x.reply(irc.RPL_ENDOFNAMES, word(name))
			continue
		}
		if x.mayList(ch) {
			x.names(ch)
		}
		x.reply(irc.RPL_ENDOFNAMES, ch.name)
	}
}

// mayList says whether the channel and its members are shown to who asks.
func (x *call) mayList(ch *channel) bool { return !ch.secret || x.u.in(ch) != nil }

// names tells the members, without the end of the list.
func (x *call) names(ch *channel) {
	caps := x.c.caps
	var names []string
	for _, m := range ch.members {
		if !ch.visible(x.u, m.u) {
			continue
		}
		name := m.u.nick
		if caps.has(capUserhostInNames) {
			name = m.u.source()
		}
		names = append(names, m.prefix(caps.has(capMultiPrefix))+name)
	}
	symbol := "="
	if ch.secret {
		symbol = "@"
	}
	if len(names) > 0 {
		room := irc.MaxLine - len(":"+x.s.cfg.Name+" 353 "+x.me()+" = "+ch.name+" :\r\n")
		for _, line := range pack(names, room) {
			x.text(irc.RPL_NAMREPLY, symbol, ch.name, line)
		}
	}
}
