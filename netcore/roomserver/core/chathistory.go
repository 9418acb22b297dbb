package core

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/parlance-chat/parlance/netcore/irc"
)

var historyOrders = map[string]Order{"LATEST": Latest, "BEFORE": Before, "AFTER": After, "AROUND": Around, "BETWEEN": Between}

// CHATHISTORY shows what was said (IRCv3 draft/chathistory).
func runHistory(x *call) {
	sub := strings.ToUpper(x.m.Params[0])
	order, known := historyOrders[sub]
	need := 4
	if order == Between && known {
		need = 5
	}
	invalid := func(text string, context ...string) {
		x.fail("CHATHISTORY", "INVALID_PARAMS", append([]string{sub}, context...), text)
	}
	switch {
	case !known && sub != "TARGETS":
		invalid("Unknown command")
		return
	case len(x.m.Params) < need:
		invalid("Insufficient parameters")
		return
	case len(x.m.Params) > need:
		invalid("Too many parameters")
		return
	}
	limit, err := strconv.Atoi(x.m.Last())
	if err != nil || limit <= 0 {
		invalid("Invalid limit", x.m.Last())
		return
	}
	limit = min(limit, x.s.lim.History)
	refs := x.m.Params[1 : need-1]
	if known {
		refs = refs[1:]
	}
	var bounds [2]Bound
	for i, ref := range refs {
		if order == Latest && known && ref == "*" {
			continue
		}
		b, problem := parseBound(ref)
		if problem == "INVALID_MSGREFTYPE" {
			x.fail("CHATHISTORY", problem, []string{sub, x.m.Params[1], ref}, "Only msgid and timestamp are known")
			return
		}
		if problem != "" || !known && b.ID != "" {
			invalid("Invalid timestamp", ref)
			return
		}
		bounds[i] = b
	}
	if !known {
		x.historyTargets(bounds[0].Time, bounds[1].Time, limit)
		return
	}
	key, name := x.talkOf(x.m.Params[1])
	if key == "" {
		x.fail("CHATHISTORY", "INVALID_TARGET", []string{sub, x.m.Params[1]}, "Messages could not be retrieved")
		return
	}
	if !isChannel(name) {
		name = x.m.Params[1] // as asked for: somebody may have another nick by now
	}
	h := History{Subject: Event{Talk: key}.Subject(), Order: order, From: bounds[0], To: bounds[1], Limit: limit}
	x.ask(func(q uint64) Output { return Find{Query: q, History: h} }, func(x *call, in Input) {
		found, _ := in.(Found)
		if found.Err != nil {
			x.fail("CHATHISTORY", "MESSAGE_ERROR", []string{sub, name}, "Messages could not be retrieved")
			return
		}
		x.playback(name, found.Events)
	})
}

// parseBound reads msgid=… or timestamp=…; problem is the code of the error.
func parseBound(ref string) (b Bound, problem string) {
	kind, value, _ := strings.Cut(ref, "=")
	switch kind {
	case "msgid":
		if value == "" {
			return b, "INVALID_PARAMS"
		}
		return Bound{ID: value}, ""
	case "timestamp":
		t, err := irc.ParseTime(value)
		if err != nil {
			return b, "INVALID_PARAMS"
		}
		return Bound{Time: t}, ""
	}
	return b, "INVALID_MSGREFTYPE"
}

// talkOf returns which conversation a target is for who asks, and its name; ""
// if there is none, or it is none of x.u's.
func (x *call) talkOf(target string) (key, name string) {
	if isChannel(target) {
		if ch := x.s.channel(target); x.u.in(ch) != nil {
			return channelKey(ch.name), ch.name
		}
		return "", ""
	}
	if v := x.s.nick(target); v != nil {
		return talkKey(x.u.identity(), v.identity()), v.nick
	}
	if a := x.s.accounts[fold(target)]; a != nil {
		return talkKey(x.u.identity(), "a:"+fold(a.name)), a.name
	}
	if mem := x.s.recall(x.u); mem != nil { // somebody without an account, who left
		best := ""
		for id, t := range mem.talks {
			if fold(t.With) == fold(target) && (best == "" || t.Last.After(mem.talks[best].Last) || t.Last.Equal(mem.talks[best].Last) && id < best) {
				best = id
			}
		}
		if best != "" {
			return talkKey(x.u.identity(), best), mem.talks[best].With
		}
	}
	return "", ""
}

// recall is memoryOf without making anything.
func (s *State) recall(u *user) *memory {
	if u.account == "" {
		return &u.memory
	}
	if a := s.accounts[fold(u.account)]; a != nil {
		return &a.memory
	}
	return nil
}

// playback sends stored messages, as a batch if the client knows batches.
func (x *call) playback(target string, events []Event) {
	ref, end := x.batch("chathistory", target)
	for i := range events {
		ev := &events[i]
		if len(ev.Message.Params) == 0 {
			continue
		}
		inner := ""
		if len(ev.Parts) > 0 && x.c.caps.has(capMultiline|capBatch) {
			inner = x.s.batchRef()
		}
		lines := lay(ev, ev.Source, ev.Message.Params[0], inner)
		for i, m := range lines {
			p := post{msg: m, at: ev.Time, account: ev.Account, bot: ev.Bot, fixed: m.Tags}
			if i == 0 {
				p.id, p.tags = ev.ID, ev.Message.Tags
			}
			if ref != "" && m.Tags == nil {
				p.fixed = irc.Tags{{Key: "batch", Value: ref}}
			}
			x.s.post(&p, x.c, x.j)
		}
	}
	end()
}

// batch begins a batch; without the capability there is none, and ref is "".
func (x *call) batch(kind string, params ...string) (ref string, end func()) {
	if !x.c.caps.has(capBatch) {
		return "", func() {}
	}
	ref = x.s.batchRef()
	x.send(irc.BatchStart(x.s.cfg.Name, ref, kind, params...))
	return ref, func() { x.send(irc.BatchEnd(x.s.cfg.Name, ref)) }
}

// historyTargets lists conversations by the time of their latest message.
func (x *call) historyTargets(from, to time.Time, limit int) {
	var talks []talk
	for _, m := range x.u.channels {
		if !m.ch.last.IsZero() {
			talks = append(talks, talk{m.ch.name, m.ch.last})
		}
	}
	if mem := x.s.recall(x.u); mem != nil {
		for _, t := range mem.talks {
			talks = append(talks, t)
		}
	}
	first, last := from, to
	if from.After(to) {
		first, last = to, from
	}
	talks = slices.DeleteFunc(talks, func(t talk) bool { return !t.Last.After(first) || !t.Last.Before(last) })
	slices.SortFunc(talks, func(a, b talk) int { return cmp.Or(a.Last.Compare(b.Last), cmp.Compare(a.With, b.With)) })
	if over := len(talks) - limit; over > 0 && from.After(to) {
		talks = talks[over:]
	} else if over > 0 {
		talks = talks[:limit]
	}
	ref, end := x.batch("draft/chathistory-targets")
	for _, t := range talks {
		p := post{msg: irc.New(x.s.cfg.Name, "CHATHISTORY", "TARGETS", t.With, irc.FormatTime(t.Last)), at: x.at}
		if ref != "" {
			p.fixed = irc.Tags{{Key: "batch", Value: ref}}
		}
		x.s.post(&p, x.c, x.j)
	}
	end()
}
