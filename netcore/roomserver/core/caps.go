package core

import (
	"strconv"
	"strings"

	"github.com/parlance-chat/parlance/netcore/irc"
)

// capSet is a set of capabilities that a client asked for.
type capSet uint32

const (
	capAccountNotify capSet = 1 << iota
	capAccountTag
	capAwayNotify
	capBatch
	capCapNotify
	capAccountRegistration
	capHistory
	capRedaction
	capMultiline
	capReadMarker
	capEcho
	capExtendedJoin
	capExtendedMonitor
	capInviteNotify
	capLabels
	capMessageTags
	capMultiPrefix
	capSASL
	capServerTime
	capSetname
	capStandardReplies
	capUserhostInNames
)

func (s capSet) has(all capSet) bool { return s&all == all }

// capabilities are what the server offers, in the order it tells them.
var capabilities = []struct {
	name string
	set  capSet
}{
	{"account-notify", capAccountNotify},
	{"account-tag", capAccountTag},
	{"away-notify", capAwayNotify},
	{"batch", capBatch},
	{"cap-notify", capCapNotify},
	{"draft/account-registration", capAccountRegistration},
	{"draft/chathistory", capHistory},
	{"draft/message-redaction", capRedaction},
	{"draft/multiline", capMultiline},
	{"draft/read-marker", capReadMarker},
	{"echo-message", capEcho},
	{"extended-join", capExtendedJoin},
	{"extended-monitor", capExtendedMonitor},
	{"invite-notify", capInviteNotify},
	{"labeled-response", capLabels},
	{"message-tags", capMessageTags},
	{"multi-prefix", capMultiPrefix},
	{"sasl", capSASL},
	{"server-time", capServerTime},
	{"setname", capSetname},
	{"standard-replies", capStandardReplies},
	{"userhost-in-names", capUserhostInNames},
}

// capValue is what CAP LS 302 tells about a capability.
func (x *call) capValue(set capSet) string {
	switch set {
	case capSASL:
		return strings.Join(x.mechanisms(), ",")
	case capAccountRegistration:
		return "before-connect,custom-account-name"
	case capMultiline:
		return "max-bytes=" + strconv.Itoa(x.s.lim.MultilineBytes) + ",max-lines=" + strconv.Itoa(x.s.lim.MultilineLines)
	}
	return ""
}

// CAP negotiates capabilities (IRCv3 capability-negotiation).
func runCap(x *call) {
	c := x.c
	switch sub := strings.ToUpper(x.m.Params[0]); sub {
	case "LS":
		if c.u == nil && !c.registering {
			c.capping = true
		}
		version, _ := strconv.Atoi(x.m.Param(1)) // 0 without one
		c.version = max(c.version, version)
		if c.version >= 302 {
			c.caps |= capCapNotify
		}
		var names []string
		for _, k := range capabilities {
			name := k.name
			if value := x.capValue(k.set); version >= 302 && value != "" {
				name += "=" + value
			}
			names = append(names, name)
		}
		x.capLines("LS", version, names)
	case "LIST":
		var names []string
		for _, k := range capabilities {
			if c.caps.has(k.set) {
				names = append(names, k.name)
			}
		}
		x.capLines("LIST", c.version, names)
	case "REQ":
		if c.u == nil && !c.registering {
			c.capping = true
		}
		x.capRequest(x.m.Param(1))
	case "END":
		if c.capping {
			c.capping = false
			x.tryRegister()
		}
	default:
		x.reply(irc.ERR_INVALIDCAPCMD, word(x.m.Params[0]))
	}
}

// capRequest takes all that was asked for, or nothing of it.
func (x *call) capRequest(param string) {
	caps, ok := x.c.caps, true
	for _, name := range strings.Fields(param) {
		name, off := strings.CutPrefix(name, "-")
		set := capByName(name)
		switch {
		case set == 0, off && set == capCapNotify && x.c.version >= 302:
			ok = false
		case off:
			caps &^= set
		default:
			caps |= set
		}
	}
	if !ok {
		x.send(irc.Text(x.s.cfg.Name, "CAP", x.me(), "NAK", clip(param, 400)))
		return
	}
	x.send(irc.Text(x.s.cfg.Name, "CAP", x.me(), "ACK", param))
	x.c.caps = caps
}

func capByName(name string) capSet {
	for _, k := range capabilities {
		if k.name == name {
			return k.set
		}
	}
	return 0
}

// capLines tells names in as many lines as they need; from version 302 on a star
// says that another one comes.
func (x *call) capLines(sub string, version int, names []string) {
	lines := pack(names, irc.MaxLine-len(":"+x.s.cfg.Name+" CAP "+x.me()+" "+sub+" * :\r\n"))
	for i, line := range lines {
		params := []string{x.me(), sub}
		if i < len(lines)-1 && version >= 302 {
			params = append(params, "*")
		}
		x.send(irc.Text(x.s.cfg.Name, "CAP", append(params, line)...))
	}
}

// pack joins words with spaces to lines of at most n bytes. There is at least
// one line.
func pack(words []string, n int) []string {
	var lines []string
	from, size := 0, 0
	for i, w := range words {
		if i > from && size+len(w) > n {
			lines = append(lines, strings.Join(words[from:i], " "))
			from, size = i, 0
		}
		size += len(w) + 1
	}
	return append(lines, strings.Join(words[from:], " "))
}
