package irc

import "strings"

// Source is who a message is from: a person (nick!user@host, of which only the
// nick may be told) or a server, whose name stands in Nick then.
type Source struct{ Nick, User, Host string }

// ParseSource reads the source of a message.
func ParseSource(s string) Source {
	var from Source
	rest, host, _ := strings.Cut(s, "@")
	from.Host = host
	from.Nick, from.User, _ = strings.Cut(rest, "!")
	return from
}

// String returns nick!user@host, without what is empty.
func (s Source) String() string {
	text := s.Nick
	if s.User != "" {
		text += "!" + s.User
	}
	if s.Host != "" {
		text += "@" + s.Host
	}
	return text
}

// IsServer says whether the source looks like a server's name: it has a dot, which
// nicks have not, and neither user nor host.
func (s Source) IsServer() bool {
	return s.User == "" && s.Host == "" && strings.Contains(s.Nick, ".")
}
