package core

import (
	"strings"
	"time"

	"github.com/parlance-chat/parlance/netcore/irc"
)

// MARKREAD tells or sets up to where somebody has read (IRCv3 draft/read-marker).
func runMarkread(x *call) {
	if x.m.Param(0) == "" {
		x.fail("MARKREAD", "NEED_MORE_PARAMS", nil, "Missing parameters")
		return
	}
	target := x.m.Params[0]
	if !irc.ValidChannel(target, "#", x.s.lim.Channel) && !irc.ValidNick(target, x.s.lim.Nick) {
		x.fail("MARKREAD", "INVALID_PARAMS", []string{target}, "Invalid parameters")
		return
	}
	if len(x.m.Params) == 1 {
		x.mark(target)
		return
	}
	value, ok := strings.CutPrefix(x.m.Params[1], "timestamp=")
	at, err := irc.ParseTime(value)
	if !ok || err != nil {
		x.fail("MARKREAD", "INVALID_PARAMS", []string{x.m.Params[1]}, "Invalid parameters")
		return
	}
	x.change("MARKREAD", target, irc.FormatTime(at))
}

// mark tells a read mark.
func (x *call) mark(target string) { x.send(x.markMessage(target)) }

func (x *call) markMessage(target string) irc.Message {
	value := "*"
	if ch := x.s.channel(target); ch != nil {
		target = ch.name
	}
	if mem := x.s.recall(x.u); mem != nil {
		if at, ok := mem.marks[fold(target)]; ok {
			value = "timestamp=" + irc.FormatTime(at)
		}
	}
	return irc.New(x.s.cfg.Name, "MARKREAD", target, value)
}

func checkMarkread(x *call) bool {
	at, err := irc.ParseTime(x.m.Params[1])
	if err != nil {
		return false
	}
	if mem := x.s.recall(x.u); mem != nil {
		if was, ok := mem.marks[fold(x.m.Params[0])]; ok && !at.After(was) {
			x.mark(x.m.Params[0])
			return false
		}
	}
	return true
}

func applyMarkread(x *call) {
	s, target := x.s, x.m.Params[0]
	at, _ := irc.ParseTime(x.m.Params[1])
	mem := s.memoryOf(x.u, x.at)
	if mem == nil {
		x.fail("MARKREAD", "INTERNAL_ERROR", []string{target}, "The read timestamp could not be set")
		return
	}
	if mem.marks == nil {
		mem.marks = map[string]time.Time{}
	}
	mem.marks[fold(target)] = at
	if len(mem.marks) > s.lim.Marks {
		oldest := ""
		for key, t := range mem.marks {
			if o := mem.marks[oldest]; oldest == "" || t.Before(o) || t.Equal(o) && key < oldest {
				oldest = key
			}
		}
		delete(mem.marks, oldest)
	}
	p := post{msg: x.markMessage(target), at: x.at}
	if x.c != nil {
		s.post(&p, x.c, x.j)
	}
	for _, c := range s.members[fold(x.u.account)] {
		if c != x.c && c.caps.has(capReadMarker) {
			s.post(&p, c, x.j)
		}
	}
}
