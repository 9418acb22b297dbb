package show

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/rivo/uniseg"
)

// Printer writes the output: lines for people or JSON for programs. The first
// error stays, and nothing is written after it.
type Printer struct {
	W     io.Writer
	Begun bool  // something was written
	Err   error // the first one
}

// Line prints one line for people.
func (p *Printer) Line(format string, args ...any) {
	if p.Err == nil {
		p.Begun = true
		_, p.Err = fmt.Fprintf(p.W, format+"\n", args...)
	}
}

// Value prints v as a line of JSON.
func (p *Printer) Value(v any) {
	if p.Err == nil {
		p.Begun = true
		enc := json.NewEncoder(p.W)
		enc.SetEscapeHTML(false)
		p.Err = enc.Encode(v)
	}
}

// Raw prints a line that is JSON already.
func (p *Printer) Raw(line []byte) {
	if p.Err == nil {
		p.Begun = true
		_, p.Err = p.W.Write(append(line, '\n'))
	}
}

// Table prints rows in columns.
func (p *Printer) Table(rows [][]string) {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], uniseg.StringWidth(cell))
		}
	}
	for _, row := range rows {
		var b strings.Builder
		for i, cell := range row {
			b.WriteString(cell)
			b.WriteString(strings.Repeat(" ", widths[i]-uniseg.StringWidth(cell)+2))
		}
		p.Line("%s", strings.TrimRight(b.String(), " "))
	}
}
