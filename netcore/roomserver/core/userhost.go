package core

import (
	"strings"

	"github.com/parlance-chat/parlance/netcore/irc"
)

// USERHOST tells where up to five users are.
func runUserhost(x *call) {
	var answers []string
	for _, nick := range x.m.Params[:min(len(x.m.Params), 5)] {
		u := x.s.nick(nick)
		if u == nil {
			continue
		}
		oper, here := "", "+"
		if u.oper != "" {
			oper = "*"
		}
		if u.away != "" {
			here = "-"
		}
		answers = append(answers, u.nick+oper+"="+here+u.name+"@"+u.host)
	}
	x.text(irc.RPL_USERHOST, strings.Join(answers, " "))
}
