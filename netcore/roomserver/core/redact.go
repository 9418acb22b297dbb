package core

import (
	"errors"

	"github.com/parlance-chat/parlance/netcore/irc"
)

// REDACT takes a message back (IRCv3 draft/message-redaction): its author can,
// an operator of its channel, and one of the network.
func runRedact(x *call) {
	target, id := x.m.Params[0], x.m.Params[1]
	if !x.c.caps.has(capRedaction) {
		x.reply(irc.ERR_UNKNOWNCOMMAND, "REDACT")
		return
	}
	key, name := x.talkOf(target)
	if key == "" {
		x.fail("REDACT", "INVALID_TARGET", []string{target}, "You cannot delete messages from "+word(target))
		return
	}
	reason := clip(x.m.Param(2), x.s.lim.Kick)
	h := History{Subject: Event{Talk: key}.Subject(), Order: Exact, From: Bound{ID: id}, Limit: 1}
	x.ask(func(q uint64) Output { return Find{Query: q, History: h} }, func(x *call, in Input) {
		found, _ := in.(Found)
		switch {
		case found.Err != nil && !errors.Is(found.Err, ErrUnknownMessage):
			x.fail("REDACT", "TEMPORARILY_UNAVAILABLE", []string{name, id}, "The message could not be looked up")
		case len(found.Events) == 0:
			x.fail("REDACT", "UNKNOWN_MSGID", []string{name, id}, "This message does not exist or is too old")
		case x.u == nil || !x.mayRedact(&found.Events[0], name):
			x.fail("REDACT", "REDACT_FORBIDDEN", []string{name, id}, "You are not authorised to delete this message")
		default:
			x.change("REDACT", name, id, key, reason)
		}
	})
}

func (x *call) mayRedact(ev *Event, target string) bool {
	if m := x.u.in(x.s.channel(target)); m != nil && m.op {
		return true
	}
	own := Session{ev.Origin, ev.Session} == x.u.id
	return own || x.u.oper != "" || ev.Account != "" && fold(ev.Account) == fold(x.u.account)
}

func applyRedact(x *call) {
	target, id, key, reason := x.m.Params[0], x.m.Params[1], x.m.Params[2], x.m.Params[3]
	x.s.out = append(x.s.out, Erase{Subject: Event{Talk: key}.Subject(), ID: id})
	m := irc.New("", "REDACT", target, id)
	if reason != "" {
		m = irc.Text("", "REDACT", target, id, reason)
	}
	p := x.from(x.u, m)
	tell := func(u *user) {
		if c := u.client; c != nil && c.caps.has(capRedaction) && (u != x.u || c.caps.has(capEcho)) {
			x.s.post(&p, c, x.j)
		}
	}
	if ch := x.s.channel(target); ch != nil {
		for _, m := range ch.members {
			tell(m.u)
		}
		return
	}
	if v := x.s.nick(target); v != nil && v != x.u {
		tell(v)
	}
	tell(x.u)
}
