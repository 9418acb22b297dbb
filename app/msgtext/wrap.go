package msgtext

import (
	"fyne.io/fyne/v2"
	"github.com/rivo/uniseg"

	"github.com/parlance-chat/parlance/app/theme"
)

// codePad is the room left and right of code, inside its ground.
const codePad float32 = 3

// tabStop is the distance of tab stops in spaces.
const tabStop = 4

// Layout is a text wrapped to a width. It does not change.
type Layout struct {
	doc      *Doc
	grid     theme.Grid
	size     float32 // of the letters
	height   float32 // of a line
	width    float32 // of the longest line
	maxWidth float32
	lines    []line
}

// line is one line on the screen.
type line struct {
	start, end int // in the text; the spaces at its end and the line break excluded
	width      float32
	runs       []run
}

// run is a stretch of one style on one line.
type run struct {
	start, end int
	x, width   float32
	style      Style
	link       int
	pads       [2]float32 // room inside the ground of code, left and right
}

// Wrap lays d out in lines no wider than width. Only a character that is wider
// itself stands out.
func (m *Metrics) Wrap(d *Doc, width float32) *Layout {
	m.measure(d)
	size := m.sizeOf(d)
	w := wrapper{
		m:   m,
		out: &Layout{doc: d, grid: m.grid, size: size, height: m.lineHeight(d), maxWidth: width},
		max: max(width, 1),
	}
	for style := range w.space {
		w.space[style] = m.width(" ", size, Style(style))
	}
	w.begin(0)
	for i := 0; i < len(d.pieces); {
		switch p := d.pieces[i]; p.kind {
		case newline:
			w.finish()
			w.begin(p.end)
			i++
		case tab:
			w.tab(p)
			i++
		default:
			j := i + 1
			for j < len(d.pieces) && d.pieces[j].glued {
				j++
			}
			w.unit(d.pieces[i:j], d.widths[i:j])
			i = j
		}
	}
	w.finish()
	if d.size == small {
		w.out.centre()
	}
	return w.out
}

type wrapper struct {
	m     *Metrics
	out   *Layout
	max   float32
	space [styles]float32 // the width of one, for each style
	line  line
	x     float32 // where the next piece begins, after the spaces
	at    int     // where in the text, if it goes on from the one before
}

func (w *wrapper) begin(at int) {
	w.line = line{start: at, end: at}
	w.x = 0
}

func (w *wrapper) finish() {
	w.out.lines = append(w.out.lines, w.line)
	w.out.width = max(w.out.width, w.line.width)
}

func (w *wrapper) tab(p piece) {
	stop := w.space[Plain] * tabStop
	next := (float32(int(w.x/stop)) + 1) * stop
	if next > w.max && w.x > 0 {
		w.finish()
		w.begin(p.start)
		next = stop
	}
	w.x = next
	w.line.end = p.end
}

// unit places pieces between which no line may break.
func (w *wrapper) unit(pieces []piece, widths []float32) {
	total := float32(0)
	for i, p := range pieces {
		total += widths[i]
		if i < len(pieces)-1 {
			total += float32(p.spaces) * w.space[p.style]
		}
	}
	if w.x > 0 && w.x+total > w.max {
		w.finish()
		w.begin(pieces[0].start)
	}
	for i, p := range pieces {
		if total > w.max {
			w.broken(p)
		} else {
			w.place(p, p.start, p.end, widths[i])
		}
		w.at = p.next()
		w.x += float32(p.spaces) * w.space[p.style]
	}
}

// broken places a piece that is wider than a line, cluster by cluster.
func (w *wrapper) broken(p piece) {
	text := w.out.doc.text
	state := -1
	from, width := p.start, float32(0)
	if p.first {
		width = codePad
	}
	for at := p.start; at < p.end; {
		var cluster string
		cluster, _, _, state = uniseg.FirstGraphemeClusterInString(text[at:p.end], state)
		cw := w.m.width(cluster, w.out.size, p.style)
		if w.x+width+cw > w.max && w.x+width > 0 {
			if at > from {
				part := p
				part.first = p.first && from == p.start
				part.last = false
				w.place(part, from, at, width)
			}
			w.finish()
			w.begin(at)
			from, width = at, 0
		}
		width += cw
		at += len(cluster)
	}
	if p.last {
		width += codePad
	}
	p.first = p.first && from == p.start
	w.place(p, from, p.end, width)
}

// place puts text[start:end] at the end of the line.
func (w *wrapper) place(p piece, start, end int, width float32) {
	l := &w.line
	if start < end {
		var pads [2]float32
		if p.first {
			pads[0] = codePad
		}
		if p.last {
			pads[1] = codePad
		}
		n := len(l.runs)
		if n > 0 && l.runs[n-1].style == p.style && l.runs[n-1].link == p.link && !p.first &&
			w.at == start {
			r := &l.runs[n-1]
			r.end = end
			r.width = w.x + width - r.x
			r.pads[1] = pads[1]
		} else {
			w.x = w.m.grid.Round(w.x)
			l.runs = append(l.runs, run{start: start, end: end, x: w.x, width: width, style: p.style, link: p.link, pads: pads})
		}
	}
	w.x += width
	w.at = end
	l.end = end
	if start < end {
		l.width = w.x
	}
}

// centre puts the lines in the middle of the longest one.
func (l *Layout) centre() {
	for i := range l.lines {
		line := &l.lines[i]
		left := l.grid.Round((l.width - line.width) / 2)
		for k := range line.runs {
			line.runs[k].x += left
		}
		line.width += left
	}
}

// Doc returns what was laid out.
func (l *Layout) Doc() *Doc { return l.doc }

// MaxWidth returns the width the text was wrapped to.
func (l *Layout) MaxWidth() float32 { return l.maxWidth }

// Size returns the room the text takes: the width of its longest line.
func (l *Layout) Size() fyne.Size {
	return fyne.NewSize(l.width, float32(len(l.lines))*l.height)
}

// LastLine returns the width of the last line, after which a short note may
// stand, and the height of a line.
func (l *Layout) LastLine() fyne.Size {
	return fyne.NewSize(l.lines[len(l.lines)-1].width, l.height)
}
