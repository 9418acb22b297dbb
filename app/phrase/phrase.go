// Package phrase makes the small phrases that the screens share: counts, lists,
// times as people say them, and errors as sentences.
package phrase

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/parlance-chat/parlance/netcore/chat"
)

// Listed joins words as a sentence does; of more than most it counts the rest.
func Listed(words []string, most int) string {
	if len(words) > most {
		rest := len(words) - most + 1
		words = append(words[:most-1:most-1], fmt.Sprintf("%d others", rest))
	}
	switch len(words) {
	case 0:
		return ""
	case 1:
		return words[0]
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}

// Plural returns one of the forms, with the number in place of %d.
func Plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return fmt.Sprintf(many, n)
}

// Sentence makes an error's words one: a capital at the start, a full stop at
// the end. That something was refused goes without saying where its reason stands.
func Sentence(err error) string {
	text := strings.TrimSpace(chat.CleanText(err.Error()))
	return Stopped(Capital(strings.TrimPrefix(text, chat.ErrRefused.Error()+": ")))
}

// Stopped ends text with a full stop, unless it ends a sentence already.
func Stopped(text string) string {
	last, _ := utf8.DecodeLastRuneInString(text)
	if text == "" || strings.ContainsRune(".!?…", last) {
		return text
	}
	return text + "."
}

// Clip shortens text to at most n characters.
func Clip(text string, n int) string {
	r := []rune(text)
	if len(r) <= n {
		return text
	}
	return string(r[:n-1]) + "…"
}

// Capital makes the first letter a capital, unless it is that of a host's name.
func Capital(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	if word, _, _ := strings.Cut(s, " "); s == "" || strings.Contains(strings.TrimRight(word, "."), ".") {
		return s
	}
	return strings.ToUpper(string(r)) + s[size:]
}

// action begins a text of a room that says what its author does.
const action = "/me "

// IsAction says whether a text of a room says what its author does.
func IsAction(text string) bool { return strings.HasPrefix(text, action) }

// Action makes a sentence of what somebody does.
func Action(who, text string) string { return who + " " + strings.TrimPrefix(text, action) }
