package core

import (
	"crypto/subtle"
	"strconv"
	"strings"

	"github.com/parlance-chat/parlance/netcore/irc"
)

// PASS gives the server's password.
func runPass(x *call) {
	if x.u != nil || x.c.registering {
		x.reply(irc.ERR_ALREADYREGISTERED)
		return
	}
	x.c.pass = clip(x.m.Params[0], maxPassword)
}

// USER gives user and real name.
func runUser(x *call) {
	if x.u != nil || x.c.registering || x.c.userName != "" {
		x.reply(irc.ERR_ALREADYREGISTERED)
		return
	}
	if x.m.Params[3] == "" {
		x.reply(irc.ERR_NEEDMOREPARAMS, "USER")
		return
	}
	name := userWord(x.m.Params[0], x.s.lim.User)
	if name == "" {
		name = "user"
	}
	x.c.userName = name
	x.c.realname = clip(x.m.Params[3], x.s.lim.Realname)
	x.tryRegister()
}

// userWord leaves out what cannot stand in nick!user@host.
func userWord(name string, n int) string {
	return clip(strings.Map(func(r rune) rune {
		if r <= ' ' || r == 0x7f || strings.ContainsRune("!@:*?", r) {
			return -1
		}
		return r
	}, name), n)
}

// tryRegister takes a client in once it said all that is needed.
func (x *call) tryRegister() {
	c, s := x.c, x.s
	if c.u != nil || c.registering || c.capping || c.nick == "" || c.userName == "" {
		return
	}
	if s.cfg.Password != "" && subtle.ConstantTimeCompare([]byte(c.pass), []byte(s.cfg.Password)) != 1 {
		x.reply(irc.ERR_PASSWDMISMATCH)
		s.close(c, "Password incorrect")
		return
	}
	if c.sasl != nil { // who registers does not wait for the end of it
		c.sasl = nil
		x.reply(irc.ERR_SASLABORTED)
	}
	before := s.token
	x.change(eventConnect, c.nick, c.userName, c.conn.Host, c.account, c.conn.Fingerprint, strconv.FormatBool(c.conn.TLS), s.cfg.Name, c.realname)
	c.registering = s.token > before
}

// checkConnect says whether the nick is still free.
func checkConnect(x *call) bool {
	p := x.m.Params
	if x.u != nil || x.taken(p[0]) {
		if x.u == nil {
			x.reply(irc.ERR_NICKNAMEINUSE, p[0])
		}
		if x.c != nil && x.u == nil {
			x.c.nick, x.c.registering = "", false
		}
		return false
	}
	return true
}

func applyConnect(x *call) {
	s, p := x.s, x.m.Params
	u := &user{
		id: Session{x.ev.Origin, x.ev.Session}, nick: p[0], name: p[1], host: p[2], account: p[3], fingerprint: p[4],
		secure: p[5] == "true", server: p[6], realname: p[7], signon: x.at, active: x.at, client: x.c,
	}
	s.users[u.id] = u
	s.nicks[fold(u.nick)] = u
	s.count(u, 1)
	s.maxUsers = max(s.maxUsers, len(s.users))
	x.u = u
	if c := x.c; c != nil {
		c.u, c.registering, c.pass = u, false, ""
		s.registered++
		s.joinAccount(c)
		s.maxLocal = max(s.maxLocal, s.registered)
		x.welcome()
	}
	s.monitored(u, true)
}

// welcome is what a client is told first.
func (x *call) welcome() {
	cfg := &x.s.cfg
	x.text(irc.RPL_WELCOME, "Welcome to the "+cfg.Network+" Network, "+x.u.source())
	x.text(irc.RPL_YOURHOST, "Your host is "+cfg.Name+", running version "+cfg.Version)
	x.text(irc.RPL_CREATED, "This server was created "+cfg.Created.UTC().Format("2006-01-02 15:04:05 MST"))
	x.reply(irc.RPL_MYINFO, cfg.Name, word(cfg.Version), userModes.D, "CIbeiklmnorstv", "Ibeklov")
	x.isupport()
	runLusers(x)
	x.motd()
}

// isupport tells what the server does and its limits.
func (x *call) isupport() {
	var t irc.ISupport
	l := &x.s.lim
	for key, value := range map[string]string{
		"AWAYLEN":     strconv.Itoa(l.Away),
		"BOT":         "B",
		"CASEMAPPING": irc.ASCII.String(),
		"CHANLIMIT":   "#:" + strconv.Itoa(l.Channels),
		"CHANMODES":   "Ibe,k,l,Cimnrst",
		"CHANNELLEN":  strconv.Itoa(l.Channel),
		"CHANTYPES":   "#",
		"CHATHISTORY": strconv.Itoa(l.History),
		"ELIST":       "CMNTU",
		"EXCEPTS":     "e",
		"HOSTLEN":     strconv.Itoa(l.Host),
		"INVEX":       "I",
		"KEYLEN":      strconv.Itoa(l.Key),
		"KICKLEN":     strconv.Itoa(l.Kick),
		"MAXLIST":     "Ibe:" + strconv.Itoa(l.List),
		"MODES":       strconv.Itoa(l.Modes),
		"MONITOR":     strconv.Itoa(l.Monitor),
		"MSGREFTYPES": "msgid,timestamp",
		"NAMELEN":     strconv.Itoa(l.Realname),
		"NICKLEN":     strconv.Itoa(l.Nick),
		"PREFIX":      "(ov)@+",
		"STATUSMSG":   "@+",
		"TARGMAX":     targmax(l.Targets),
		"TOPICLEN":    strconv.Itoa(l.Topic),
		"USERLEN":     strconv.Itoa(l.User),
		"UTF8ONLY":    "",
		"WHOX":        "",
	} {
		t.Set(key, value)
	}
	if name := x.s.cfg.Network; name != "" {
		t.Set("NETWORK", name)
	}
	switch cfg := &x.s.cfg; {
	case cfg.Rate > 0 && x.c.conn.NoLimits:
		t.Set("MSGRATE", "")
	case cfg.Rate > 0:
		t.Set("MSGRATE", strconv.FormatFloat(cfg.Rate, 'f', -1, 64)+":"+strconv.Itoa(cfg.Burst))
	}
	for _, line := range t.Lines() {
		x.reply(irc.RPL_ISUPPORT, line...)
	}
}

// targmax leaves NAMES at one channel, for clients differ in what end of several
// lists they await; who names more gets them all.
func targmax(n int) string {
	most := strconv.Itoa(n)
	return "JOIN:,KICK:" + most + ",LIST:,NAMES:1,NOTICE:" + most + ",PART:,PRIVMSG:" + most + ",TAGMSG:" + most + ",WHOIS:" + most
}
