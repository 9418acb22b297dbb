package core

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/parlance-chat/parlance/netcore/irc"
)

// LIST shows the channels, all or those that fit conditions (ELIST=CMNTU).
func runList(x *call) {
	var keep []func(*channel) bool
	named := map[string]bool{}
	for _, item := range append(list(x.m.Param(0)), list(x.m.Param(1))...) {
		if isChannel(item) && !strings.ContainsAny(item, "*?") {
			named[fold(item)] = true
			continue
		}
		keep = append(keep, x.condition(item))
	}
	x.text(irc.RPL_LISTSTART, "Channel", "Users  Name")
	for _, key := range slices.Sorted(maps.Keys(x.s.channels)) {
		ch := x.s.channels[key]
		if !x.mayList(ch) || len(named) > 0 && !named[key] {
			continue
		}
		if slices.ContainsFunc(keep, func(f func(*channel) bool) bool { return !f(ch) }) {
			continue
		}
		x.text(irc.RPL_LIST, ch.name, strconv.Itoa(len(ch.members)), ch.topic)
	}
	x.reply(irc.RPL_LISTEND)
}

// condition reads one of ELIST: >3 and <3 members, C>5 and C<5 created more or
// less than 5 minutes ago, T>5 and T<5 the same for the topic, a mask of names,
// and !mask for all others.
func (x *call) condition(item string) func(*channel) bool {
	age := func(at time.Time) float64 { return x.at.Sub(at).Minutes() }
	value := func(*channel) (float64, bool) { return 0, false }
	rest := item
	switch {
	case item[0] == '<' || item[0] == '>':
		value = func(ch *channel) (float64, bool) { return float64(len(ch.members)), true }
	case len(item) > 1 && (item[0] == 'C' || item[0] == 'c') && (item[1] == '<' || item[1] == '>'):
		rest, value = item[1:], func(ch *channel) (float64, bool) { return age(ch.created), true }
	case len(item) > 1 && (item[0] == 'T' || item[0] == 't') && (item[1] == '<' || item[1] == '>'):
		rest, value = item[1:], func(ch *channel) (float64, bool) { return age(ch.topicAt), ch.topic != "" }
	case item[0] == '!':
		return func(ch *channel) bool { return !irc.MatchMask(irc.ASCII, item[1:], ch.name) }
	default:
		return func(ch *channel) bool { return irc.MatchMask(irc.ASCII, item, ch.name) }
	}
	limit, err := strconv.ParseInt(rest[1:], 10, 64)
	return func(ch *channel) bool {
		v, ok := value(ch)
		order := cmp.Compare(v, float64(limit))
		return err == nil && ok && (rest[0] == '<' && order < 0 || rest[0] == '>' && order > 0)
	}
}
