package irc

import (
	"fmt"
	"strings"
)

// ModeTypes say which modes of a channel take a parameter (modern.ircdocs.horse,
// "CHANMODES"), and which stand for a member's rank.
type ModeTypes struct {
	A        string // lists: always, or none to see the list
	B        string // always
	C        string // only when set
	D        string // never
	Prefixes []Prefix
}

// Prefix is a rank: the mode that gives it and the character it shows, the highest
// rank first.
type Prefix struct{ Mode, Symbol byte }

// DefaultModes are those of RFC 1459, for servers that say nothing.
var DefaultModes = ModeTypes{A: "beI", B: "k", C: "l", D: "imnpst", Prefixes: []Prefix{{'o', '@'}, {'v', '+'}}}

// ParsePrefixes reads the value of PREFIX, such as (ov)@+. An empty value means
// that there are no ranks.
func ParsePrefixes(value string) ([]Prefix, error) {
	if value == "" {
		return nil, nil
	}
	modes, symbols, ok := strings.Cut(strings.TrimPrefix(value, "("), ")")
	if !ok || value[0] != '(' || len(modes) != len(symbols) {
		return nil, fmt.Errorf("%w: PREFIX=%q", ErrMalformed, value)
	}
	list := make([]Prefix, len(modes))
	for i := range list {
		list[i] = Prefix{modes[i], symbols[i]}
	}
	return list, nil
}

// Symbol returns what a rank's mode shows, 0 if it is no rank's.
func (t ModeTypes) Symbol(mode byte) byte {
	for _, p := range t.Prefixes {
		if p.Mode == mode {
			return p.Symbol
		}
	}
	return 0
}

// SplitPrefixes divides a name such as @+nick of RPL_NAMREPLY into the symbols and
// the name.
func (t ModeTypes) SplitPrefixes(name string) (symbols, rest string) {
	i := 0
	for i < len(name) && t.rank(name[i]) >= 0 {
		i++
	}
	return name[:i], name[i:]
}

// WithSymbol returns symbols with one more, the highest rank first.
func (t ModeTypes) WithSymbol(symbols string, symbol byte) string {
	var b strings.Builder
	for _, p := range t.Prefixes {
		if p.Symbol == symbol || strings.IndexByte(symbols, p.Symbol) >= 0 {
			b.WriteByte(p.Symbol)
		}
	}
	return b.String()
}

// WithoutSymbol returns symbols with one less.
func (t ModeTypes) WithoutSymbol(symbols string, symbol byte) string {
	return strings.ReplaceAll(symbols, string(rune(symbol)), "")
}

// rank returns the place of a symbol, 0 the highest, -1 if it is none.
func (t ModeTypes) rank(symbol byte) int {
	for i, p := range t.Prefixes {
		if p.Symbol == symbol {
			return i
		}
	}
	return -1
}

// takes says whether a mode takes a parameter, and whether it is known at all.
func (t ModeTypes) takes(mode byte, add bool) (takes, list, known bool) {
	has := func(set string) bool { return strings.IndexByte(set, mode) >= 0 }
	switch {
	case t.Symbol(mode) != 0, has(t.B):
		return true, false, true
	case has(t.A):
		return true, true, true
	case has(t.C):
		return add, false, true
	}
	return false, false, has(t.D)
}

// ModeChange is one letter of a mode string.
type ModeChange struct {
	Add   bool
	Mode  byte
	Param string
	// Has says whether there is a parameter; a list's mode without one asks for the
	// list.
	Has bool
}

// ParseModes reads a mode string with its parameters, such as +ov-k [a b key].
// Without a sign it sets. Modes that are not known, and those that miss a
// parameter they need, come back apart.
func ParseModes(types ModeTypes, modes string, params []string) (changes, bad []ModeChange) {
	add := true
	for i := range len(modes) {
		mode := modes[i]
		if mode == '+' || mode == '-' {
			add = mode == '+'
			continue
		}
		change := ModeChange{Add: add, Mode: mode}
		takes, list, known := types.takes(mode, add)
		if takes && len(params) > 0 {
			change.Param, change.Has = params[0], true
			params = params[1:]
		}
		if !known || takes && !change.Has && !list {
			bad = append(bad, change)
			continue
		}
		changes = append(changes, change)
	}
	return changes, bad
}

// FormatModes writes changes as the parameters of MODE: a mode string and its
// parameters.
func FormatModes(changes []ModeChange) []string {
	modes := make([]byte, 0, len(changes)+2)
	out := []string{""}
	var sign byte
	for _, c := range changes {
		want := byte('-')
		if c.Add {
			want = '+'
		}
		if want != sign {
			modes, sign = append(modes, want), want
		}
		modes = append(modes, c.Mode)
		if c.Has {
			out = append(out, c.Param)
		}
	}
	out[0] = string(modes)
	return out
}
