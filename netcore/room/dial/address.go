package dial

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

// Dialect returns the plain dialect; it has none for IRC.
func (k Kind) Dialect() dialect.Kind { return dialect.Kind(strings.TrimPrefix(string(k), "tcp+")) }

// Address is where a server is, and what is wanted there.
type Address struct {
	Scheme string
	Host   string // with the port
	Target string // a channel or a nick; "" for the server itself
}

// Parse reads ircs://host[:port]/#room and the like. A name without # is a
// channel all the same, as in addresses on web pages.
func Parse(text string) (Address, error) {
	scheme, rest, ok := strings.Cut(strings.TrimSpace(text), "://")
	if !ok {
		scheme = ""
	}
	return addressOf(scheme, rest, text)
}

// addressOf is Parse for what may be a guess of the scheme; typed is what the
// user knows.
func addressOf(scheme, rest, typed string) (Address, error) {
	bad := func(why string) (Address, error) {
		return Address{}, fmt.Errorf("%w address %q: %s; addresses look like irc.libera.chat, ircs://host/#room or tcp+broadcast://host:port",
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
	return Address{scheme, net.JoinHostPort(strings.ToLower(name), port), target}, nil
}

// Server returns the address of the server itself.
func (a Address) Server() string { return a.Scheme + "://" + a.Host }

// String returns the address as Parse reads it.
func (a Address) String() string {
	if a.Target == "" {
		return a.Server()
	}
	return a.Server() + "/" + a.Target
}

// Kind returns how the server is spoken to.
func (a Address) Kind() Kind { return schemes[a.Scheme].kind }

// Secure says whether the connection is encrypted.
func (a Address) Secure() bool { return schemes[a.Scheme].secure }

// ID returns the conversation with a target on the server.
func (a Address) ID(target string) chat.ConversationID {
	return chat.RoomID(a.Server(), strings.ToLower(target))
}
