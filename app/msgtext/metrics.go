package msgtext

import (
	"fyne.io/fyne/v2"

	"github.com/parlance-chat/parlance/app/theme"
)

// maxWidths is how many word widths are kept: a large vocabulary in several
// languages, in some two megabytes.
const maxWidths = 20_000

// jumboScale is how much larger a message of emoji only is drawn.
const jumboScale = 2.2

// EmojiDrop is by how much of their size emoji have to be moved down to stand in
// the middle of their line: Fyne draws them at its top.
const EmojiDrop float32 = 0.15

// smallScale is how much smaller a caption is drawn.
const smallScale = theme.CaptionSize / theme.TextSize

// Metrics measures words and remembers their widths. The owner of the messages
// keeps one, and resets it when the theme changes.
type Metrics struct {
	size    float32
	grid    theme.Grid
	widths  map[measured]float32
	heights map[float32]float32
	epoch   int // counts resets
}

type measured struct {
	text  string
	size  float32
	style fyne.TextStyle
}

// NewMetrics returns metrics for text of the given size on a grid of pixels.
func NewMetrics(size float32, grid theme.Grid) *Metrics {
	m := &Metrics{}
	m.Reset(size, grid)
	return m
}

// Reset forgets all widths, and measures text of the given size from now on.
func (m *Metrics) Reset(size float32, grid theme.Grid) {
	m.size, m.grid = size, grid
	m.epoch++
	m.widths = make(map[measured]float32)
	m.heights = make(map[float32]float32)
}

func (m *Metrics) sizeOf(d *Doc) float32 {
	switch d.size {
	case jumbo:
		return m.size * jumboScale
	case small:
		return m.size * smallScale
	}
	return m.size
}

// measure fills in the widths of a text's pieces, if they are not known.
func (m *Metrics) measure(d *Doc) {
	if d.measurer == m && d.epoch == m.epoch {
		return
	}
	d.measurer, d.epoch = m, m.epoch
	d.widths = make([]float32, len(d.pieces))
	size := m.sizeOf(d)
	for i, p := range d.pieces {
		if p.kind != word || p.start == p.end {
			continue
		}
		d.widths[i] = m.width(d.text[p.start:p.end], size, p.style)
		if p.first {
			d.widths[i] += codePad
		}
		if p.last {
			d.widths[i] += codePad
		}
	}
}

// width returns the width of a word, which it remembers.
func (m *Metrics) width(text string, size float32, style Style) float32 {
	key := measured{text, size, textStyle(style)}
	if w, ok := m.widths[key]; ok {
		return w
	}
	w := measure(text, size, style)
	if len(m.widths) >= maxWidths {
		clear(m.widths)
	}
	m.widths[key] = w
	return w
}

// lineHeight returns the height of a line, in whole pixels.
func (m *Metrics) lineHeight(d *Doc) float32 {
	size := m.sizeOf(d)
	if h, ok := m.heights[size]; ok {
		return h
	}
	h := m.grid.Ceil(fyne.MeasureText("M", size, fyne.TextStyle{}).Height)
	if d.size == jumbo { // emoji reach below the line less than letters do
		h = m.grid.Ceil(size * 1.14)
	}
	m.heights[size] = h
	return h
}

// measure returns the width of a stretch of text without remembering it.
func measure(text string, size float32, style Style) float32 {
	return fyne.MeasureText(text, drawnSize(size, style), textStyle(style)).Width
}

func textStyle(s Style) fyne.TextStyle {
	return fyne.TextStyle{Monospace: s == Code, Bold: s == Called, Italic: s == Quiet}
}

// drawnSize makes code a little smaller: fixed-width letters look larger.
func drawnSize(size float32, s Style) float32 {
	if s == Code {
		return size * 0.93
	}
	return size
}
