package core

import (
	"strings"

	"github.com/parlance-chat/parlance/netcore/irc"
)

// nickServ is the name under which the server takes REGISTER and IDENTIFY from
// clients that know neither SASL nor draft/account-registration.
const nickServ = "NickServ"

func (x *call) nickServ(text string) {
	if x.tried != nil {
		*x.tried = true
		return
	}
	words := strings.Fields(text)
	command := ""
	if len(words) > 0 {
		command = strings.ToUpper(words[0])
	}
	switch {
	case command == "REGISTER" && (len(words) == 2 || len(words) == 3):
		x.register(x.u.nick, words[1])
	case command == "IDENTIFY" && len(words) == 2:
		x.identify(x.u.nick, words[1])
	case command == "IDENTIFY" && len(words) == 3:
		x.identify(words[1], words[2])
	default:
		x.fromNickServ("REGISTER password - makes an account of your nickname.")
		x.fromNickServ("IDENTIFY [account] password - logs in.")
	}
}

func (x *call) fromNickServ(text string) {
	x.send(irc.Text(nickServ+"!"+nickServ+"@"+x.s.cfg.Name, "NOTICE", x.me(), text))
}

func (x *call) identify(name, password string) {
	if x.u.account != "" {
		x.fromNickServ("You are already logged in as " + x.u.account + ".")
		return
	}
	x.checkPassword(name, password, func(x *call, name string) {
		switch {
		case name == "":
			x.fromNickServ("Name and password do not fit.")
			x.failedOnce()
		case x.u != nil:
			x.fromNickServ("You are now logged in as " + name + ".")
			x.change(eventLogin, name)
		}
	})
}
