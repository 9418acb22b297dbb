package session

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/irc"
	"github.com/parlance-chat/parlance/netcore/room/machine"
)

// onNumeric takes a reply, or a command that this client does not know.
func (s *Session) onNumeric(m *irc.Message) {
	switch m.Command {
	case irc.RPL_WELCOME:
		s.onWelcome(m)
	case irc.RPL_ISUPPORT:
		if len(m.Params) > 2 {
			s.support.Apply(m.Params[1 : len(m.Params)-1])
			if s.reg.ready {
				s.outbox.Tune(&s.support)
				s.refold()
			}
		}
	case irc.RPL_ENDOFMOTD, irc.ERR_NOMOTD:
		s.onReady()
	case irc.RPL_LOGGEDIN, irc.RPL_LOGGEDOUT, irc.RPL_SASLSUCCESS, irc.ERR_SASLALREADY, irc.ERR_SASLFAIL,
		irc.ERR_SASLTOOLONG, irc.ERR_SASLABORTED, irc.ERR_NICKLOCKED:
		s.onSASL(m)
	case irc.ERR_NICKNAMEINUSE, irc.ERR_ERRONEUSNICKNAME, irc.ERR_NICKCOLLISION:
		s.onNickRefused(m)
	case irc.ERR_UNAVAILRESOURCE: // of a nick or of a channel
		if s.support.IsChannel(m.Param(1)) {
			s.onError(m)
		} else {
			s.onNickRefused(m)
		}
	case irc.ERR_PASSWDMISMATCH:
		if s.state == registering {
			s.hangup(turnedAway(s.cfg.Server + " wants a password, and none or another one was given"))
		}
	case irc.ERR_YOUREBANNEDCREEP:
		if s.state == registering {
			s.hangup(turnedAway(fmt.Sprintf("%s has banned you: %s", s.cfg.Server, clip(irc.Decode(m.Last())))))
		}
	case irc.RPL_TOPIC:
		s.setTopic(m.Param(1), irc.Decode(m.Param(2)))
	case irc.RPL_NOTOPIC:
		s.setTopic(m.Param(1), "")
	case irc.RPL_NAMREPLY:
		s.onNames(m)
	case irc.RPL_ENDOFNAMES, irc.RPL_ENDOFWHO:
		if r := s.rooms[s.fold(m.Param(1))]; r != nil {
			s.changed(r)
		}
	case irc.RPL_WHOSPCRPL:
		s.onWho(m)
	case irc.RPL_MONONLINE:
		s.onMonitor(m, here)
	case irc.RPL_MONOFFLINE:
		s.onMonitor(m, gone)
	case irc.RPL_AWAY:
		why := clip(irc.Decode(m.Last()))
		if !s.tellsWhois(m) && !s.away(m.Param(1), cmp.Or(why, "away")) {
			s.do(machine.Said{From: m.Param(1), Text: "away: " + why})
		}
	case irc.RPL_VISIBLEHOST:
		s.source = ""
	case irc.RPL_UNAWAY, irc.RPL_NOWAWAY:
		s.update(s.nick, func(who *Member) { who.Away = m.Command == irc.RPL_NOWAWAY })
		s.tells(m.Source, clip(irc.Decode(m.Last())))
	case irc.RPL_INVITING:
		s.tells(m.Source, clip(irc.Decode(m.Param(1))+" is invited to "+irc.Decode(m.Last())))
	case irc.RPL_YOUREOPER:
		s.tells(m.Source, clip(irc.Decode(m.Last())))
	default:
		if !s.tellsWhois(m) && irc.IsError(m.Command) {
			s.onError(m)
		}
	}
}

// turnedAway is why a server that answers lets this client not in. It wraps
// chat.ErrRefused.
type turnedAway string

func (t turnedAway) Error() string { return string(t) }
func (turnedAway) Unwrap() error   { return chat.ErrRefused }

func (s *Session) setTopic(channel, topic string) {
	if r := s.rooms[s.fold(channel)]; r != nil {
		r.topic = strings.Clone(topic) // all of it: it may be changed in places
		s.changed(r)
	}
}

// joinErrors are answers to JOIN, in words that say more than the letters of modes
// that servers give; "": those of the server.
var joinErrors = map[string]string{
	irc.ERR_CHANNELISFULL:   "it is full; try again later",
	irc.ERR_INVITEONLYCHAN:  "only those who were invited may enter; ask somebody who is in it",
	irc.ERR_BANNEDFROMCHAN:  "those who run it have banned you",
	irc.ERR_BADCHANNELKEY:   "it has a password, and none or another one was given",
	irc.ERR_TOOMANYCHANNELS: "you are in as many rooms as the server allows; leave one first",
	irc.ERR_NOSUCHCHANNEL:   "", irc.ERR_BADCHANMASK: "", irc.ERR_NEEDREGGEDNICK: "", irc.ERR_UNAVAILRESOURCE: "",
	linkedChannel: "", "448": "", "479": "", "485": "", "489": "", "495": "", "500": "", "519": "", "520": "", "926": "", "927": "",
}

// linkedChannel says that whoever joins a channel is led to another one.
const linkedChannel = "470"

func (s *Session) notJoined(r *room, why string) {
	r.why = why
	s.do(machine.Departed{Channel: r.name, Why: why, Wanted: r.wanted})
	s.changed(r)
}

