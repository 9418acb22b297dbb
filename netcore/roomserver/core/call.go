package core

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/parlance-chat/parlance/netcore/irc"
)

// call is a command being carried out: at its origin, before its event, or
// anywhere, when the event is applied.
type call struct {
	s       *State
	at      time.Time
	ev      *Event  // the change it comes to, or nil
	applied bool    // the event is stored: what is decided now is decided everywhere
	u       *user   // who acts; nil before registration
	c       *client // its connection, if it is one of this server
	j       *job    // what awaits the answer, if anything does
	m       irc.Message
	tried   *bool // if set, nothing happens, but it is noted whether there is an answer
}

// command is what a client can send.
type command struct {
	params int  // needed, or ERR_NEEDMOREPARAMS
	early  bool // also before registration
	run    func(x *call)
}

// event is a change of what is shared. check answers why it cannot be and is
// asked twice, before the event is appended and when it is applied; only apply
// changes anything.
type event struct {
	params int  // that the code counts on
	anyone bool // also without a session
	check  func(x *call) bool
	apply  func(x *call)
}

func always(*call) bool { return true }

// run carries out a client's line.
func (x *call) run() {
	if !validText(&x.m) {
		x.fail(x.m.Command, "INVALID_UTF8", nil, "Message rejected, your IRC software MUST use UTF-8 encoding on this network")
		return
	}
	if ref, ok := x.m.Tags.Get("batch"); ok && x.m.Command != "BATCH" {
		x.collect(ref)
		return
	}
	cmd, ok := commands[x.m.Command]
	switch {
	case x.u == nil && !(ok && cmd.early):
		x.reply(irc.ERR_NOTREGISTERED)
	case !ok:
		x.reply(irc.ERR_UNKNOWNCOMMAND, word(x.m.Command))
	case len(x.m.Params) < cmd.params || cmd.params > 0 && x.m.Params[0] == "":
		x.reply(irc.ERR_NEEDMOREPARAMS, x.m.Command)
	default:
		cmd.run(x)
	}
}

// validText says whether all of a message is UTF-8 (ISUPPORT UTF8ONLY).
func validText(m *irc.Message) bool {
	for _, p := range m.Params {
		if !utf8.ValidString(p) {
			return false
		}
	}
	for _, t := range m.Tags {
		if !utf8.ValidString(t.Key) || !utf8.ValidString(t.Value) {
			return false
		}
	}
	return true
}

// change appends the event of a command, reduced to params, if it is possible
// as things stand.
func (x *call) change(command string, params ...string) {
	x.append(Event{Message: irc.Text("", command, params...)})
}

func (x *call) append(ev Event) {
	e := events[ev.Message.Command]
	try := *x
	try.ev, try.m = &ev, ev.Message
	if !e.check(&try) {
		return
	}
	s := x.s
	if s.down {
		x.unavailable(ev.Message.Command)
		return
	}
	if x.tried != nil {
		return
	}
	ev.Session = x.c.session
	if ev.Talk != "" {
		ev.Time = s.nextTime(ev.Talk, x.lastOf(ev.Message.Params[0]))
	}
	s.waiting[s.append(ev)] = x.j
	x.j.wait++
}

// unavailable tells a client that its command cannot be stored. Who wants in or
// out has to be told by the end of the connection.
func (x *call) unavailable(command string) {
	switch {
	case x.tried != nil:
		*x.tried = true
	case command == eventConnect:
		x.s.close(x.c, "The server cannot take you in now; try again later")
	case command == "QUIT":
		x.s.close(x.c, x.m.Param(0))
	default:
		x.fail(x.j.m.Command, "TEMPORARILY_UNAVAILABLE", x.j.context(), "The server cannot store this now; try again later")
	}
}

// ask puts a question to the glue; then is called with the answer.
func (x *call) ask(question func(query uint64) Output, then func(x *call, in Input)) {
	s := x.s
	s.query++
	s.asked[s.query] = &asked{x.j, then}
	x.j.wait++
	s.out = append(s.out, question(s.query))
}

// certain says whether a message can be appended at once with nothing to say.
func (s *State) certain(c *client, m irc.Message) bool {
	var said bool
	(&call{s: s, at: s.now, c: c, u: c.u, j: &job{c: c}, m: m, tried: &said}).run()
	return !said
}

// me is how the server addresses the client.
func (x *call) me() string {
	switch {
	case x.u != nil:
		return x.u.nick
	case x.c != nil && x.c.nick != "":
		return x.c.nick
	}
	return "*"
}

// send answers with a message.
func (x *call) send(m irc.Message) {
	if x.tried != nil {
		*x.tried = true
	} else if x.c != nil {
		x.s.send(x.c, x.j, m)
	}
}

// reply answers with a numeric; its usual text is put at the end, if there is
// one.
func (x *call) reply(numeric string, params ...string) {
	if x.c == nil {
		return
	}
	all := slices.Insert(slices.Clip(params), 0, x.me())
	if text, ok := texts[numeric]; ok {
		x.send(irc.Text(x.s.cfg.Name, numeric, append(all, text)...))
		return
	}
	x.send(irc.New(x.s.cfg.Name, numeric, all...))
}

// text answers with a numeric whose last parameter is a text.
func (x *call) text(numeric string, params ...string) {
	if x.c == nil {
		return
	}
	x.send(irc.Text(x.s.cfg.Name, numeric, slices.Insert(slices.Clip(params), 0, x.me())...))
}

// fail answers with a standard reply.
func (x *call) fail(command, code string, context []string, text string) {
	for i := range context {
		context[i] = word(context[i])
	}
	x.send(irc.StandardReply{Kind: irc.Fail, Command: command, Code: code, Context: context, Description: text}.Message(x.s.cfg.Name))
}

