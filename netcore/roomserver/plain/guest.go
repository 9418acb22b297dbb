package plain

import (
	"fmt"
	"strings"

	"github.com/parlance-chat/parlance/netcore/irc"
)

// nickLength bounds the names of guests, below what the server takes: a number
// may be put behind them.
const nickLength = 24

// Port is what the guests of one listener have in common.
type Port struct {
	Dialect  Dialect
	Room     string // that guests are in
	Name     string // of the server, told by the paired dialect
	Password string // of the server, which guests need not know
	// Number returns a new number for the name of a guest without one.
	Number func() int

	guests map[string]bool // folded nicks of those in the room
}

// Result is what a guest's connection and the server are told.
type Result struct {
	Text  string        // for the connection, "" for nothing
	Lines []irc.Message // for the server
	Over  bool          // the connection ends after Text
}

// Guest stands between one connection and the server.
type Guest struct {
	port    *Port
	address string
	nick    string // the server's last word, or what was asked for
	wanted  string // asked for and not answered yet
	named   bool   // by the client
	in      bool   // the room
	tries   int
}

// New returns the guest of a connection, and what to do first.
func (p *Port) New(address string) (*Guest, Result) {
	if p.guests == nil {
		p.guests = map[string]bool{}
	}
	g := &Guest{port: p, address: address}
	g.wanted = fmt.Sprintf("guest%d", p.Number())
	var r Result
	if p.Dialect == Addressed {
		r.Text = "You are connected from:" + address + "\n"
	}
	if p.Password != "" {
		r.Lines = append(r.Lines, irc.New("", "PASS", p.Password))
	}
	r.Lines = append(r.Lines,
		// What the guest says comes back when it is stored.
		irc.Text("", "CAP", "REQ", "echo-message"), irc.New("", "NICK", g.wanted),
		irc.Text("", "USER", "plain", "0", "*", p.Dialect.String()+" client"), irc.New("", "CAP", "END"))
	return g, r
}

// Gone says that the connection ended.
func (g *Guest) Gone() { delete(g.port.guests, irc.ASCII.Fold(g.nick)) }

// Said takes a message from the connection.
func (g *Guest) Said(text string) Result {
	text = irc.Decode(text)
	switch d := g.port.Dialect; {
	case d == Paired && !g.named:
		return g.takeName(text)
	case d == Addressed && strings.HasPrefix(text, "#"):
		return g.takeName(text[1:])
	case d == Addressed && strings.HasPrefix(text, "@"):
		to, text, ok := strings.Cut(text[1:], ":")
		if to = irc.NickFrom(to, nickLength); !ok || to == "" {
			return Result{Text: "Write @name:text\n"}
		}
		return Result{Lines: messages(to, text)}
	}
	return Result{Lines: messages(g.port.Room, text)}
}

// takeName asks the server for a name; Heard tells what came of it.
func (g *Guest) takeName(name string) Result {
	nick := irc.NickFrom(strings.TrimSpace(name), nickLength)
	if nick == "" {
		return Result{Text: "That is no name; letters are needed.\n"}
	}
	g.named, g.tries = true, 0
	if g.nick == nick {
		return Result{Text: g.welcome()}
	}
	g.wanted = nick
	return Result{Lines: []irc.Message{irc.New("", "NICK", nick)}}
}

// welcome answers the client's name.
func (g *Guest) welcome() string {
	if g.port.Dialect == Paired {
		return g.port.Name + "\n"
	}
	return "Your user detail saved as : " + g.nick + "\n"
}

// messages says a text to a room or a person.
func messages(to, text string) []irc.Message {
	var lines []irc.Message
	for _, part := range irc.Split(text, irc.Room("", "PRIVMSG", to)) {
		lines = append(lines, irc.Text("", "PRIVMSG", to, part))
	}
	return lines
}

// Heard takes a line that the server sends to the guest.
func (g *Guest) Heard(line string) Result {
	m, err := irc.Parse(line, irc.FromServer)
	if err != nil {
		return Result{}
	}
	from := irc.ParseSource(m.Source).Nick
	own := irc.ASCII.Equal(from, g.nick)
	switch m.Command {
	case "PING":
		return Result{Lines: []irc.Message{irc.Text("", "PONG", m.Last())}}
	case irc.RPL_WELCOME:
		g.nick = m.Param(0)
		r := Result{Lines: []irc.Message{irc.New("", "JOIN", g.port.Room)}}
		if g.named { // it asked before it was let in
			if irc.ASCII.Equal(g.nick, g.wanted) {
				r.Text = g.welcome()
			} else {
				r.Lines = append(r.Lines, irc.New("", "NICK", g.wanted))
			}
		}
		return r
	case irc.ERR_NICKNAMEINUSE, irc.ERR_ERRONEUSNICKNAME:
		return g.taken()
	case "NICK":
		if own {
			return g.renamed(m.Param(0))
		}
	case "JOIN":
		if own {
			g.in = true
			g.port.guests[irc.ASCII.Fold(g.nick)] = true
		}
	case "PRIVMSG":
		return Result{Text: g.message(from, own, &m)}
	case "FAIL", irc.ERR_CANNOTSENDTOCHAN, irc.ERR_NOSUCHNICK:
		return Result{Text: "Not sent: " + m.Last() + "\n"}
	case "ERROR":
		return Result{Text: m.Last() + "\n", Over: true}
	case "KICK":
		if irc.ASCII.Equal(m.Param(1), g.nick) {
			return Result{Text: "You were removed from " + m.Param(0) + ": " + m.Last() + "\n", Over: true}
		}
	case irc.ERR_BANNEDFROMCHAN, irc.ERR_INVITEONLYCHAN, irc.ERR_BADCHANNELKEY, irc.ERR_CHANNELISFULL:
		return Result{Text: g.port.Room + ": " + m.Last() + "\n", Over: true}
	}
	return Result{}
}

// taken tries another name: the one wanted with a number behind it.
func (g *Guest) taken() Result {
	if g.tries++; g.tries > 10 {
		return Result{Text: "That name is taken.\n", Over: !g.named}
	}
	base := g.wanted
	if g.tries > 1 || !g.named {
		base = strings.TrimRight(base, "0123456789")
	}
	g.wanted = fmt.Sprintf("%s%d", base, g.port.Number())
	return Result{Lines: []irc.Message{irc.New("", "NICK", g.wanted)}}
}

// renamed notes that the guest has another name.
func (g *Guest) renamed(nick string) Result {
	g.Gone()
	g.nick = nick
	if g.in {
		g.port.guests[irc.ASCII.Fold(nick)] = true
	}
	if g.named && irc.ASCII.Equal(nick, g.wanted) {
		return Result{Text: g.welcome()}
	}
	return Result{}
}

// message returns what the client gets of a message, "" if nothing.
func (g *Guest) message(from string, own bool, m *irc.Message) string {
	text := irc.Decode(m.Last())
	if action, ok := irc.ParseAction(text); ok {
		text = "* " + action
	} else if _, _, ok := irc.ParseCTCP(text); ok {
		return ""
	}
	switch {
	case own && g.port.Dialect != Broadcast:
		return ""
	case own && !irc.ASCII.Equal(m.Param(0), g.port.Room):
		return ""
	case g.port.Dialect != Paired && g.port.guests[irc.ASCII.Fold(from)]:
		return text + "\n"
	}
	return from + ": " + text + "\n"
}
