package session

import (
	"strings"

	"github.com/parlance-chat/parlance/netcore/irc"
	"github.com/parlance-chat/parlance/netcore/room/machine"
	"github.com/parlance-chat/parlance/netcore/room/outbox"
)

// Tags that clients mean for clients (IRCv3 typing, react and unreact; for reply see outbox.ReplyTag).
const (
	typingTag  = "+typing"
	reactTag   = "+draft/react"
	unreactTag = "+draft/unreact"
)

// passes says whether the server passes a tag for clients on.
func (s *Session) passes(name string) bool {
	deny, _ := s.support.Get("CLIENTTAGDENY")
	return s.on["message-tags"] && !containsWord(deny, name) && (!containsWord(deny, "*") || containsWord(deny, "-"+name))
}

// onTags takes a message that has nothing but tags.
func (s *Session) onTags(m *irc.Message, from irc.Source) {
	target := m.Param(0)
	if s.isMe(target) {
		target = from.Nick
	}
	r := s.rooms[s.fold(target)]
	if r == nil {
		return
	}
	if state, ok := m.Tags.Get(typingTag); ok && !s.isMe(from.Nick) {
		s.do(machine.Wrote{Target: r.name, Nick: from.Nick, Active: state == "active"})
	}
	about, ok := m.Tags.Get(outbox.ReplyTag)
	if !ok {
		return
	}
	for _, tag := range []string{reactTag, unreactTag} {
		if text, ok := m.Tags.Get(tag); ok && text != "" {
			s.do(machine.Reacted{Target: r.name, MsgID: about, Nick: from.Nick, Text: clip(text), Own: s.isMe(from.Nick), Gone: tag == unreactTag})
		}
	}
}

func (s *Session) typing(e machine.Typing) {
	r := s.rooms[s.fold(e.Target)]
	if r == nil || !r.ready(s) || !s.passes("typing") || !s.outbox.Allows(2) {
		return // not worth a line that messages could need
	}
	m := irc.New("", "TAGMSG", r.name)
	m.Tags.Set(typingTag, map[bool]string{true: "active", false: "done"}[e.Active])
	s.write(m)
}

// CanReact says whether a reaction would reach the others in a room now.
func (s *Session) CanReact(target string) bool {
	r := s.rooms[s.fold(target)]
	return r != nil && r.ready(s) && s.passes("draft/react") && s.passes("draft/reply")
}

func (s *Session) react(e machine.React) {
	if !s.CanReact(e.Target) {
		return
	}
	r := s.rooms[s.fold(e.Target)]
	send := func(tag, text string, off bool) {
		m := irc.New("", "TAGMSG", r.name)
		m.Tags.Set(tag, text)
		m.Tags.Set(outbox.ReplyTag, e.MsgID)
		s.write(m)
		if !s.on["echo-message"] {
			s.do(machine.Reacted{Target: r.name, MsgID: e.MsgID, Nick: s.nick, Text: text, Own: true, Gone: off})
		}
	}
	if e.Was != "" && e.Was != e.Text && s.passes("draft/unreact") {
		send(unreactTag, e.Was, true)
	}
	if e.Text != "" {
		send(reactTag, e.Text, false)
	}
}

func containsWord(list, word string) bool {
	for w := range strings.SplitSeq(list, ",") {
		if strings.EqualFold(w, word) {
			return true
		}
	}
	return false
}
