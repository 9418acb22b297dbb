package msgtext

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Words splits what was searched for into the words that Find marks.
func Words(query string) []string {
	return strings.FieldsFunc(query, func(r rune) bool {
		return unicode.IsSpace(r) || r == '"'
	})
}

// Find returns where words stand in the text, whatever their case and accents,
// in order and without overlaps.
func (d *Doc) Find(words []string) []Range { return Find(d.text, words) }

// Find returns where words stand in a text, as Doc.Find does.
func Find(text string, words []string) []Range {
	var found []Range
	for _, w := range words {
		found = append(found, find(text, fold(w))...)
	}
	slices.SortFunc(found, func(a, b Range) int { return a.Start - b.Start })
	merged := found[:0]
	for _, r := range found {
		if n := len(merged); n > 0 && r.Start < merged[n-1].End {
			merged[n-1].End = max(merged[n-1].End, r.End)
			continue
		}
		merged = append(merged, r)
	}
	return merged
}

func find(text string, word []rune) []Range {
	if len(word) == 0 {
		return nil
	}
	var found []Range
	for i := 0; i < len(text); {
		if end, ok := matchAt(text, i, word); ok {
			found = append(found, Range{i, end})
			i = end
			continue
		}
		_, size := utf8.DecodeRuneInString(text[i:])
		i += size
	}
	return found
}

// matchAt says whether a folded word stands at text[at:], and where it ends.
func matchAt(text string, at int, word []rune) (end int, ok bool) {
	i := 0
	for end = at; i < len(word); {
		if end >= len(text) {
			return 0, false
		}
		r, size := utf8.DecodeRuneInString(text[end:])
		end += size
		f, keep := foldRune(r)
		if !keep {
			continue // an accent of its own
		}
		if f != word[i] {
			return 0, false
		}
		i++
	}
	for end < len(text) { // accents that belong to the last letter
		r, size := utf8.DecodeRuneInString(text[end:])
		if _, keep := foldRune(r); keep {
			break
		}
		end += size
	}
	return end, true
}

func fold(s string) []rune {
	var folded []rune
	for _, r := range s {
		if f, keep := foldRune(r); keep {
			folded = append(folded, f)
		}
	}
	return folded
}

// foldRune returns a letter in lower case without its accent; keep is false for
// accents that stand alone.
func foldRune(r rune) (folded rune, keep bool) {
	if r < utf8.RuneSelf {
		return unicode.ToLower(r), true
	}
	if unicode.Is(unicode.Mn, r) {
		return 0, false
	}
	var buffer [utf8.UTFMax]byte
	decomposed := norm.NFD.Properties(buffer[:utf8.EncodeRune(buffer[:], r)]).Decomposition()
	if len(decomposed) > 0 {
		if first, _ := utf8.DecodeRune(decomposed); !unicode.Is(unicode.Mn, first) && unicode.IsLetter(first) && !isHangul(r) {
			r = first
		}
	}
	return unicode.ToLower(r), true
}

// isHangul finds the syllables whose decomposition is letters, not accents.
func isHangul(r rune) bool { return r >= 0xac00 && r <= 0xd7a3 }
