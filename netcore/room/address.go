package room

import (
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/room/dialect"
)

// Kind is how a server is spoken to.
type Kind string

// The kinds.
const (
	IRC       Kind = "irc"
	Broadcast Kind = "tcp+broadcast"
	Addressed Kind = "tcp+addressed"
	Paired    Kind = "tcp+paired"
)

// schemes tells what the schemes of addresses mean.
var schemes = map[string]struct {
	kind   Kind
	secure bool
	port   string // "" where it has to be said
}{
	"ircs":            {IRC, true, "6697"},
	"irc":             {IRC, false, "6667"},
	string(Broadcast): {Broadcast, false, ""},
	string(Addressed): {Addressed, false, ""},
	string(Paired):    {Paired, false, ""},
}

func (k Kind) dialect() dialect.Kind { return dialect.Kind(strings.TrimPrefix(string(k), "tcp+")) }

// address is where a server is, and what is wanted there.
type address struct {
	scheme string
	host   string // with the port
	target string // a channel or a nick; "" for the server itself
}

// parseAddress reads ircs://host[:port]/#room and the like. A name without # is a
// channel all the same, as in addresses on web pages.
func parseAddress(text string) (address, error) {
	scheme, rest, ok := strings.Cut(strings.TrimSpace(text), "://")
	if !ok {
		scheme = ""
	}
	return addressOf(scheme, rest, text)
}

// addressOf is parseAddress for what may be a guess of the scheme; typed is what the
// user knows.
func addressOf(scheme, rest, typed string) (address, error) {
	bad := func(why string) (address, error) {
		return address{}, fmt.Errorf("%w address %q: %s; addresses look like irc.libera.chat, ircs://host/#room or tcp+broadcast://host:port",
			chat.ErrUnknown, typed, why)
	}
	scheme = strings.ToLower(scheme)
	kind, known := schemes[scheme]
	if !known {
		return bad("it does not begin with a kind that is known")
	}
	host, target, _ := strings.Cut(rest, "/")
	name, port := strings.Trim(host, "[]"), kind.port
	if h, p, err := net.SplitHostPort(host); err == nil {
		name, port = h, p
	}
	if name == "" || strings.ContainsAny(name, " @#?") {
		return bad("no computer is called that")
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return bad("it needs a port, a number from 1 to 65535")
	}
	if decoded, err := url.PathUnescape(target); err == nil {
		target = decoded
	}
	if strings.ContainsAny(target, " ,\r\n\x00\a") {
		return bad("no room is called that")
	}
	if kind.kind != IRC {
		target = ""
	} else if target != "" && !strings.ContainsAny(target[:1], "#&+!") {
		target = "#" + target
	}
	return address{scheme, net.JoinHostPort(strings.ToLower(name), port), target}, nil
}

// server returns the address of the server itself.
func (a address) server() string { return a.scheme + "://" + a.host }

// String returns the address as parseAddress reads it.
func (a address) String() string {
	if a.target == "" {
		return a.server()
	}
	return a.server() + "/" + a.target
}

func (a address) kind() Kind   { return schemes[a.scheme].kind }
func (a address) secure() bool { return schemes[a.scheme].secure }

// id returns the conversation with a target on the server.
func (a address) id(target string) chat.ConversationID {
	return chat.RoomID(a.server(), strings.ToLower(target))
}
