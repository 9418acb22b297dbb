package core

import "github.com/parlance-chat/parlance/netcore/irc"

// OPER makes an operator of who knows the password.
func runOper(x *call) {
	name, password := x.m.Params[0], x.m.Params[1]
	hash, ok := x.s.cfg.Opers[name]
	if !ok {
		x.wrongOper()
		return
	}
	x.ask(func(q uint64) Output { return Verify{Query: q, Password: password, Hash: hash} }, func(x *call, in Input) {
		if v, _ := in.(Verified); !v.OK {
			x.wrongOper()
		} else if x.u != nil {
			x.change(eventOper, name)
		}
	})
}

func (x *call) wrongOper() {
	x.reply(irc.ERR_PASSWDMISMATCH)
	x.failedOnce()
}

func applyOper(x *call) {
	was := x.u.oper
	x.s.count(x.u, -1)
	x.u.oper = x.m.Params[0]
	x.s.count(x.u, 1)
	x.reply(irc.RPL_YOUREOPER)
	if was == "" {
		x.tellModes([]irc.ModeChange{{Add: true, Mode: 'o'}})
	}
}