// list splits a parameter at its commas, each item once.
func list(param string) []string {
	var items []string
	for item := range strings.SplitSeq(param, ",") {
		if item != "" && !slices.Contains(items, item) {
			items = append(items, item)
		}
	}
	return items
}

// texts are the usual texts of numerics that end in a fixed one
// (modern.ircdocs.horse).
var texts = map[string]string{
	irc.RPL_ISUPPORT:          "are supported by this server",
	irc.RPL_ENDOFSTATS:        "End of /STATS report",
	irc.RPL_UNAWAY:            "You are no longer marked as being away",
	irc.RPL_NOWAWAY:           "You have been marked as being away",
	irc.RPL_WHOISOPERATOR:     "is an IRC operator",
	irc.RPL_ENDOFWHO:          "End of WHO list",
	irc.RPL_WHOISIDLE:         "seconds idle, signon time",
	irc.RPL_ENDOFWHOIS:        "End of /WHOIS list",
	irc.RPL_LISTEND:           "End of /LIST",
	irc.RPL_WHOISACCOUNT:      "is logged in as",
	irc.RPL_WHOISBOT:          "is a bot",
	irc.RPL_NOTOPIC:           "No topic is set",
	irc.RPL_ENDOFINVITELIST:   "End of /INVITE list",
	irc.RPL_WHOISACTUALLY:     "Is actually using host",
	irc.RPL_ENDOFINVEXLIST:    "End of Channel Invite Exception List",
	irc.RPL_ENDOFEXCEPTLIST:   "End of channel exception list",
	irc.RPL_ENDOFLINKS:        "End of /LINKS list",
	irc.RPL_ENDOFNAMES:        "End of /NAMES list",
	irc.RPL_ENDOFBANLIST:      "End of channel ban list",
	irc.RPL_ENDOFWHOWAS:       "End of WHOWAS",
	irc.RPL_ENDOFINFO:         "End of INFO list",
	irc.RPL_ENDOFMOTD:         "End of /MOTD command.",
	irc.RPL_YOUREOPER:         "You are now an IRC operator",
	irc.RPL_REHASHING:         "Rehashing",
	irc.ERR_NOSUCHNICK:        "No such nick/channel",
	irc.ERR_NOSUCHSERVER:      "No such server",
	irc.ERR_NOSUCHCHANNEL:     "No such channel",
	irc.ERR_CANNOTSENDTOCHAN:  "Cannot send to channel",
	irc.ERR_TOOMANYCHANNELS:   "You have joined too many channels",
	irc.ERR_WASNOSUCHNICK:     "There was no such nickname",
	irc.ERR_TOOMANYTARGETS:    "Too many recipients",
	irc.ERR_NOORIGIN:          "No origin specified",
	irc.ERR_INVALIDCAPCMD:     "Invalid CAP command",
	irc.ERR_NOTEXTTOSEND:      "No text to send",
	irc.ERR_INPUTTOOLONG:      "Input line was too long",
	irc.ERR_UNKNOWNCOMMAND:    "Unknown command",
	irc.ERR_NOMOTD:            "MOTD File is missing",
	irc.ERR_NONICKNAMEGIVEN:   "No nickname given",
	irc.ERR_ERRONEUSNICKNAME:  "Erroneus nickname",
	irc.ERR_NICKNAMEINUSE:     "Nickname is already in use",
	irc.ERR_USERNOTINCHANNEL:  "They aren't on that channel",
	irc.ERR_NOTONCHANNEL:      "You're not on that channel",
	irc.ERR_USERONCHANNEL:     "is already on channel",
	irc.ERR_NOTREGISTERED:     "You have not registered",
	irc.ERR_NEEDMOREPARAMS:    "Not enough parameters",
	irc.ERR_ALREADYREGISTERED: "You may not reregister",
	irc.ERR_PASSWDMISMATCH:    "Password incorrect",
	irc.ERR_CHANNELISFULL:     "Cannot join channel (+l)",
	irc.ERR_UNKNOWNMODE:       "is unknown mode char to me",
	irc.ERR_INVITEONLYCHAN:    "Cannot join channel (+i)",
	irc.ERR_BANNEDFROMCHAN:    "Cannot join channel (+b)",
	irc.ERR_BADCHANNELKEY:     "Cannot join channel (+k)",
	irc.ERR_BANLISTFULL:       "Channel list is full",
	irc.ERR_NOPRIVILEGES:      "Permission Denied- You're not an IRC operator",
	irc.ERR_CHANOPRIVSNEEDED:  "You're not channel operator",
	irc.ERR_CANTKILLSERVER:    "You cant kill a server!",
	irc.ERR_UMODEUNKNOWNFLAG:  "Unknown MODE flag",
	irc.ERR_HELPNOTFOUND:      "No help available on this topic",
	irc.ERR_USERSDONTMATCH:    "Cant change mode for other users",
	irc.RPL_WHOISSECURE:       "is using a secure connection",
	irc.RPL_ENDOFMONLIST:      "End of MONITOR list",
	irc.ERR_MONLISTFULL:       "Monitor list is full.",
	irc.RPL_LOGGEDOUT:         "You are now logged out",
	irc.RPL_SASLSUCCESS:       "SASL authentication successful",
	irc.ERR_SASLFAIL:          "SASL authentication failed",
	irc.ERR_SASLTOOLONG:       "SASL message too long",
	irc.ERR_SASLABORTED:       "SASL authentication aborted",
	irc.RPL_SASLMECHS:         "are available SASL mechanisms",
}
