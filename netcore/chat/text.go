package chat

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// CleanText neutralises text from others before anything shows or stores it
// for showing: invalid UTF-8 becomes U+FFFD, CR LF and CR become LF, control
// characters other than tab and line feed become their visible pictures, and
// the characters that reorder text (Unicode Standard Annex #9 section 2: bidi
// embeddings, overrides and isolates) are left out. Clean text comes back as
// it was.
func CleanText(text string) string {
	if isClean(text) {
		return text
	}
	var b strings.Builder
	b.Grow(len(text))
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		if r == '\r' {
			if i+1 < len(text) && text[i+1] == '\n' {
				size = 2
			}
			r = '\n'
		}
		i += size
		switch {
		case r == '\n' || r == '\t':
			b.WriteRune(r)
		case r < 0x20:
			b.WriteRune('\u2400' + r) // control pictures, U+2400 to U+241F
		case r == 0x7f:
			b.WriteRune('\u2421')
		case unicode.IsControl(r):
			b.WriteRune(utf8.RuneError)
		case !reorders(r):
			b.WriteRune(r)
		}
	}
	return b.String()
}

// CleanName is CleanText for a name: one line, single spaces, nothing that takes
// no room, at most MaxName characters. It may return an empty string, and does
// if there is nothing to see in name.
func CleanName(name string) string {
	fields := strings.FieldsFunc(CleanText(name), func(r rune) bool {
		return unicode.IsSpace(r) || isInvisible(r)
	})
	runes := []rune(strings.Join(fields, " "))
	if len(runes) > MaxName {
		runes = runes[:MaxName]
	}
	if !slices.ContainsFunc(runes, func(r rune) bool { return r != ' ' && !modifies(r) }) {
		return ""
	}
	return strings.TrimSpace(string(runes))
}

// CheckText says why text cannot be sent as a message, or returns nil.
func CheckText(text string) error {
	switch {
	case strings.TrimSpace(text) == "":
		return fmt.Errorf("%w: there is nothing in it", ErrText)
	case !utf8.ValidString(text):
		return fmt.Errorf("%w: it is not valid UTF-8", ErrText)
	case len(text) > MaxText:
		return fmt.Errorf("%w: it has %d bytes, the most is %d; send it in parts", ErrText, len(text), MaxText)
	}
	return nil
}

func isClean(text string) bool {
	for _, r := range text {
		if r == utf8.RuneError || reorders(r) || (unicode.IsControl(r) && r != '\n' && r != '\t') {
			return false
		}
	}
	return true
}

func reorders(r rune) bool {
	return r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069' ||
		r == '\u200e' || r == '\u200f' || r == '\u061c'
}

// isInvisible finds characters that take no room, or nothing but room, and would
// let two different names look alike (Default_Ignorable_Code_Point of Unicode
// Standard Annex #44, and the Braille blank).
func isInvisible(r rune) bool {
	switch {
	case r == '\u00ad', r == '\u034f', r == '\u115f', r == '\u1160', r == '\u17b4', r == '\u17b5',
		r >= '\u180b' && r <= '\u180f', r == '\u200b', r >= '\u2060' && r <= '\u206f', r == '\u2800',
		r == '\u3164', r == '\ufeff', r == '\uffa0', r >= '\ufff0' && r <= '\ufffb',
		r >= '\U0001d173' && r <= '\U0001d17a':
		return true
	}
	return false
}

// modifies finds characters that are nothing by themselves and yet stay in
// names: emoji are made with joiners, variation selectors and tags.
func modifies(r rune) bool {
	return r == '\u200c' || r == '\u200d' || r >= '\ufe00' && r <= '\ufe0f' ||
		r >= '\U000e0000' && r <= '\U000e0fff'
}
