package core

import (
	"slices"
	"strconv"
	"strings"

	"github.com/parlance-chat/parlance/netcore/irc"
)

// channelModes are those of channels, as ISUPPORT tells them.
var channelModes = irc.ModeTypes{A: "Ibe", B: "k", C: "l", D: "Cimnrst", Prefixes: []irc.Prefix{{Mode: 'o', Symbol: '@'}, {Mode: 'v', Symbol: '+'}}}

// channelMode answers what is asked and appends what is to change.
func (x *call) channelMode() {
	ch := x.s.channel(x.m.Params[0])
	if ch == nil {
		x.reply(irc.ERR_NOSUCHCHANNEL, word(x.m.Params[0]))
		return
	}
	if len(x.m.Params) == 1 {
		x.reply(irc.RPL_CHANNELMODEIS, append([]string{ch.name}, ch.modes(x.u.in(ch) != nil)...)...)
		x.reply(irc.RPL_CREATIONTIME, ch.name, strconv.FormatInt(ch.created.Unix(), 10))
		return
	}
	changes, bad := irc.ParseModes(channelModes, x.m.Params[1], x.m.Params[2:])
	for _, b := range bad {
		switch {
		case !strings.ContainsRune("ovkl", rune(b.Mode)):
			x.reply(irc.ERR_UNKNOWNMODE, word(oneLine(string(rune(b.Mode)))))
		case b.Mode == 'k' && !b.Add: // the key need not be told to take it off
			changes = append(changes, irc.ModeChange{Mode: 'k', Param: "*", Has: true})
		case b.Mode == 'k' || b.Mode == 'l':
			x.text(irc.ERR_INVALIDMODEPARAM, ch.name, string(rune(b.Mode)), "*", "You must specify a parameter")
		}
	}
	var rest []irc.ModeChange
	var shown string
	params := 0
	for _, c := range changes {
		if strings.IndexByte(channelModes.A, c.Mode) >= 0 && !c.Has {
			if !strings.Contains(shown, string(rune(c.Mode))) {
				shown += string(rune(c.Mode))
				x.showList(ch, c.Mode)
			}
			continue
		}
		if c.Has {
			params++
		}
		if params <= x.s.lim.Modes && len(rest) < 3*x.s.lim.Modes {
			rest = append(rest, c)
		}
	}
	if len(rest) > 0 {
		x.change("MODE", append([]string{ch.name}, irc.FormatModes(rest)...)...)
	}
}

// modes returns the mode string of a channel; only members see the key.
func (ch *channel) modes(member bool) []string {
	modes := "+"
	var params []string
	for _, f := range []struct {
		on   bool
		mode string
	}{{ch.noCTCP, "C"}, {ch.inviteOnly, "i"}, {ch.moderated, "m"}, {ch.noExternal, "n"}, {ch.kept, "r"}, {ch.secret, "s"}, {ch.topicLock, "t"}} {
		if f.on {
			modes += f.mode
		}
	}
	if ch.key != "" {
		modes += "k"
		if member {
			params = append(params, ch.key)
		} else {
			params = append(params, "*")
		}
	}
	if ch.limit > 0 {
		modes += "l"
		params = append(params, strconv.Itoa(ch.limit))
	}
	return append([]string{modes}, params...)
}

func (x *call) showList(ch *channel, mode byte) {
	if !x.mayList(ch) {
		x.reply(irc.ERR_NOTONCHANNEL, ch.name)
		return
	}
	item, end := irc.RPL_BANLIST, irc.RPL_ENDOFBANLIST
	switch mode {
	case 'e':
		item, end = irc.RPL_EXCEPTLIST, irc.RPL_ENDOFEXCEPTLIST
	case 'I':
		item, end = irc.RPL_INVEXLIST, irc.RPL_ENDOFINVEXLIST
	}
	for _, e := range *ch.list(mode) {
		x.reply(item, ch.name, e.Mask, e.By, strconv.FormatInt(e.At.Unix(), 10))
	}
	x.reply(end, ch.name)
}

func (ch *channel) list(mode byte) *[]entry {
	switch mode {
	case 'e':
		return &ch.excepts
	case 'I':
		return &ch.invexes
	}
	return &ch.bans
}

func checkMode(x *call) bool {
	ch := x.s.channel(x.m.Params[0])
	switch m := x.u.in(ch); {
	case ch == nil:
		x.reply(irc.ERR_NOSUCHCHANNEL, word(x.m.Params[0]))
	case m == nil || !m.op:
		x.reply(irc.ERR_CHANOPRIVSNEEDED, ch.name)
	default:
		return true
	}
	return false
}

func applyMode(x *call) {
	ch := x.s.channel(x.m.Params[0])
	changes, _ := irc.ParseModes(channelModes, x.m.Params[1], x.m.Params[2:])
	var done []irc.ModeChange
	for _, c := range changes {
		if x.setMode(ch, &c) {
			done = append(done, c)
		}
	}
	if len(done) > 0 {
		params := append([]string{ch.name}, irc.FormatModes(done)...)
		x.toChannel(ch, irc.New("", "MODE", params...))
	}
	x.s.dropEmpty(ch)
}

