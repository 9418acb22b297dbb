package msgtext

import (
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"

	"fyne.io/fyne/v2"
	"github.com/rivo/uniseg"
)

// Range is a stretch of a text, from Start up to but not including End.
type Range struct{ Start, End int }

// Empty says whether r has nothing in it.
func (r Range) Empty() bool { return r.End <= r.Start }

// IndexAt returns the position in the text that is nearest to a point.
func (l *Layout) IndexAt(p fyne.Position) int {
	if p.Y < 0 {
		return 0
	}
	n := int(p.Y / l.height)
	if n >= len(l.lines) {
		return len(l.doc.text)
	}
	line := &l.lines[n]
	for i, r := range line.runs {
		if p.X < r.x {
			if i == 0 {
				return line.start
			}
			if before := line.runs[i-1]; p.X-before.x-before.width < r.x-p.X {
				return before.end
			}
			return r.start
		}
		if p.X < r.x+r.width {
			return l.indexIn(r, p.X)
		}
	}
	return line.end
}

// indexIn finds the cluster boundary of a run that is nearest to x, by halves:
// measuring shapes the text anew each time.
func (l *Layout) indexIn(r run, x float32) int {
	bounds := clusters(l.doc.text, r.start, r.end)
	i := sort.Search(len(bounds), func(i int) bool { return l.xIn(r, bounds[i]) >= x })
	if i == len(bounds) {
		return r.end
	}
	if i > 0 && x-l.xIn(r, bounds[i-1]) < l.xIn(r, bounds[i])-x {
		return bounds[i-1]
	}
	return bounds[i]
}

// clusters returns the boundaries of the grapheme clusters in text[start:end],
// both ends included.
func clusters(text string, start, end int) []int {
	bounds := []int{start}
	state := -1
	for at := start; at < end; {
		var cluster string
		cluster, _, _, state = uniseg.FirstGraphemeClusterInString(text[at:end], state)
		at += len(cluster)
		bounds = append(bounds, at)
	}
	return bounds
}

// xIn returns where position index of a run stands.
func (l *Layout) xIn(r run, index int) float32 {
	switch {
	case index <= r.start:
		return r.x
	case index >= r.end:
		return r.x + r.width
	}
	return r.x + r.pads[0] + measure(l.doc.text[r.start:index], l.size, r.style)
}

// xOf returns where a position stands in a line.
func (l *Layout) xOf(line *line, index int) float32 {
	x := float32(0)
	for _, r := range line.runs {
		if index < r.start {
			return x
		}
		if index <= r.end {
			return l.xIn(r, index)
		}
		x = r.x + r.width
	}
	return x
}

// Over says whether a point lies on the text, not beside or below it.
func (l *Layout) Over(p fyne.Position) bool {
	n := int(p.Y / l.height)
	return p.X >= 0 && p.Y >= 0 && n < len(l.lines) && p.X < l.lines[n].width
}

// LinkAt returns the link under a point.
func (l *Layout) LinkAt(p fyne.Position) (Link, bool) {
	n := int(p.Y / l.height)
	if p.Y < 0 || n >= len(l.lines) {
		return Link{}, false
	}
	for _, r := range l.lines[n].runs {
		if r.link >= 0 && p.X >= r.x && p.X < r.x+r.width {
			return l.doc.links[r.link], true
		}
	}
	return Link{}, false
}

// WordAt returns the word around a position: a link as a whole, else what lies
// between two word boundaries (Unicode Standard Annex #29).
func (d *Doc) WordAt(index int) Range {
	for _, link := range d.links {
		if index >= link.Start && index < link.End {
			return Range{link.Start, link.End}
		}
	}
	line := d.LineAt(index)
	state := -1
	last := Range{line.Start, line.Start}
	for rest, at := d.text[line.Start:line.End], line.Start; rest != ""; {
		var found string
		found, rest, state = uniseg.FirstWordInString(rest, state)
		here := Range{at, at + len(found)}
		at = here.End
		if index < here.End {
			// At the end of a word the pointer means the word, not what follows.
			if r, _ := utf8.DecodeRuneInString(found); index == here.Start && !isWordRune(r) && endsInWord(d.text[:index]) && !last.Empty() {
				return last
			}
			return here
		}
		last = here
	}
	return last
}

func endsInWord(text string) bool {
	r, _ := utf8.DecodeLastRuneInString(text)
	return isWordRune(r)
}

func isWordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// LineAt returns the paragraph around a position, without its line break.
func (d *Doc) LineAt(index int) Range {
	r := Range{0, len(d.text)}
	for i, c := range d.text {
		if !isNewline(c) {
			continue
		}
		if i >= index {
			r.End = i
			break
		}
		r.Start = i + utf8.RuneLen(c)
	}
	return r
}

// rects returns the rectangles that cover a range on the lines [from, to).
func (l *Layout) rects(r Range, from, to int) []rect {
	if r.Empty() {
		return nil
	}
	var found []rect
	for n := from; n < to; n++ {
		line := &l.lines[n]
		if line.end < r.Start || line.start >= r.End {
			continue
		}
		x1, x2 := l.xOf(line, max(r.Start, line.start)), l.xOf(line, min(r.End, line.end))
		if n+1 < len(l.lines) && r.End >= l.lines[n+1].start && strings.Trim(l.doc.text[line.end:l.lines[n+1].start], " ") != "" {
			x2 += l.height / 4 // the line break is part of it: an empty line shows, too
		}
		if x2 > x1 {
			found = append(found, rect{fyne.NewPos(x1, float32(n)*l.height), fyne.NewSize(x2-x1, l.height)})
		}
	}
	return found
}

type rect struct {
	pos  fyne.Position
	size fyne.Size
}
