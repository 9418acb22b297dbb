package msgtext

import (
	"sort"

	"fyne.io/fyne/v2"
	"github.com/rivo/uniseg"
)

// Ellipsis shortens a text to a width, and returns the size of what is left.
func Ellipsis(text string, width, size float32, style fyne.TextStyle) (string, fyne.Size) {
	const most = 400 // more never fits into a line, and measuring takes time
	var ends []int   // of the characters
	for rest, state, at := text, -1, 0; rest != "" && len(ends) < most; {
		var cluster string
		cluster, rest, _, state = uniseg.FirstGraphemeClusterInString(rest, state)
		at += len(cluster)
		ends = append(ends, at)
	}
	if n := len(ends); n == 0 || ends[n-1] == len(text) {
		if whole := fyne.MeasureText(text, size, style); whole.Width <= width || n < 2 {
			return text, whole
		}
	}
	cut := func(n int) string { return text[:ends[n]] + "…" }
	n := sort.Search(len(ends), func(n int) bool { return fyne.MeasureText(cut(n), size, style).Width > width })
	text = cut(max(n-1, 0))
	return text, fyne.MeasureText(text, size, style)
}
