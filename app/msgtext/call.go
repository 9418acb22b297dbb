package msgtext

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// findCalls finds "@Name" for each of the names: after no letter or digit, and
// before none. Of several names that stand at one place the longest counts.
func findCalls(text string, names []string) []Range {
	if len(names) == 0 || !strings.Contains(text, "@") {
		return nil
	}
	names = slices.SortedFunc(slices.Values(names), func(a, b string) int { return len(b) - len(a) })
	var calls []Range
	for at := 0; ; {
		i := strings.IndexByte(text[at:], '@')
		if i < 0 {
			return calls
		}
		start := at + i
		at = start + 1
		if endsInWord(text[:start]) {
			continue
		}
		for _, name := range names {
			if end := start + 1 + len(name); name != "" && end <= len(text) && strings.EqualFold(text[start+1:end], name) && !beginsWithWord(text[end:]) {
				calls = append(calls, Range{start, end})
				at = end
				break
			}
		}
	}
}

func beginsWithWord(text string) bool {
	r, _ := utf8.DecodeRuneInString(text)
	return isWordRune(r)
}
