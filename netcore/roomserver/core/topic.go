package core

import (
	"strconv"

	"github.com/parlance-chat/parlance/netcore/irc"
)

// TOPIC shows or sets a channel's topic.
func runTopic(x *call) {
	if len(x.m.Params) > 1 {
		x.change("TOPIC", x.m.Params[0], clip(x.m.Params[1], x.s.lim.Topic))
		return
	}
	ch := x.s.channel(x.m.Params[0])
	switch {
	case ch == nil:
		x.reply(irc.ERR_NOSUCHCHANNEL, word(x.m.Params[0]))
	case !x.mayList(ch):
		x.reply(irc.ERR_NOTONCHANNEL, ch.name)
	case ch.topic == "":
		x.reply(irc.RPL_NOTOPIC, ch.name)
	default:
		x.topic(ch)
	}
}

func (x *call) topic(ch *channel) {
	x.text(irc.RPL_TOPIC, ch.name, ch.topic)
	x.reply(irc.RPL_TOPICWHOTIME, ch.name, ch.topicBy, strconv.FormatInt(ch.topicAt.Unix(), 10))
}

func checkTopic(x *call) bool {
	ch := x.s.channel(x.m.Params[0])
	m := x.u.in(ch)
	switch {
	case ch == nil:
		x.reply(irc.ERR_NOSUCHCHANNEL, word(x.m.Params[0]))
	case m == nil:
		x.reply(irc.ERR_NOTONCHANNEL, ch.name)
	case ch.topicLock && !m.op:
		x.reply(irc.ERR_CHANOPRIVSNEEDED, ch.name)
	default:
		return true
	}
	return false
}

func applyTopic(x *call) {
	ch := x.s.channel(x.m.Params[0])
	ch.topic, ch.topicBy, ch.topicAt = x.m.Params[1], x.u.source(), x.at
	x.toChannel(ch, irc.Text("", "TOPIC", ch.name, ch.topic))
}
