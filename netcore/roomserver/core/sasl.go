package core

import (
	"encoding/base64"
	"slices"
	"strings"

	"github.com/parlance-chat/parlance/netcore/irc"
)

// saslTalk is a log-in under way.
type saslTalk struct {
	mechanism string
	got       string // base64 so far
	scram     *scramTalk
}

// certPrefix begins the accounts that a certificate is by itself. No name that
// can be registered has a colon.
const certPrefix = "cert:"

func isCertAccount(name string) bool { return strings.HasPrefix(name, certPrefix) }

// certAccount is the account of a certificate: half of its SHA-256.
func certAccount(fingerprint string) string { return certPrefix + clip(fingerprint, 32) }

// mechanisms are what the client can log in with.
func (x *call) mechanisms() []string {
	m := []string{"PLAIN", "SCRAM-SHA-256"}
	if x.c.conn.Fingerprint != "" {
		m = append(m, "EXTERNAL")
	}
	return m
}

// loggedIn returns the client's account.
func (c *client) loggedIn() string {
	if c.u != nil {
		return c.u.account
	}
	return c.account
}

// AUTHENTICATE logs in (IRCv3 sasl), also who is logged in already.
func runAuthenticate(x *call) {
	c, param := x.c, x.m.Params[0]
	switch {
	case c.registering:
		x.reply(irc.ERR_SASLFAIL)
	case param == "*":
		c.sasl = nil
		x.reply(irc.ERR_SASLABORTED)
	case c.sasl == nil:
		mechanism := strings.ToUpper(param)
		if !slices.Contains(x.mechanisms(), mechanism) {
			x.reply(irc.RPL_SASLMECHS, strings.Join(x.mechanisms(), ","))
			x.reply(irc.ERR_SASLFAIL)
			return
		}
		c.sasl = &saslTalk{mechanism: mechanism}
		x.send(irc.New("", "AUTHENTICATE", "+"))
	case len(param) > 400: // what 905 is for; an answer in too many parts just fails
		c.sasl = nil
		x.reply(irc.ERR_SASLTOOLONG)
	case len(c.sasl.got)+len(param) > maxSASL:
		x.saslFail()
	default:
		if param != "+" {
			c.sasl.got += param
		}
		if len(param) == 400 {
			return
		}
		data, err := base64.StdEncoding.DecodeString(c.sasl.got)
		c.sasl.got = ""
		if err != nil {
			x.saslFail()
			return
		}
		x.saslData(string(data))
	}
}

func (x *call) saslData(data string) {
	switch x.c.sasl.mechanism {
	case "PLAIN":
		x.saslPlain(data)
	case "EXTERNAL":
		name := certAccount(x.c.conn.Fingerprint)
		if data != "" && fold(data) != fold(name) {
			x.saslFail()
			return
		}
		x.saslDone(name)
	default:
		x.saslScram(data)
	}
}

// saslPlain takes what RFC 4616 says: the name to act as, the name, the password.
func (x *call) saslPlain(data string) {
	parts := strings.Split(data, "\x00")
	if len(parts) != 3 || parts[0] != "" && fold(parts[0]) != fold(parts[1]) {
		x.saslFail()
		return
	}
	x.checkPassword(parts[1], parts[2], func(x *call, name string) {
		if name == "" || x.c.sasl == nil {
			x.saslFail()
			return
		}
		x.saslDone(name)
	})
}

// checkPassword calls then with the account's name, or "" if name and password
// do not fit.
func (x *call) checkPassword(name, password string, then func(x *call, name string)) {
	a := x.s.accounts[fold(name)]
	if a == nil || a.secret == nil || len(password) > maxPassword {
		then(x, "")
		return
	}
	x.ask(func(q uint64) Output { return Verify{Query: q, Password: password, Hash: a.secret.Hash} }, func(x *call, in Input) {
		if v, _ := in.(Verified); v.OK {
			then(x, a.name)
		} else {
			then(x, "")
		}
	})
}

func (x *call) saslFail() {
	x.c.sasl = nil
	x.reply(irc.ERR_SASLFAIL)
	x.failedOnce()
}

// failedOnce closes connections that guess.
func (x *call) failedOnce() {
	if x.c.fails++; x.c.fails >= maxFails {
		x.s.close(x.c, "Too many failed log-ins")
	}
}

// saslDone logs the client in.
func (x *call) saslDone(name string) {
	x.c.sasl = nil
	if x.u != nil {
		x.change(eventLogin, name)
		return
	}
	x.c.account = name
	x.tellLogin(name)
	x.reply(irc.RPL_SASLSUCCESS)
}

func (x *call) tellLogin(name string) {
	source := ""
	if x.u != nil {
		source = x.u.source()
	} else if x.c != nil {
		user := x.c.userName
		if user == "" {
			user = "*"
		}
		source = x.me() + "!" + user + "@" + x.c.conn.Host
	}
	x.text(irc.RPL_LOGGEDIN, source, name, "You are now logged in as "+name)
}

// applyLogin gives a user an account.
func applyLogin(x *call) {
	x.setAccount(x.m.Params[0])
	if x.j != nil && x.j.m.Command == "AUTHENTICATE" {
		x.reply(irc.RPL_SASLSUCCESS)
	}
}

// joinAccount notes that a client is logged in.
func (s *State) joinAccount(c *client) {
	if key := fold(c.u.account); key != "" {
		s.members[key] = append(s.members[key], c)
	}
}

// leaveAccount notes that a client is not logged in any more.
func (s *State) leaveAccount(c *client) {
	key := fold(c.u.account)
	s.members[key] = slices.DeleteFunc(s.members[key], func(o *client) bool { return o == c })
	if len(s.members[key]) == 0 {
		delete(s.members, key)
	}
}

func (x *call) setAccount(name string) {
	if x.c != nil {
		x.s.leaveAccount(x.c)
	}
	x.u.account = name
	if x.c != nil {
		x.s.joinAccount(x.c)
	}
	x.tellLogin(name)
	x.tellState(x.u, true, capAccountNotify, irc.New("", "ACCOUNT", name))
}
