package msgtext

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// Style is how a stretch of text is drawn.
type Style uint8

// The styles.
const (
	Plain Style = iota
	Linked
	Code
	Called // somebody's name, after an @
	Quiet  // a whole text that stands in for a message: italic
	Faint  // a whole text that is no message: upright
	styles // how many there are
)

// Doc is a parsed text.
type Doc struct {
	text   string
	pieces []piece
	links  []Link
	size   size

	// The widths of the pieces as the metrics measured them last.
	widths   []float32
	measurer *Metrics
	epoch    int
}

// size is how large a text is drawn, and how it stands.
type size uint8

const (
	usual size = iota
	jumbo      // nothing but a few emoji, larger
	small      // a caption, its lines centred
)

// piece is what wrapping does not look into: a word, a tab or a line break.
type piece struct {
	start, end int // of the word; spaces follow it
	spaces     int // how many, all of them U+0020
	kind       kind
	style      Style
	link       int  // index into links, or -1
	glued      bool // no line break before it
	first      bool // begins a stretch of code
	last       bool // ends one
}

type kind uint8

const (
	word kind = iota
	tab
	newline
)

// next returns where the text after the piece begins.
func (p piece) next() int { return p.end + p.spaces }

// Parse finds the words, links and code in text, and the names that stand in it
// after an @. Blank space at its end is left out.
func Parse(text string, names ...string) *Doc {
	text = strings.TrimRightFunc(text, unicode.IsSpace)
	d := &Doc{text: text}
	if isJumbo(text) {
		d.size = jumbo
	}
	d.links = findLinks(text)
	return d.divide(findSpans(text, d.links, findCalls(text, names)))
}

// Note returns a text that stands in for a message, such as one that was taken
// back: italic and quiet, with nothing in it interpreted.
func Note(text string) *Doc {
	return (&Doc{text: text}).divide([]span{{0, len(text), Quiet, -1}})
}

// Caption returns a text beside the messages: small, quiet, its lines centred.
func Caption(text string) *Doc {
	return (&Doc{text: text, size: small}).divide([]span{{0, len(text), Faint, -1}})
}

// divide finds the pieces of a text whose styles are known.
func (d *Doc) divide(spans []span) *Doc {
	text := d.text
	state := -1
	for rest, at := text, 0; rest != ""; {
		var segment string
		segment, rest, _, state = uniseg.FirstLineSegmentInString(rest, state)
		d.addSegment(spans, at, at+len(segment))
		at += len(segment)
	}
	d.glueHosts()
	return d
}

// Text returns the text that was parsed, to which all positions refer.
func (d *Doc) Text() string { return d.text }

// Links returns the links in the text, in order.
func (d *Doc) Links() []Link { return d.links }

// Jumbo says whether the text is nothing but one to three emoji, which are
// drawn larger.
func (d *Doc) Jumbo() bool { return d.size == jumbo }

// addSegment adds the pieces of one segment, inside which no line may break
// (Unicode Standard Annex #14), cut where the style changes.
func (d *Doc) addSegment(spans []span, start, end int) {
	glued := false
	for _, s := range spans {
		from, to := max(start, s.start), min(end, s.end)
		if from >= to {
			continue
		}
		for _, p := range splitBlanks(d.text, from, to) {
			p.style, p.link, p.glued = s.style, s.link, glued && p.kind == word
			p.first = s.style == Code && p.start == s.start
			p.last = s.style == Code && p.next() == s.end
			d.pieces = append(d.pieces, p)
			glued = p.kind == word && p.spaces == 0
		}
	}
}

// splitBlanks cuts text[start:end] at tabs and line breaks, and counts the
// spaces after each word.
func splitBlanks(text string, start, end int) []piece {
	var pieces []piece
	for at := start; at < end; {
		r, size := utf8.DecodeRuneInString(text[at:])
		switch {
		case r == '\t':
			pieces = append(pieces, piece{start: at, end: at + size, kind: tab})
			at += size
			continue
		case isNewline(r):
			pieces = append(pieces, piece{start: at, end: at + size, kind: newline})
			at += size
			continue
		}
		p := piece{start: at, kind: word}
		for at < end && text[at] != ' ' {
			r, size := utf8.DecodeRuneInString(text[at:])
			if r == '\t' || isNewline(r) {
				break
			}
			at += size
		}
		p.end = at
		for at < end && text[at] == ' ' {
			at++
		}
		p.spaces = at - p.end
		pieces = append(pieces, p)
	}
	return pieces
}

