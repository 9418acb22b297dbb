package irc

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// maxTokens is how many ISUPPORT tokens are held: servers have about forty.
const maxTokens = 256

// ISupport is what a server says about itself in RPL_ISUPPORT. The zero value is
// a server that said nothing: its methods return what is usual then.
type ISupport struct{ values map[string]string }

// Apply takes the parameters of RPL_ISUPPORT between the nick and the text. A
// token with a dash takes the one without it back.
func (s *ISupport) Apply(tokens []string) {
	if s.values == nil {
		s.values = make(map[string]string)
	}
	for _, token := range tokens {
		key, value, _ := strings.Cut(token, "=")
		key = strings.ToUpper(key)
		if gone, ok := strings.CutPrefix(key, "-"); ok {
			delete(s.values, gone)
			continue
		}
		if _, known := s.values[key]; isToken(key) && (known || len(s.values) < maxTokens) {
			s.values[key] = unescapeToken(value)
		}
	}
}

// Set gives a token a value, for servers.
func (s *ISupport) Set(key, value string) { s.Apply([]string{key + "=" + escapeToken(value)}) }

// Get returns a token's value, and whether it was said.
func (s *ISupport) Get(key string) (string, bool) {
	value, ok := s.values[key]
	return value, ok
}

// Number returns a token's value as a number that is not negative, or what is
// usual.
func (s *ISupport) Number(key string, usual int) int {
	if n, err := strconv.Atoi(s.values[key]); err == nil && n >= 0 {
		return n
	}
	return usual
}

// CaseMapping returns CASEMAPPING.
func (s *ISupport) CaseMapping() Mapping {
	value, ok := s.values["CASEMAPPING"]
	if !ok {
		return RFC1459
	}
	m, _ := ParseMapping(value)
	return m
}

// ChannelTypes returns CHANTYPES: the characters that names of channels begin with.
func (s *ISupport) ChannelTypes() string {
	if types, ok := s.values["CHANTYPES"]; ok {
		return types
	}
	return "#&"
}

// IsChannel says whether a target is a channel rather than a nick.
func (s *ISupport) IsChannel(target string) bool {
	return target != "" && strings.IndexByte(s.ChannelTypes(), target[0]) >= 0
}

// StatusMessage splits a target such as @#room, which means the operators in it,
// into prefix and channel (STATUSMSG). Other targets come back whole.
func (s *ISupport) StatusMessage(target string) (prefix, channel string) {
	rest := strings.TrimLeft(target, s.values["STATUSMSG"])
	if rest != target && s.IsChannel(rest) {
		return target[:len(target)-len(rest)], rest
	}
	return "", target
}

// ModeTypes returns what CHANMODES and PREFIX say about the modes of channels.
func (s *ISupport) ModeTypes() ModeTypes {
	t := DefaultModes
	if value, ok := s.values["CHANMODES"]; ok {
		parts := append(strings.Split(value, ","), "", "", "", "")
		t.A, t.B, t.C, t.D = parts[0], parts[1], parts[2], parts[3]
	}
	if value, ok := s.values["PREFIX"]; ok {
		if p, err := ParsePrefixes(value); err == nil {
			t.Prefixes = p
		}
	}
	return t
}

// Lines returns the tokens in order, in as many lists of parameters of
// RPL_ISUPPORT as are needed: at most 13 in each, which with room to spare fit
// into a line.
func (s *ISupport) Lines() [][]string {
	var tokens []string
	for _, key := range slices.Sorted(maps.Keys(s.values)) {
		if value := s.values[key]; value != "" {
			key += "=" + escapeToken(value)
		}
		tokens = append(tokens, key)
	}
	var lines [][]string
	size := 0
	for _, token := range tokens {
		last := len(lines) - 1
		if last < 0 || len(lines[last]) == 13 || size+len(token) > 350 {
			lines, last, size = append(lines, nil), last+1, 0
		}
		lines[last] = append(lines[last], token)
		size += len(token) + 1
	}
	return lines
}

func isToken(key string) bool {
	return key != "" && strings.IndexFunc(key, func(r rune) bool { return r <= ' ' || r >= 0x7f }) < 0
}

// escapeToken writes characters that cannot stand in a parameter as \xHH
// (modern.ircdocs.horse, RPL_ISUPPORT).
func escapeToken(value string) string {
	var b strings.Builder
	for i := range len(value) {
		switch c := value[i]; {
		case c <= ' ' || c == '\\' || c == '=' || c == 0x7f:
			fmt.Fprintf(&b, `\x%02X`, c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

func unescapeToken(value string) string {
	var b strings.Builder
	for {
		before, after, found := strings.Cut(value, `\x`)
		b.WriteString(before)
		if !found {
			return b.String()
		}
		if len(after) >= 2 {
			if n, err := strconv.ParseUint(after[:2], 16, 8); err == nil {
				b.WriteByte(byte(n))
				value = after[2:]
				continue
			}
		}
		b.WriteString(`\x`)
		value = after
	}
}
