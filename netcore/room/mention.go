package room

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// mentions says whether a text calls somebody by nick: as a word of its own, in any
// case.
func mentions(text, nick string) bool {
	if nick == "" {
		return false
	}
	text, nick = strings.ToLower(text), strings.ToLower(nick)
	for {
		i := strings.Index(text, nick)
		if i < 0 {
			return false
		}
		before, _ := utf8.DecodeLastRuneInString(text[:i])
		after, _ := utf8.DecodeRuneInString(text[i+len(nick):])
		if !ofName(before) && !ofName(after) {
			return true
		}
		text = text[i+len(nick):]
	}
}

// ofName says whether a character next to a nick makes it part of another name.
func ofName(r rune) bool {
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("_-[]{}\\|`^", r))
}
