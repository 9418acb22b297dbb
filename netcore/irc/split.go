package irc

import (
	"strings"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// Room returns how many bytes of text fit into a message to a target, after the
// server has put the source in front. Sources that are not known yet are taken to
// have 100 bytes.
func Room(source, command, target string) int {
	n := len(source)
	if n == 0 {
		n = 100
	}
	return MaxLine - n - len(command) - len(target) - len(":  "+" :"+"\r\n")
}

// Split divides a text into parts of at most size bytes. Lines are parts of their
// own, empty ones left out; a longer line is cut after a space where there is one
// in the last third, else between two characters as people see them (grapheme
// clusters, Unicode Standard Annex #29), else, where one such is larger than a
// part, between two code points. The parts of a line together are the line.
func Split(text string, size int) []string {
	size = max(size, utf8.UTFMax)
	var parts []string
	for line := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == '\n' || r == '\r' || r == 0 }) {
		for len(line) > size {
			cut := cutAt(line, size)
			parts = append(parts, line[:cut])
			line = line[cut:]
		}
		parts = append(parts, line)
	}
	return parts
}

// cutAt returns where to cut a line that has more than size bytes.
func cutAt(line string, size int) int {
	end, space := 0, 0
	state := -1
	for rest := line; rest != ""; {
		var cluster string
		cluster, rest, _, state = uniseg.FirstGraphemeClusterInString(rest, state)
		if end+len(cluster) > size {
			break
		}
		end += len(cluster)
		if cluster == " " {
			space = end
		}
	}
	if space > size*2/3 {
		return space
	}
	if end > 0 {
		return end
	}
	for end = size; end > size-utf8.UTFMax; end-- {
		if utf8.RuneStart(line[end]) {
			return end
		}
	}
	return size // bytes that are no UTF-8
}
