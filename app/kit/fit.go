package kit

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"fyne.io/fyne/v2"
	"github.com/rivo/uniseg"
)

// maxFit is how many bytes of a text are looked at to fill one line: far more
// than the widest window shows, so that a message of 64 KiB costs no more than
// a short one.
const maxFit = 512

// Fit returns text as one line that is at most width wide, with an ellipsis
// where it was cut. It never cuts through a character made of several parts.
func Fit(text string, size float32, style fyne.TextStyle, width float32) string {
	text = level(oneLine(text))
	if width <= 0 {
		return ""
	}
	if fyne.MeasureText(text, size, style).Width <= width {
		return text
	}
	ends := clusterEnds(text)
	low, high := 0, len(ends) // text[:ends[low-1]] fits, text[:ends[high-1]] does not
	for low < high {
		mid := (low + high) / 2
		if fyne.MeasureText(text[:ends[mid]]+"…", size, style).Width <= width {
			low = mid + 1
		} else {
			high = mid
		}
	}
	if low == 0 {
		return "…"
	}
	return strings.TrimRight(text[:ends[low-1]], " ") + "…"
}

// level puts a space of no width before a line that begins with an emoji: Fyne takes
// the height of a line from its first letter, and would set it higher than others.
func level(line string) string {
	if r, _ := utf8.DecodeRuneInString(line); r != utf8.RuneError && unicode.Is(unicode.So, r) {
		return "\u200b" + line
	}
	return line
}

// oneLine joins the words of text with single spaces and stops after maxFit.
func oneLine(text string) string {
	cut := false
	if len(text) > maxFit {
		end := 0
		for _, e := range clusterEnds(text[:min(len(text), maxFit+64)]) {
			if e > maxFit {
				break
			}
			end = e
		}
		text, cut = text[:end], true
	}
	if strings.ContainsAny(text, "\n\t") || strings.Contains(text, "  ") {
		text = strings.Join(strings.Fields(text), " ")
	}
	if cut {
		text += "…"
	}
	return text
}

func clusterEnds(text string) []int {
	var ends []int
	state, rest, at := -1, text, 0
	for rest != "" {
		var cluster string
		cluster, rest, _, state = uniseg.FirstGraphemeClusterInString(rest, state)
		at += len(cluster)
		ends = append(ends, at)
	}
	return ends
}
