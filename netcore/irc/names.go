package irc

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"
)

// ValidNick says whether nick is one by RFC 2812 section 2.3.1 and has at most
// length bytes: ASCII letters, digits and -[]\`_^{|}, and no digit or dash first.
func ValidNick(nick string, length int) bool {
	if nick == "" || len(nick) > length || nick[0] == '-' || nick[0] >= '0' && nick[0] <= '9' {
		return false
	}
	for i := range len(nick) {
		if !nickByte(nick[i]) {
			return false
		}
	}
	return true
}

func nickByte(c byte) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || strings.IndexByte("-[]\\`_^{|}", c) >= 0
}

// NickFrom makes a valid nick of a person's name: letters lose their accents,
// spaces become underscores, the rest is left out. It returns "" if nothing stays.
func NickFrom(name string, length int) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(strings.Join(strings.Fields(name), "_")) {
		if r >= utf8.RuneSelf || !nickByte(byte(r)) || b.Len() == 0 && (r == '-' || r >= '0' && r <= '9') {
			continue
		}
		if b.Len() == length {
			break
		}
		b.WriteRune(r)
	}
	if strings.Trim(b.String(), "_") == "" {
		return ""
	}
	return b.String()
}

// ValidChannel says whether name is a channel's: it begins with one of types
// (ISUPPORT CHANTYPES), has more than that, at most length bytes, and neither
// spaces, commas nor control characters (BEL and NUL are forbidden everywhere, the
// others only deceive).
func ValidChannel(name, types string, length int) bool {
	if len(name) < 2 || len(name) > length || strings.IndexByte(types, name[0]) < 0 {
		return false
	}
	for i := range len(name) {
		if c := name[i]; c <= ' ' || c == ',' || c == 0x7f {
			return false
		}
	}
	return true
}

// Decode returns text as UTF-8. What is not is taken for Windows-1252, which old
// clients send, unless only its end is broken, as where a server cut it.
func Decode(text string) string {
	if utf8.ValidString(text) {
		return text
	}
	for cut := 1; cut < utf8.UTFMax && cut < len(text); cut++ {
		end := text[len(text)-cut:]
		if utf8.RuneStart(end[0]) && !utf8.FullRuneInString(end) && utf8.ValidString(text[:len(text)-cut]) {
			if cut == 1 && isASCII(text[:len(text)-1]) {
				break // one byte past ASCII at the end of a word: "café" rather than a cut
			}
			return text[:len(text)-cut] + string(utf8.RuneError)
		}
	}
	decoded, err := charmap.Windows1252.NewDecoder().String(text)
	if err != nil {
		return strings.ToValidUTF8(text, string(utf8.RuneError))
	}
	return decoded
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