// setMode makes one change and says whether it did something; c becomes what is
// told to the members.
func (x *call) setMode(ch *channel, c *irc.ModeChange) bool {
	flag := func(f *bool) bool {
		was := *f
		*f = c.Add
		return was != c.Add
	}
	switch c.Mode {
	case 'C':
		return flag(&ch.noCTCP)
	case 'i':
		return flag(&ch.inviteOnly)
	case 'm':
		return flag(&ch.moderated)
	case 'n':
		return flag(&ch.noExternal)
	case 's':
		return flag(&ch.secret)
	case 't':
		return flag(&ch.topicLock)
	case 'r':
		return x.setKept(ch, c.Add)
	case 'o', 'v':
		return x.setRank(ch, c)
	case 'k':
		return x.setKey(ch, c)
	case 'l':
		return x.setLimit(ch, c)
	}
	return x.setMask(ch, c)
}

// setKept registers a channel for who sets it, or lets it go; only its founder
// can.
func (x *call) setKept(ch *channel, add bool) bool {
	switch {
	case add == ch.kept:
		return false
	case !add:
		if !ch.founded(x.u) {
			x.reply(irc.ERR_CHANOPRIVSNEEDED, ch.name)
			return false
		}
		ch.kept, ch.founder = false, ""
	default:
		if x.u.account == "" || x.s.foundedBy(x.u.account) >= x.s.lim.Kept {
			x.text(irc.ERR_INVALIDMODEPARAM, ch.name, "r", "*", "Only who is logged in can keep a channel, and not too many")
			return false
		}
		ch.kept, ch.founder = true, x.u.account
	}
	return true
}

func (x *call) setRank(ch *channel, c *irc.ModeChange) bool {
	v := x.s.nick(c.Param)
	m := v.in(ch)
	switch {
	case v == nil:
		x.reply(irc.ERR_NOSUCHNICK, word(c.Param))
		return false
	case m == nil:
		x.reply(irc.ERR_USERNOTINCHANNEL, v.nick, ch.name)
		return false
	}
	c.Param = v.nick
	rank := &m.op
	if c.Mode == 'v' {
		rank = &m.voice
	}
	was := *rank
	*rank = c.Add
	return was != c.Add
}

func (x *call) setKey(ch *channel, c *irc.ModeChange) bool {
	if !c.Add {
		if ch.key == "" {
			return false
		}
		c.Param, ch.key = ch.key, ""
		return true
	}
	if !validKey(c.Param, x.s.lim.Key) {
		x.text(irc.ERR_INVALIDMODEPARAM, ch.name, "k", "*", "The key is empty, too long, or has blanks or commas")
		return false
	}
	was := ch.key
	ch.key = c.Param
	return was != ch.key
}

// validKey says whether a key can be told in a JOIN and shown in a MODE.
func validKey(key string, n int) bool {
	return key != "" && len(key) <= n && key[0] != ':' && !strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r == ',' || r == 0x7f })
}

func (x *call) setLimit(ch *channel, c *irc.ModeChange) bool {
	if !c.Add {
		was := ch.limit
		ch.limit = 0
		return was > 0
	}
	n, err := strconv.Atoi(c.Param)
	if err != nil || n <= 0 {
		x.text(irc.ERR_INVALIDMODEPARAM, ch.name, "l", word(c.Param), "The limit is not a number above zero")
		return false
	}
	was := ch.limit
	ch.limit = n
	c.Param = strconv.Itoa(n)
	return was != n
}

func (x *call) setMask(ch *channel, c *irc.ModeChange) bool {
	masks := ch.list(c.Mode)
	if c.Param == "" || strings.ContainsAny(c.Param, " \r\n\x00") || c.Param[0] == ':' || len(c.Param) > 200 {
		x.text(irc.ERR_INVALIDMODEPARAM, ch.name, string(rune(c.Mode)), word(c.Param), "The mask is not well-formed")
		return false
	}
	c.Param = irc.FullMask(c.Param)
	n, lim := ch.entries(), &x.s.lim
	at := slices.IndexFunc(*masks, func(e entry) bool { return fold(e.Mask) == fold(c.Param) })
	switch {
	case c.Add == (at >= 0):
		return false
	case !c.Add:
		c.Param = (*masks)[at].Mask
		*masks = slices.Delete(*masks, at, at+1)
		x.s.entries--
	case n >= lim.List || n >= fewEntries && x.s.entries >= lim.AllLists:
		x.reply(irc.ERR_BANLISTFULL, ch.name, string(rune(c.Mode)))
		return false
	default:
		*masks = append(*masks, entry{c.Param, x.u.source(), x.at})
		x.s.entries++
	}
	return true
}