// sendErrors are answers to PRIVMSG, with the target after the nick. Those without names
// are of colours, of targets that change too fast, of CTCP in channels, of encrypted
// channels, of people who take messages from friends only, and of words that are not
// liked.
var sendErrors = map[string]bool{
	irc.ERR_CANNOTSENDTOCHAN: true, irc.ERR_NOSUCHNICK: true, irc.ERR_NOSUCHCHANNEL: true, irc.ERR_NOTONCHANNEL: true,
	irc.ERR_NEEDREGGEDNICK: true, irc.ERR_CANNOTSENDTOUSER: true, irc.ERR_TOOMANYTARGETS: true, irc.ERR_NOTEXTTOSEND: true,
	irc.ERR_INPUTTOOLONG: true, "408": true, "415": true, "439": true, "492": true, "489": true, "716": true, "936": true,
}

// onError takes a refusal.
func (s *Session) onError(m *irc.Message) {
	why := clip(irc.Decode(m.Last()))
	r := s.rooms[s.fold(m.Param(1))]
	if words, ok := joinErrors[m.Command]; ok && r != nil && r.channel && !r.joined {
		if m.Command == linkedChannel {
			words = fmt.Sprintf("the server leads to %s instead", clip(irc.Decode(m.Param(2))))
		}
		s.notJoined(r, cmp.Or(words, why))
		return
	}
	switch m.Command {
	case irc.ERR_NOSUCHNICK:
		s.partner(m.Param(1), gone)
	case irc.ERR_UNKNOWNCOMMAND, irc.ERR_NOTREGISTERED:
		if s.state == registering || m.Param(1) == "CAP" {
			return // an old server, and CAP
		}
	}
	target := ""
	if len(m.Params) > 2 {
		target = m.Params[1]
	}
	_, labelled := m.Tags.Get("label")
	if (labelled || sendErrors[m.Command]) && s.refused(m, target, why) {
		return
	}
	text := why
	if len(m.Params) > 2 {
		text = fmt.Sprintf("%s (%s)", strings.TrimSuffix(why, "."), strings.Join(m.Params[1:len(m.Params)-1], " "))
	}
	if !s.refuses(clip(text)) {
		s.do(machine.Said{From: m.Source, Text: clip(text)})
	}
}

// whois is a question who somebody is, and what came of it so far.
type whois struct {
	nick  string
	at    time.Time
	lines []string
}

func (s *Session) askWhois(nick string) {
	if s.state != online || s.whois != nil {
		s.do(machine.Answered{Nick: nick, Text: "The server cannot be asked now."})
		return
	}
	s.whois = &whois{nick: nick, at: s.now}
	s.write(irc.New("", "WHOIS", nick))
}

// whoisReplies are the parts of the answer.
var whoisReplies = []string{
	irc.RPL_WHOISCERTFP, irc.RPL_WHOISREGNICK, irc.RPL_WHOISUSER, irc.RPL_WHOISSERVER, irc.RPL_WHOISOPERATOR,
	irc.RPL_WHOISIDLE, irc.RPL_WHOISCHANNELS, irc.RPL_WHOISSPECIAL, irc.RPL_WHOISACCOUNT, irc.RPL_WHOISBOT,
	irc.RPL_WHOISACTUALLY, irc.RPL_WHOISHOST, irc.RPL_WHOISMODES, irc.RPL_WHOISSECURE, irc.RPL_AWAY, irc.ERR_NOSUCHNICK,
	irc.ERR_NOSUCHSERVER,
}

// tellsWhois takes a part of an answer to Whois; false: it is none.
func (s *Session) tellsWhois(m *irc.Message) bool {
	if s.whois == nil || !strings.EqualFold(m.Param(1), s.whois.nick) {
		return false
	}
	if m.Command == irc.RPL_ENDOFWHOIS {
		s.answerWhois()
		return true
	}
	if !slices.Contains(whoisReplies, m.Command) {
		return false
	}
	if len(s.whois.lines) < maxAnswer && len(m.Params) > 2 {
		s.whois.lines = append(s.whois.lines, clip(irc.Decode(whoisText(m))))
	}
	return true
}

// whoisText says a part of an answer in words; most have them from the server.
func whoisText(m *irc.Message) string {
	rest := m.Params[2:]
	switch {
	case m.Command == irc.RPL_WHOISUSER && len(rest) > 3:
		return fmt.Sprintf("%s (%s@%s)", rest[3], rest[0], rest[1])
	case m.Command == irc.RPL_WHOISSERVER && len(rest) > 1:
		return fmt.Sprintf("on the server %s (%s)", rest[0], rest[1])
	case m.Command == irc.RPL_WHOISCHANNELS:
		return "in " + strings.TrimSpace(rest[0])
	case m.Command == irc.RPL_WHOISACCOUNT:
		return "signed in as " + rest[0]
	case m.Command == irc.RPL_AWAY:
		return "away: " + rest[0]
	case m.Command == irc.RPL_WHOISIDLE:
		idle, err := strconv.Atoi(rest[0])
		if err != nil {
			break
		}
		text := fmt.Sprintf("said nothing for %v", time.Duration(idle)*time.Second)
		if since, err := strconv.ParseInt(rest[min(1, len(rest)-1)], 10, 64); err == nil && len(rest) > 2 {
			text += ", there since " + time.Unix(since, 0).Format("2 January 15:04")
		}
		return text
	}
	return strings.Join(rest, " ")
}

func (s *Session) answerWhois() {
	if s.whois != nil {
		s.do(machine.Answered{Nick: s.whois.nick, Text: strings.Join(s.whois.lines, "\n")})
		s.whois = nil
	}
}
