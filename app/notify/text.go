package notify

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// clean takes out what no desktop can show: control characters, most of which
// XML forbids (W3C XML 1.0 section 2.2), and invalid UTF-8.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		if r == utf8.RuneError || r == '\ufffe' || r == '\uffff' || unicode.IsControl(r) && r != '\n' {
			return ' '
		}
		return r
	}, text)
}

// clip cleans a text and shortens it to so many characters.
func clip(text string, most int) string {
	text = strings.TrimSpace(clean(text))
	n := 0
	for i := range text {
		if n == most {
			return strings.TrimSpace(text[:i]) + "…"
		}
		n++
	}
	return text
}

// line is clip for a text of one line.
func line(text string, most int) string {
	return clip(strings.Join(strings.Fields(clean(text)), " "), most)
}

var markup = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "\"", "&quot;", "'", "&apos;")

// escape makes a text mean itself where markup is read.
func escape(text string) string { return markup.Replace(text) }
