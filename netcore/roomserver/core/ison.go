package core

import (
	"strings"

	"github.com/parlance-chat/parlance/netcore/irc"
)

// ISON says which of some nicks are there.
func runIson(x *call) {
	var here []string
	for _, param := range x.m.Params {
		for _, nick := range strings.Fields(param) {
			if u := x.s.nick(nick); u != nil {
				here = append(here, u.nick)
			}
		}
	}
	x.text(irc.RPL_ISON, pack(here, 400)[0])
}
