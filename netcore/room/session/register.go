package session

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/parlance-chat/parlance/netcore/irc"
	"github.com/parlance-chat/parlance/netcore/room/machine"
	"github.com/parlance-chat/parlance/netcore/room/sasl"
)

// wanted are the capabilities that are asked for where they are offered.
var wanted = []string{
	"account-notify", "account-tag", "away-notify", "batch", "cap-notify", "chghost", "draft/chathistory",
	"draft/read-marker", "echo-message", "extended-join", "labeled-response", "message-tags", "multi-prefix", "server-time", "setname", "standard-replies",
	"userhost-in-names",
}

const (
	saslChunk  = 400     // bytes of base64 in one AUTHENTICATE
	maxSASL    = 8 << 10 // bytes of base64 in all its chunks
	maxCaps    = 300     // capabilities that are noted
	maxRequest = 300     // bytes of what is asked for with one CAP REQ or JOIN
)

// registration is how far the sign-in of a connection is.
type registration struct {
	asked    int  // CAP REQ that are not answered
	listed   bool // the server's list is complete
	ended    bool // CAP END is written
	signing  sasl.Mechanism
	left     []sasl.Mechanism
	heard    string // chunks of a challenge
	account  string
	attempts int // nicks tried
	ready    bool
}

func (s *Session) onCap(m *irc.Message) {
	list := strings.Fields(m.Last())
	switch strings.ToUpper(m.Param(1)) {
	case "LS":
		s.offered(list)
		if m.Param(2) != "*" || len(m.Params) < 4 {
			s.reg.listed = true
			s.request()
		}
	case "NEW":
		s.offered(list)
		s.request()
	case "DEL":
		for _, name := range list {
			delete(s.caps, name)
			delete(s.on, name)
		}
	case "ACK":
		s.reg.asked--
		for _, name := range list {
			if off, ok := strings.CutPrefix(name, "-"); ok {
				delete(s.on, off)
			} else if _, ok := s.caps[name]; ok {
				s.on[name] = true
			}
		}
		if s.on["sasl"] && s.reg.signing == nil && !s.reg.ended {
			s.reg.left = s.mechanisms()
			s.sign()
		}
	case "NAK":
		s.reg.asked--
		if len(list) == 1 {
			delete(s.caps, list[0])
		} else { // one of them is the culprit
			for _, name := range list {
				s.reg.asked++
				s.write(irc.Text("", "CAP", "REQ", name))
			}
		}
	}
	s.endCaps()
}

func (s *Session) offered(list []string) {
	for _, one := range list {
		name, value, _ := strings.Cut(one, "=")
		if len(s.caps) < maxCaps {
			s.caps[name] = value
		}
	}
}

// request asks for what is offered, wanted and not enabled.
func (s *Session) request() {
	var names []string
	size := 0
	flush := func() {
		if len(names) > 0 {
			s.reg.asked++
			s.write(irc.Text("", "CAP", "REQ", strings.Join(names, " ")))
		}
		names, size = nil, 0
	}
	ask := func(name string) {
		if _, ok := s.caps[name]; !ok || s.on[name] {
			return
		}
		if size+len(name) > maxRequest {
			flush()
		}
		names, size = append(names, name), size+len(name)+1
	}
	for _, name := range wanted {
		ask(name)
	}
	if len(s.mechanisms()) > 0 && !s.reg.ended {
		ask("sasl")
	}
	flush()
}

// mechanisms returns the ways to sign in that can be tried.
func (s *Session) mechanisms() []sasl.Mechanism {
	c := sasl.Credentials{
		Account: s.cfg.Account, Secret: s.cfg.Secret, Nonce: s.cfg.Nonce, Secure: s.cfg.Secure, Certificate: s.cfg.External,
	}
	return c.Mechanisms(s.caps["sasl"])
}

// endCaps ends the negotiation when nothing of it is open.
func (s *Session) endCaps() {
	if s.state == registering && s.reg.listed && !s.reg.ended && s.reg.asked <= 0 && s.reg.signing == nil {
		s.reg.ended = true
		s.write(irc.New("", "CAP", "END"))
	}
}

// sign tries the next mechanism, or goes on without.
func (s *Session) sign() {
	s.reg.signing, s.reg.heard = nil, ""
	if len(s.reg.left) > 0 {
		s.reg.signing, s.reg.left = s.reg.left[0], s.reg.left[1:]
		s.write(irc.New("", "AUTHENTICATE", s.reg.signing.Name()))
		return
	}
	if s.cfg.Account != "" && s.reg.account == "" && !s.warned {
		s.warned = true // once, and not at each reconnect
		s.do(machine.Warned{Text: fmt.Sprintf("%s did not accept the password of %s. You are there without your account; check name and password.", s.cfg.Server, s.cfg.Account)})
	}
	s.endCaps()
}

