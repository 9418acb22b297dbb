package core

import (
	"strconv"
	"time"

	"github.com/parlance-chat/parlance/netcore/irc"
)

// was is a nick that somebody had.
type was struct {
	Nick     string    `cbor:"1,keyasint"`
	Name     string    `cbor:"2,keyasint"`
	Host     string    `cbor:"3,keyasint"`
	Realname string    `cbor:"4,keyasint"`
	Account  string    `cbor:"5,keyasint"`
	Server   string    `cbor:"6,keyasint"`
	At       time.Time `cbor:"7,keyasint"`
}

// remember notes for WHOWAS that u gives its nick up.
func (s *State) remember(u *user, at time.Time) {
	s.whowas = append(s.whowas, was{u.nick, u.name, u.host, u.realname, u.account, u.server, at})
	if over := len(s.whowas) - s.lim.Whowas; over > 0 {
		s.whowas = s.whowas[over:]
	}
}

// WHOWAS tells about users who left, the latest first.
func runWhowas(x *call) {
	if x.m.Param(0) == "" {
		x.reply(irc.ERR_NONICKNAMEGIVEN)
		return
	}
	if len(x.m.Params) > 2 && !x.here(x.m.Params[2]) {
		return
	}
	count, err := strconv.Atoi(x.m.Param(1))
	if err != nil || count <= 0 {
		count = len(x.s.whowas)
	}
	for _, nick := range list(x.m.Params[0]) {
		found := 0
		for i := len(x.s.whowas) - 1; i >= 0 && found < count; i-- {
			w := &x.s.whowas[i]
			if fold(w.Nick) != fold(nick) {
				continue
			}
			found++
			x.text(irc.RPL_WHOWASUSER, w.Nick, w.Name, w.Host, "*", w.Realname)
			x.text(irc.RPL_WHOISSERVER, w.Nick, w.Server, w.At.Format(time.ANSIC))
			if w.Account != "" {
				x.reply(irc.RPL_WHOISACCOUNT, w.Nick, w.Account)
			}
		}
		if found == 0 {
			x.reply(irc.ERR_WASNOSUCHNICK, word(nick))
		}
		x.reply(irc.RPL_ENDOFWHOWAS, word(nick))
	}
}
