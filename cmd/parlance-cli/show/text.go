package show

import (
	"strings"

	"github.com/rivo/uniseg"

	"github.com/parlance-chat/parlance/netcore/chat"
)

// Clean neutralises text for a terminal. What comes from the node is clean
// already; a mistake there must not put a stranger in command of a terminal.
func Clean(text string) string {
	return strings.NewReplacer("\u2028", "\n", "\u2029", "\n").Replace(chat.CleanText(text))
}

// Single makes text fit in one line.
func Single(text string) string {
	return strings.Join(strings.Fields(Clean(text)), " ")
}

// Excerpt returns the beginning of text, in one line of at most width columns.
func Excerpt(text string, width int) string {
	text = Single(text)
	if uniseg.StringWidth(text) <= width {
		return text
	}
	var b strings.Builder
	for state := -1; text != ""; {
		var cluster string
		var columns int
		cluster, text, columns, state = uniseg.FirstGraphemeClusterInString(text, state)
		if width -= columns; width < 1 {
			break
		}
		b.WriteString(cluster)
	}
	return b.String() + "…"
}

// Indent is where the text of a message continues: further right than anything
// that is not the text of a message, so that no text can look like a line of
// its own.
const Indent = "         "

// Block returns text after a prefix, its further lines indented. At a terminal
// (width above 0) long lines are broken, for the terminal would continue them
// at the left edge.
func Block(prefix, text string, width int) string {
	var b strings.Builder
	b.WriteString(prefix)
	column := uniseg.StringWidth(prefix)
	newLine := func() {
		b.WriteByte('\n')
		b.WriteString(Indent)
		column = len(Indent)
	}
	text = strings.ReplaceAll(strings.TrimRight(Clean(text), "\n"), "\t", "    ")
	for i, line := range strings.Split(text, "\n") {
		if i > 0 {
			newLine()
		}
		if width <= 2*len(Indent) {
			b.WriteString(line)
			continue
		}
		for state := -1; line != ""; {
			var piece string
			piece, line, _, state = uniseg.FirstLineSegmentInString(line, state)
			if columns := uniseg.StringWidth(strings.TrimRight(piece, " ")); column+columns > width && column > len(Indent) {
				newLine()
			}
			// A word longer than a line is broken wherever it must be.
			for in := -1; piece != ""; {
				var cluster string
				var columns int
				cluster, piece, columns, in = uniseg.FirstGraphemeClusterInString(piece, in)
				if column+columns > width {
					if cluster == " " {
						continue // the break stands for it
					}
					newLine()
				}
				b.WriteString(cluster)
				column += columns
			}
		}
	}
	return b.String()
}
