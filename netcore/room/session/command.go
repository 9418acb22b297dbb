package session

import (
	"strings"
	"time"

	"github.com/parlance-chat/parlance/netcore/irc"
	"github.com/parlance-chat/parlance/netcore/room/machine"
)

// askedToken is what the PING after a command of the user's says.
const askedToken = "asked"

// asked is a command of the user's that the server has not answered.
type asked struct {
	command string
	at      time.Time
	why     string // it was refused; "" so far it was not
	said    string // what the server said to it, besides
}

// command sends a command of the user's. Most are answered by what they do, if at
// all, so a PING follows: what the server had to say comes before its PONG.
func (s *Session) command(m irc.Message) {
	if s.state != online {
		s.do(machine.Done{Why: "there is no connection to the server now"})
		return
	}
	s.asked = append(s.asked, asked{command: m.Command, at: s.now})
	s.write(m)
	s.write(irc.New("", "PING", askedToken))
}

// refuses takes a refusal as the answer to the oldest command; false: there is none.
func (s *Session) refuses(why string) bool {
	if len(s.asked) == 0 {
		return false
	}
	if s.asked[0].why == "" {
		s.asked[0].why = strings.TrimSuffix(why, ".")
	}
	return true
}

// tells takes what the server says to a command as the answer to the oldest, if there
// is one; a command has one such answer.
func (s *Session) tells(from, text string) {
	if len(s.asked) == 0 {
		s.do(machine.Said{From: from, Text: text})
		return
	}
	s.asked[0].said = text
}

// answersCommand ends the oldest command.
func (s *Session) answersCommand() {
	if len(s.asked) > 0 {
		s.do(machine.Done{Why: s.asked[0].why, Text: s.asked[0].said})
		s.asked = s.asked[1:]
	}
}

// asks says whether the oldest command is one of that name.
func (s *Session) asks(command string) bool {
	return len(s.asked) > 0 && s.asked[0].command == command
}

// abandonCommands ends all commands when the connection is lost.
func (s *Session) abandonCommands() {
	for range s.asked {
		s.do(machine.Done{Why: "the connection was lost before the server answered"})
	}
	s.asked = nil
}
