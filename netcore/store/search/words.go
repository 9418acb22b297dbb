package search

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

const (
	// maxWord is the length in bytes at which a word is cut off, in texts and in
	// searches alike: what is longer is no word.
	maxWord = 64

	// maxQuery is how many words of a search are looked at.
	maxQuery = 32
)

// split returns the words of text as the index holds them, so that what a
// person takes to be the same word is the same string: in lower case, without
// accents on letters of the scripts that have them, full-width and ligature
// forms (Unicode Standard Annex #15, NFKC) made plain. A character of a script
// that puts no spaces between words is a word of its own, and so is a symbol
// such as an emoji; a search for several in a row is one for a phrase.
func split(words []string, text string) []string {
	if !isASCII(text) {
		text = norm.NFKC.String(text)
	}
	var word []byte
	flush := func() {
		if len(word) > 0 {
			words = append(words, string(word))
			word = word[:0]
		}
	}
	for _, r := range text {
		switch {
		case standsAlone(r):
			flush()
			words = append(words, string(r))
		case isPart(r):
			if len(word) < maxWord {
				word = appendFolded(word, r)
			}
		case unicode.IsMark(r) && (len(word) == 0 || unicode.In(r, unicode.Inherited, unicode.Hebrew)):
			// An accent or a point, which is left out.
		case unicode.IsMark(r) && len(word) < maxWord:
			word = utf8.AppendRune(word, r) // a vowel sign
		default:
			flush()
		}
	}
	flush()
	return words
}

func isPart(r rune) bool {
	if r < utf8.RuneSelf {
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
	}
	return unicode.IsLetter(r) || unicode.IsNumber(r)
}

func isASCII(text string) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// unspaced are the scripts written without spaces between words, and Hangul,
// which has them between phrases.
var unspaced = []*unicode.RangeTable{
	unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Bopomofo, unicode.Hangul, unicode.Yi,
	unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar, unicode.Tibetan,
}

func standsAlone(r rune) bool {
	switch {
	case r < utf8.RuneSelf, r == utf8.RuneError:
		return false
	case unicode.Is(unicode.So, r):
		return true
	case r < '\u0e00': // the first of the scripts is Thai
		return false
	}
	return r == 'ー' || // prolongs a vowel; of script Common
		unicode.In(r, unspaced...) && (isPart(r) || unicode.IsMark(r))
}

// appendFolded appends r without case and, where they are no part of the
// letter, without accents.
func appendFolded(word []byte, r rune) []byte {
	if r < utf8.RuneSelf {
		if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		}
		return append(word, byte(r))
	}
	r = unicode.ToLower(unicode.ToUpper(r)) // both: ς and σ, ſ and s
	if r == 'ß' {
		return append(word, "ss"...)
	}
	if unicode.In(r, unicode.Latin, unicode.Greek, unicode.Cyrillic) {
		if parts := norm.NFD.PropertiesString(string(r)).Decomposition(); parts != nil {
			for _, part := range string(parts) {
				if !unicode.IsMark(part) {
					word = utf8.AppendRune(word, part)
				}
			}
			return word
		}
	}
	return utf8.AppendRune(word, r)
}

// query is what a search looks for: all of its phrases, in any order.
type query struct {
	phrases [][]string
	// prefix says that the last word of the last phrase may go on.
	prefix bool
}

// parseQuery reads what a person typed. Between spaces stands a phrase: one
// word as a rule, several in "don't" or in a script without spaces.
func parseQuery(typed string) query {
	var q query
	count := 0
	for field := range strings.FieldsSeq(typed) {
		phrase := split(nil, field)
		phrase = phrase[:min(len(phrase), maxQuery-count)]
		count += len(phrase)
		if len(phrase) > 0 {
			q.phrases = append(q.phrases, phrase)
		}
	}
	if len(q.phrases) > 0 {
		last := q.last()
		r, _ := utf8.DecodeLastRuneInString(last)
		q.prefix = !standsAlone(r) && len(last) < maxWord
	}
	return q
}

// last returns the last word of the last phrase.
func (q query) last() string {
	phrase := q.phrases[len(q.phrases)-1]
	return phrase[len(phrase)-1]
}

// withLast returns the phrases with another last word, or with that word left
// out if it is empty.
func (q query) withLast(word string) [][]string {
	phrases := slices.Clone(q.phrases)
	n := len(phrases) - 1
	phrases[n] = slices.Clone(phrases[n])
	phrases[n][len(phrases[n])-1] = word
	if word == "" {
		phrases[n] = phrases[n][:len(phrases[n])-1]
		if len(phrases[n]) == 0 {
			phrases = phrases[:n]
		}
	}
	return phrases
}

// endsIn says whether the last phrase stands somewhere in words, its last word
// being one or, with prefix, the beginning of one.
func (q query) endsIn(words []string) bool {
	phrase := q.phrases[len(q.phrases)-1]
	n := len(phrase) - 1
	for i := 0; i+n < len(words); i++ {
		if slices.Equal(words[i:i+n], phrase[:n]) &&
			(words[i+n] == phrase[n] || q.prefix && strings.HasPrefix(words[i+n], phrase[n])) {
			return true
		}
	}
	return false
}

// match returns phrases in the language of FTS5 (section 3), in which words, as
// split makes them, can be nothing but words: they hold no quote.
func match(phrases [][]string) string {
	var b strings.Builder
	for i, phrase := range phrases {
		if i > 0 {
			b.WriteString(" AND ")
		}
		b.WriteByte('"')
		b.WriteString(strings.Join(phrase, " "))
		b.WriteByte('"')
	}
	return b.String()
}