// glueHosts keeps a link's scheme and host on one line as long as they fit: the
// rules would break after "https://".
func (d *Doc) glueHosts() {
	for i := range d.pieces {
		p := &d.pieces[i]
		if p.link >= 0 && p.start > d.links[p.link].Start && p.start <= d.links[p.link].host {
			p.glued = true
		}
	}
}

// isNewline finds the characters after which a line must break.
func isNewline(r rune) bool {
	return r == '\n' || r == '\r' || r == '\v' || r == '\f' || r == '\u0085' || r == '\u2028' || r == '\u2029'
}

// span is a stretch of one style; what lies between spans is not shown.
type span struct {
	start, end int
	style      Style
	link       int
}

// findSpans divides text into plain text, links, names that are called and code.
// A stretch of code stands between two single backticks on one line, which are
// not shown.
func findSpans(text string, links []Link, calls []Range) []span {
	var spans []span
	add := func(start, end int, style Style, link int) {
		if start < end {
			spans = append(spans, span{start, end, style, link})
		}
	}
	at, next := 0, 0 // begin of the plain stretch; the next link
	for i := 0; i < len(text); {
		if next < len(links) && i == links[next].Start {
			add(at, i, Plain, -1)
			i = links[next].End
			add(links[next].Start, i, Linked, next)
			at = i
			next++
			continue
		}
		for len(calls) > 0 && calls[0].Start < i { // inside a link or code
			calls = calls[1:]
		}
		if len(calls) > 0 && i == calls[0].Start {
			add(at, i, Plain, -1)
			at = calls[0].End
			add(i, at, Called, -1)
			i = at
			for next < len(links) && links[next].Start < at {
				next++
			}
			continue
		}
		if text[i] == '`' {
			if end := codeEnd(text, i); end > 0 {
				add(at, i, Plain, -1)
				add(i+1, end, Code, -1)
				at = end + 1
				i = at
				for next < len(links) && links[next].Start < at {
					next++
				}
				continue
			}
			for i < len(text) && text[i] == '`' {
				i++
			}
			continue
		}
		i++
	}
	add(at, len(text), Plain, -1)
	return spans
}

// codeEnd returns the index of the backtick that ends the code which the one at
// start begins, or 0 if it begins none.
func codeEnd(text string, start int) int {
	if strings.HasPrefix(text[start:], "``") {
		return 0
	}
	line := text[start+1:]
	if i := strings.IndexByte(line, '\n'); i >= 0 {
		line = line[:i]
	}
	n := strings.IndexByte(line, '`')
	if n <= 0 || strings.TrimSpace(line[:n]) == "" || strings.HasPrefix(line[n:], "``") {
		return 0
	}
	return start + 1 + n
}

// isJumbo says whether text is nothing but one to three emoji, which are drawn
// larger.
func isJumbo(text string) bool {
	const most = 3
	if len(text) == 0 || len(text) > 200 {
		return false
	}
	n := 0
	for graphemes := uniseg.NewGraphemes(text); graphemes.Next(); {
		if strings.TrimSpace(graphemes.Str()) == "" {
			continue
		}
		n++
		if n > most || !isEmoji(graphemes.Runes()) {
			return false
		}
	}
	return n > 0
}

func isEmoji(cluster []rune) bool {
	r := cluster[0]
	if r >= 0x1f000 && r <= 0x1faff {
		return true
	}
	if len(cluster) > 1 && cluster[1] == '\ufe0f' {
		return true
	}
	return unicode.Is(unicode.So, r) && uniseg.StringWidth(string(cluster)) > 1
}
