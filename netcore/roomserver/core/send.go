package core

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/parlance-chat/parlance/netcore/irc"
)

// post is a message to many. It is written once for each set of capabilities
// that changes how it looks.
type post struct {
	msg     irc.Message // without tags
	at      time.Time
	id      string   // msgid
	account string   // of the author
	bot     bool     // the author is one
	tags    irc.Tags // that clients mean for clients
	fixed   irc.Tags // that every client gets
	made    []made
}

// made is a line that exists already, for clients with caps.
type made struct {
	caps capSet
	send *Send // nil if it could not be written
}

// looks are the capabilities that change the tags of a message.
const looks = capServerTime | capMessageTags | capAccountTag

// message returns p as it looks with caps.
func (p *post) message(caps capSet) irc.Message {
	m := p.msg
	m.Tags = slices.Clip(p.fixed)
	if caps.has(capServerTime) {
		m.Tags = append(m.Tags, irc.Tag{Key: "time", Value: irc.FormatTime(p.at)})
	}
	if caps.has(capMessageTags) && p.id != "" {
		m.Tags = append(m.Tags, irc.Tag{Key: "msgid", Value: p.id})
	}
	if caps.has(capAccountTag) && p.account != "" {
		m.Tags = append(m.Tags, irc.Tag{Key: "account", Value: p.account})
	}
	if caps.has(capMessageTags) && p.bot {
		m.Tags = append(m.Tags, irc.Tag{Key: "bot"})
	}
	if caps.has(capMessageTags) {
		m.Tags = append(m.Tags, p.tags...)
	}
	return m
}

// post sends p to c. If c awaits an answer with a label, from the job j, it is
// part of that.
func (s *State) post(p *post, c *client, j *job) {
	if c.closed {
		return
	}
	caps := c.caps & looks
	if j != nil && j.c == c && j.label != "" {
		j.lines = append(j.lines, p.message(caps))
		return
	}
	for i := range p.made {
		if p.made[i].caps == caps {
			if send := p.made[i].send; send != nil {
				send.Clients = append(send.Clients, c.id)
			}
			return
		}
	}
	p.made = append(p.made, made{caps, s.emit(c.id, p.message(caps))})
}

// send sends a message of the server to one client.
func (s *State) send(c *client, j *job, m irc.Message) {
	p := post{msg: m, at: s.now}
	s.post(&p, c, j)
}

// emit writes a message, cut if it is too long. Others may be added to whom it
// is sent to until the Step ends.
func (s *State) emit(to ClientID, m irc.Message) *Send {
	line, err := irc.AppendCut(make([]byte, 0, 160), &m)
	if err != nil {
		s.unsent++
		return nil
	}
	send := &Send{Clients: []ClientID{to}, Line: line}
	s.out = append(s.out, send)
	return send
}

func (s *State) batchRef() string {
	s.batch++
	return strconv.FormatUint(s.batch, 36)
}

// clip cuts a text to at most n bytes, between two characters.
func clip(text string, n int) string {
	if len(text) <= n {
		return text
	}
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n]
}

// word makes what a client sent fit for a parameter in the middle of a line.
func word(text string) string {
	text = strings.TrimLeft(clip(text, 200), ":")
	text = strings.Map(func(r rune) rune {
		if r == ' ' || r == '\r' || r == '\n' || r == 0 {
			return '_'
		}
		return r
	}, text)
	if text == "" {
		return "*"
	}
	return text
}

// hostWord makes a host name fit for a source and for parameters.
func hostWord(host string, n int) string {
	host = clip(word(host), n)
	if strings.HasPrefix(host, ":") || host == "*" || host == "" {
		host = "0" + host
	}
	return host
}