func (s *Session) onAuthenticate(m *irc.Message) {
	chunk := m.Param(0)
	if s.reg.signing == nil {
		return
	}
	if chunk != "+" {
		s.reg.heard += chunk
	}
	if len(s.reg.heard) > maxSASL {
		s.hangup(fmt.Errorf("%w: %s sends a challenge of more than %d bytes", sasl.ErrFailed, s.cfg.Server, maxSASL))
		return
	}
	if len(chunk) == saslChunk {
		return // there is more
	}
	challenge, err := base64.StdEncoding.DecodeString(s.reg.heard)
	s.reg.heard = ""
	var answer []byte
	if err == nil {
		answer, err = s.reg.signing.Answer(challenge)
	}
	if err != nil {
		s.do(machine.Said{From: s.cfg.Server, Text: err.Error()})
		s.write(irc.New("", "AUTHENTICATE", "*")) // answered with ERR_SASLABORTED
		return
	}
	text := base64.StdEncoding.EncodeToString(answer)
	for len(text) >= saslChunk {
		s.write(irc.New("", "AUTHENTICATE", text[:saslChunk]))
		text = text[saslChunk:]
	}
	if text == "" {
		text = "+"
	}
	s.write(irc.New("", "AUTHENTICATE", text))
}

// onSASL takes the numerics of signing in.
func (s *Session) onSASL(m *irc.Message) {
	switch m.Command {
	case irc.RPL_LOGGEDIN:
		s.reg.account = m.Param(2)
		s.do(machine.Changed{})
	case irc.RPL_LOGGEDOUT:
		s.reg.account = ""
		s.do(machine.Changed{})
	case irc.RPL_SASLSUCCESS, irc.ERR_SASLALREADY:
		if s.reg.signing != nil && !s.reg.signing.Proven() {
			s.hangup(fmt.Errorf("%w: %s did not prove that it knows the password", sasl.ErrFailed, s.cfg.Server))
			return
		}
		s.reg.signing, s.reg.left = nil, nil
		s.endCaps()
	case irc.ERR_SASLFAIL, irc.ERR_SASLTOOLONG, irc.ERR_SASLABORTED, irc.ERR_NICKLOCKED:
		if s.reg.signing != nil {
			s.sign()
		}
	}
}

// onNickRefused looks for another nick while registering, and says it otherwise.
func (s *Session) onNickRefused(m *irc.Message) {
	if s.state == online {
		if s.asks("NICK") {
			s.refuses(fmt.Sprintf("the nick %s cannot be had: %s", clip(m.Param(1)), clip(irc.Decode(m.Last()))))
		}
		return
	}
	s.reg.attempts++
	length := s.support.Number("NICKLEN", 9)
	switch {
	case m.Command == irc.ERR_ERRONEUSNICKNAME && s.reg.attempts == 1:
		s.nick = irc.NickFrom(s.cfg.Nick, length)
		if s.nick == "" || s.nick == s.cfg.Nick {
			s.nick = "guest" + strconv.Itoa(int(s.random()*1000))
		}
	case s.reg.attempts <= 3:
		s.nick += "_"
	case s.reg.attempts <= 10:
		base := irc.NickFrom(s.cfg.Nick, length-3)
		s.nick = base + strconv.Itoa(100+int(s.random()*900))
	default:
		s.hangup(fmt.Errorf("%s accepts no nick: %s", s.cfg.Server, m.Last()))
		return
	}
	s.write(irc.New("", "NICK", s.nick))
}

// onWelcome is where an old server's registration ends, too.
func (s *Session) onWelcome(m *irc.Message) {
	if s.state != registering {
		return
	}
	if nick := m.Param(0); nick != "" && nick != "*" {
		s.nick = nick
	}
	s.reg.ended, s.reg.signing = true, nil
	s.state, s.reason = online, nil
	s.rememberNick()
	if s.nick != s.cfg.Nick {
		s.regainAt = s.now.Add(regainTime)
	}
	s.do(machine.Changed{})
}

func (s *Session) rememberNick() {
	if len(s.nicks) < 100 {
		s.nicks[s.fold(s.nick)] = true
	}
}

// onReady is the end of the message of the day, whether there is one or not: now
// ISUPPORT is known, and channels can be joined.
func (s *Session) onReady() {
	if s.state != online || s.reg.ready {
		return
	}
	s.reg.ready = true
	s.refold()
	s.rememberNick()
	s.outbox.Tune(&s.support)
	s.outbox.Forgive() // what it took to get in is forgiven by now
	s.joinAll()
	s.findDialogues()
	var names []string
	if most, ok := s.support.Get("MONITOR"); ok {
		limit, _ := strconv.Atoi(most)
		for _, r := range s.rooms {
			if !r.channel && (limit == 0 || len(names) < min(limit, 50)) {
				names = append(names, r.name)
			}
		}
		slices.Sort(names)
		for chunk := range slices.Chunk(names, 10) {
			s.write(irc.New("", "MONITOR", "+", strings.Join(chunk, ",")))
		}
	}
}
