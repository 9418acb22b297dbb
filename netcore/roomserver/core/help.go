package core

import (
	"maps"
	"slices"
	"strings"

	"github.com/parlance-chat/parlance/netcore/irc"
)

// HELP lists the commands, or tells how one is written.
func runHelp(x *call) {
	subject := strings.ToUpper(x.m.Param(0))
	if subject == "" {
		x.help("*", append([]string{"Commands", ""}, append(pack(slices.Sorted(maps.Keys(usages)), 70), "HELP COMMAND tells how one is written.")...))
		return
	}
	usage, ok := usages[subject]
	if !ok {
		if strings.ContainsAny(subject, " :") {
			subject = "*"
		}
		x.reply(irc.ERR_HELPNOTFOUND, word(subject))
		return
	}
	lines := []string{"The command " + subject, "", strings.TrimRight(subject+" "+usage, " ")}
	if subject == "MODE" {
		lines = append(lines, modes...)
	}
	x.help(subject, lines)
}

// help answers with two lines or more.
func (x *call) help(subject string, lines []string) {
	last := len(lines) - 1
	x.text(irc.RPL_HELPSTART, subject, lines[0])
	for _, line := range lines[1:last] {
		x.text(irc.RPL_HELPTXT, subject, line)
	}
	x.text(irc.RPL_ENDOFHELP, subject, lines[last])
}

// modes are what MODE sets with + and takes away with -.
var modes = []string{
	"",
	"Of a channel:",
	"C        no CTCP goes to it but ACTION",
	"I MASK   who fits comes in as if invited",
	"b MASK   who fits neither comes in nor speaks",
	"e MASK   b does not hold for who fits",
	"i        who comes in has to be invited",
	"k KEY    who comes in has to know the key",
	"l COUNT  no more people come in",
	"m        only operators and those with a voice speak",
	"n        only members speak",
	"o NICK   is an operator",
	"r        it is kept when nobody is left in it",
	"s        it is shown to its members only",
	"t        only operators change the topic",
	"v NICK   has a voice",
	"Your own:",
	"B        you are a bot",
	"i        you are shown only in channels that one shares with you",
	"o        you are an operator; OPER sets it",
	"w        you get WALLOPS",
}

// usages are the parameters of the commands that people may type.
var usages = map[string]string{
	"ADMIN":        "[SERVER]",
	"AUTHENTICATE": "MECHANISM|DATA|*",
	"AWAY":         "[TEXT]",
	"BATCH":        "+REFERENCE TYPE [PARAMETER ...] | -REFERENCE",
	"CAP":          "LS [VERSION] | LIST | REQ CAPABILITIES | END",
	"CHATHISTORY":  "LATEST|BEFORE|AFTER|AROUND|BETWEEN TARGET REFERENCE [REFERENCE] LIMIT | TARGETS FROM TO LIMIT",
	"HELP":         "[COMMAND]",
	"INFO":         "[SERVER]",
	"INVITE":       "[NICK CHANNEL]",
	"ISON":         "NICK ...",
	"JOIN":         "CHANNEL[,CHANNEL ...] [KEY[,KEY ...]] | 0",
	"KICK":         "CHANNEL NICK[,NICK ...] [REASON]",
	"KILL":         "NICK REASON",
	"LINKS":        "",
	"LIST":         "[CHANNEL[,CHANNEL ...]] [CONDITION[,CONDITION ...]]",
	"LUSERS":       "",
	"MARKREAD":     "TARGET [timestamp=TIME]",
	"MODE":         "CHANNEL|NICK [MODES [PARAMETER ...]]",
	"MONITOR":      "+|- NICK[,NICK ...] | C | L | S",
	"MOTD":         "[SERVER]",
	"NAMES":        "[CHANNEL]",
	"NICK":         "NICK",
	"NOTICE":       "TARGET[,TARGET ...] TEXT",
	"OPER":         "NAME PASSWORD",
	"PART":         "CHANNEL[,CHANNEL ...] [REASON]",
	"PASS":         "PASSWORD",
	"PING":         "TOKEN",
	"PRIVMSG":      "TARGET[,TARGET ...] TEXT",
	"QUIT":         "[REASON]",
	"REDACT":       "TARGET MSGID [REASON]",
	"REGISTER":     "ACCOUNT|* EMAIL|* PASSWORD",
	"REHASH":       "",
	"SETNAME":      "REALNAME",
	"STATS":        "LETTER [SERVER]",
	"TAGMSG":       "TARGET[,TARGET ...]",
	"TIME":         "[SERVER]",
	"TOPIC":        "CHANNEL [TOPIC]",
	"USER":         "USERNAME 0 * REALNAME",
	"USERHOST":     "NICK ...",
	"VERSION":      "[SERVER]",
	"WALLOPS":      "TEXT",
	"WHO":          "[MASK] [%FIELDS]",
	"WHOIS":        "[SERVER] NICK[,NICK ...]",
	"WHOWAS":       "NICK [COUNT]",
}
