package core

import "github.com/parlance-chat/parlance/netcore/irc"

// REGISTER makes an account (IRCv3 draft/account-registration).
func runRegister(x *call) {
	name := x.m.Params[0]
	if x.c.nick == "" && x.u == nil {
		x.fail("REGISTER", "NEED_NICK", []string{"*"}, "You must choose a nickname first")
		return
	}
	if name == "*" {
		name = x.me()
	}
	x.register(name, x.m.Params[2])
}

// VERIFY is never needed here: no account waits for a code.
func runVerify(x *call) {
	x.fail("VERIFY", "INVALID_CODE", []string{x.m.Params[0]}, "No account waits for a code")
}

func (x *call) register(name, password string) {
	switch {
	case x.c.loggedIn() != "":
		x.registerFail("ALREADY_AUTHENTICATED", name, "You are already logged in")
		return
	case !irc.ValidNick(name, x.s.lim.Nick) || fold(name) == fold(nickServ):
		x.registerFail("BAD_ACCOUNT_NAME", name, "An account's name has to be a valid nickname")
		return
	case !x.mayRegister(name):
		return
	case len(password) < minPassword:
		x.registerFail("WEAK_PASSWORD", name, "The password is too short")
		return
	case len(password) > maxPassword:
		x.registerFail("UNACCEPTABLE_PASSWORD", name, "The password is too long")
		return
	}
	x.ask(func(q uint64) Output { return Hash{Query: q, Password: password} }, func(x *call, in Input) {
		h, _ := in.(Hashed)
		if h.Err != nil || h.Hash == "" {
			x.registerFail("TEMPORARILY_UNAVAILABLE", name, "Try again later")
			return
		}
		x.append(Event{
			Message: irc.New("", eventAccount, name),
			Secret:  &Secret{Hash: h.Hash, Scram: h.Scram},
		})
	})
}

// mayRegister answers why a name cannot become an account.
func (x *call) mayRegister(name string) bool {
	switch o := x.s.nick(name); {
	case x.s.accounts[fold(name)] != nil:
		x.registerFail("ACCOUNT_EXISTS", name, "This account exists already")
	case o != nil && o != x.u:
		x.registerFail("BAD_ACCOUNT_NAME", name, "Somebody else uses this name now")
	case len(x.s.accounts) >= x.s.lim.Accounts:
		x.registerFail("TEMPORARILY_UNAVAILABLE", name, "There are too many accounts")
	default:
		return true
	}
	return false
}

// registerFail answers a REGISTER, or NickServ's.
func (x *call) registerFail(code, name, text string) {
	if x.j != nil && x.j.m.Command == "REGISTER" {
		x.fail("REGISTER", code, []string{name}, text)
	} else {
		x.fromNickServ(text + ".")
	}
}

func checkAccount(x *call) bool { return x.ev.Secret != nil && x.mayRegister(x.m.Params[0]) }

func applyAccount(x *call) {
	name := x.m.Params[0]
	x.s.accounts[fold(name)] = &account{name: name, created: x.at, secret: x.ev.Secret}
	if x.j != nil && x.j.m.Command == "REGISTER" {
		x.send(irc.Text(x.s.cfg.Name, "REGISTER", "SUCCESS", name, "Account successfully registered"))
	} else {
		x.fromNickServ("You are now registered as " + name + ".")
	}
	if x.u != nil {
		x.setAccount(name)
	} else if x.c != nil {
		x.c.account = name
		x.tellLogin(name)
	}
}
