package irc

import "strings"

// Mapping says which names are the same (ISUPPORT CASEMAPPING). The zero value
// is what servers mean that do not say.
type Mapping int

// The mappings.
const (
	RFC1459       Mapping = iota // ASCII, and {}|~ are the lower case of []\^
	RFC1459Strict                // without ~ and ^
	ASCII
)

var mappings = map[string]Mapping{"rfc1459": RFC1459, "rfc1459-strict": RFC1459Strict, "strict-rfc1459": RFC1459Strict, "ascii": ASCII}

// ParseMapping reads the value of CASEMAPPING. Mappings that are not known, such as
// those of Unicode, are taken for ASCII, with false.
func ParseMapping(name string) (Mapping, bool) {
	m, ok := mappings[strings.ToLower(name)]
	if !ok {
		return ASCII, false
	}
	return m, true
}

// String returns the value of CASEMAPPING.
func (m Mapping) String() string {
	switch m {
	case RFC1459:
		return "rfc1459"
	case RFC1459Strict:
		return "rfc1459-strict"
	}
	return "ascii"
}

// Fold returns the one form that all names share that are the same. A name that
// has this form already comes back without an allocation.
func (m Mapping) Fold(name string) string {
	for i := range len(name) {
		if m.lower(name[i]) != name[i] {
			folded := []byte(name)
			for ; i < len(folded); i++ {
				folded[i] = m.lower(folded[i])
			}
			return string(folded)
		}
	}
	return name
}

// Equal says whether two names are the same.
func (m Mapping) Equal(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if m.lower(a[i]) != m.lower(b[i]) {
			return false
		}
	}
	return true
}

func (m Mapping) lower(c byte) byte {
	switch {
	case c >= 'A' && c <= 'Z':
		return c + 'a' - 'A'
	case m != ASCII && c >= '[' && c <= ']':
		return c + '{' - '['
	case m == RFC1459 && c == '^':
		return '~'
	}
	return c
}
