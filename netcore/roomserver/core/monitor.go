package core

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/parlance-chat/parlance/netcore/irc"
)

// MONITOR tells when certain nicks come and go (IRCv3 monitor).
func runMonitor(x *call) {
	c := x.c
	switch strings.ToUpper(x.m.Params[0]) {
	case "+":
		x.watch(list(x.m.Param(1)))
	case "-":
		for _, nick := range list(x.m.Param(1)) {
			x.s.unwatch(c, fold(nick))
		}
	case "C":
		x.s.unwatchAll(c)
	case "L":
		for _, line := range x.packList(x.watched()) {
			x.text(irc.RPL_MONLIST, line)
		}
		x.reply(irc.RPL_ENDOFMONLIST)
	case "S":
		x.status(x.watched())
	default:
		x.fail("MONITOR", "INVALID_PARAMS", []string{x.m.Params[0]}, "Unknown subcommand")
	}
}

func (x *call) watched() []string {
	var nicks []string
	for _, key := range slices.Sorted(maps.Keys(x.c.watching)) {
		nicks = append(nicks, x.c.watching[key])
	}
	return nicks
}

func (x *call) watch(nicks []string) {
	c, s := x.c, x.s
	for i, nick := range nicks {
		if !irc.ValidNick(nick, s.lim.Nick) {
			nicks[i] = ""
			continue
		}
		if _, ok := c.watching[fold(nick)]; ok {
			continue
		}
		if len(c.watching) >= s.lim.Monitor {
			x.status(nicks[:i])
			x.reply(irc.ERR_MONLISTFULL, strconv.Itoa(s.lim.Monitor), word(strings.Join(nicks[i:], ",")))
			return
		}
		if c.watching == nil {
			c.watching = map[string]string{}
		}
		nick = strings.Clone(nick) // or all of its line is kept, tags and all
		c.watching[fold(nick)] = nick
		s.watchers[fold(nick)] = append(s.watchers[fold(nick)], c)
	}
	x.status(nicks)
}

// status tells which of nicks are there and which are not.
func (x *call) status(nicks []string) {
	var on, off []string
	for _, nick := range nicks {
		if u := x.s.nick(nick); u != nil {
			on = append(on, u.source())
		} else if nick != "" {
			off = append(off, nick)
		}
	}
	for _, line := range x.packList(on) {
		x.text(irc.RPL_MONONLINE, line)
	}
	for _, line := range x.packList(off) {
		x.text(irc.RPL_MONOFFLINE, line)
	}
}

// packList joins items with commas to lines that fit; none for no items.
func (x *call) packList(items []string) []string {
	if len(items) == 0 {
		return nil
	}
	lines := pack(items, 400)
	for i := range lines {
		lines[i] = strings.ReplaceAll(lines[i], " ", ",")
	}
	return lines
}

// monitored tells who watches u's nick that it is there, or not any more.
func (s *State) monitored(u *user, here bool) {
	for _, c := range s.watchers[fold(u.nick)] {
		x := &call{s: s, at: s.now, c: c, u: c.u}
		if here {
			x.text(irc.RPL_MONONLINE, u.source())
		} else {
			x.text(irc.RPL_MONOFFLINE, u.nick)
		}
	}
}

func (s *State) unwatch(c *client, key string) {
	if _, ok := c.watching[key]; !ok {
		return
	}
	delete(c.watching, key)
	s.watchers[key] = slices.DeleteFunc(s.watchers[key], func(o *client) bool { return o == c })
	if len(s.watchers[key]) == 0 {
		delete(s.watchers, key)
	}
}

func (s *State) unwatchAll(c *client) {
	for key := range c.watching {
		s.unwatch(c, key)
	}
}
