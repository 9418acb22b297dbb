package core

import (
	"slices"

	"github.com/parlance-chat/parlance/netcore/irc"
)

// MODE shows or changes the modes of a channel or of oneself.
func runMode(x *call) {
	if isChannel(x.m.Params[0]) {
		x.channelMode()
		return
	}
	u := x.s.nick(x.m.Params[0])
	switch {
	case u == nil:
		x.reply(irc.ERR_NOSUCHNICK, word(x.m.Params[0]))
	case u != x.u:
		x.reply(irc.ERR_USERSDONTMATCH)
	case len(x.m.Params) == 1:
		x.reply(irc.RPL_UMODEIS, u.modes())
	default:
		x.userMode()
	}
}

// userModes are those of users; none has a parameter.
var userModes = irc.ModeTypes{D: "Biow"}

func (u *user) modes() string {
	modes := "+"
	if u.bot {
		modes += "B"
	}
	if u.invisible {
		modes += "i"
	}
	if u.oper != "" {
		modes += "o"
	}
	if u.wallops {
		modes += "w"
	}
	return modes
}

func (x *call) userMode() {
	changes, bad := irc.ParseModes(userModes, x.m.Params[1], nil)
	changes = slices.DeleteFunc(changes, func(c irc.ModeChange) bool { return !x.u.wouldChange(c) })
	switch {
	case len(changes) == 0 && len(bad) > 0:
		x.reply(irc.ERR_UMODEUNKNOWNFLAG)
	case len(changes) == 0:
	case len(bad) > 0: // that is told after what was done
		x.change("UMODE", irc.FormatModes(append(changes, irc.ModeChange{Add: true, Mode: '?'}))...)
	default:
		x.change("UMODE", irc.FormatModes(changes)...)
	}
}

// wouldChange says whether a user's own change does something; nobody becomes
// operator by MODE.
func (u *user) wouldChange(c irc.ModeChange) bool {
	switch c.Mode {
	case 'B':
		return u.bot != c.Add
	case 'i':
		return u.invisible != c.Add
	case 'w':
		return u.wallops != c.Add
	case 'o':
		return !c.Add && u.oper != ""
	}
	return false
}

// applyUserMode takes the event UMODE.
func applyUserMode(x *call) {
	changes, bad := irc.ParseModes(userModes, x.m.Params[0], nil)
	var done []irc.ModeChange
	x.s.count(x.u, -1)
	for _, c := range changes {
		if !x.u.wouldChange(c) {
			continue
		}
		switch c.Mode {
		case 'B':
			x.u.bot = c.Add
		case 'i':
			x.u.invisible = c.Add
		case 'w':
			x.u.wallops = c.Add
		case 'o':
			x.u.oper = ""
		}
		done = append(done, c)
	}
	x.s.count(x.u, 1)
	x.tellModes(done)
	if len(bad) > 0 {
		x.reply(irc.ERR_UMODEUNKNOWNFLAG)
	}
}

func (x *call) tellModes(done []irc.ModeChange) {
	if len(done) > 0 {
		params := append([]string{x.u.nick}, irc.FormatModes(done)...)
		x.send(irc.New(x.u.source(), "MODE", params...))
	}
}
