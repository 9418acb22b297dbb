package msgtext

import (
	"strings"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// Past one of these a message is folded: its beginning is shown, and the rest
// on request.
const (
	FoldCharacters = 4_000
	FoldLines      = 60
)

// Fold returns the part of a text that is shown before the rest is asked for;
// folded is false when that is all of it. It is cut after a word, or after a
// character when a word is very long.
func Fold(text string) (shown string, folded bool) {
	if len(text) <= FoldCharacters && strings.Count(text, "\n") < FoldLines {
		return text, false
	}
	end, n, lines := len(text), 0, 0
	for i, r := range text {
		if n == FoldCharacters {
			end = cutAfterWord(text, i)
			break
		}
		n++
		if r == '\n' {
			if lines++; lines == FoldLines {
				end = i
				break
			}
		}
	}
	if strings.TrimSpace(text[end:]) == "" {
		return text, false
	}
	return strings.TrimRight(text[:end], " \t\n"), true
}

// cutAfterWord moves a cut back to the end of a word, or at least of a cluster.
func cutAfterWord(text string, end int) int {
	const near = 80
	if i := strings.LastIndexAny(text[:end], " \t\n"); i > 0 && end-i < near {
		return i
	}
	from := end
	for i := 0; i < near && from > 0; i++ {
		_, size := utf8.DecodeLastRuneInString(text[:from])
		from -= size
	}
	// Clusters are counted from a little before the cut: a cluster is short.
	cut, state := from, -1
	for at := from; at < len(text); {
		var cluster string
		cluster, _, _, state = uniseg.FirstGraphemeClusterInString(text[at:], state)
		if at+len(cluster) > end {
			break
		}
		at += len(cluster)
		cut = at
	}
	return cut
}
