package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/rivo/uniseg"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/control"
)

// printer writes the output: lines for people or JSON for programs. The first
// error stays, and nothing is written after it.
type printer struct {
	w     io.Writer
	begun bool // something was written
	err   error
}

// line prints one line for people.
func (p *printer) line(format string, args ...any) {
	if p.err == nil {
		p.begun = true
		_, p.err = fmt.Fprintf(p.w, format+"\n", args...)
	}
}

// value prints v as a line of JSON.
func (p *printer) value(v any) {
	if p.err == nil {
		p.begun = true
		enc := json.NewEncoder(p.w)
		enc.SetEscapeHTML(false)
		p.err = enc.Encode(v)
	}
}

// raw prints a line that is JSON already.
func (p *printer) raw(line []byte) {
	if p.err == nil {
		p.begun = true
		_, p.err = p.w.Write(append(line, '\n'))
	}
}

// table prints rows in columns.
func (p *printer) table(rows [][]string) {
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
		p.line("%s", strings.TrimRight(b.String(), " "))
	}
}

// clean neutralises text for a terminal. What comes from the node is clean
// already; a mistake there must not put a stranger in command of a terminal.
func clean(text string) string {
	return strings.NewReplacer("\u2028", "\n", "\u2029", "\n").Replace(chat.CleanText(text))
}

// single makes text fit in one line.
func single(text string) string {
	return strings.Join(strings.Fields(clean(text)), " ")
}

// excerpt returns the beginning of text, in one line of at most width columns.
func excerpt(text string, width int) string {
	text = single(text)
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

// indent is where the text of a message continues: further right than anything
// that is not the text of a message, so that no text can look like a line of
// its own.
const indent = "         "

// block returns text after a prefix, its further lines indented. At a terminal
// (width above 0) long lines are broken, for the terminal would continue them
// at the left edge.
func block(prefix, text string, width int) string {
	var b strings.Builder
	b.WriteString(prefix)
	column := uniseg.StringWidth(prefix)
	newLine := func() {
		b.WriteByte('\n')
		b.WriteString(indent)
		column = len(indent)
	}
	text = strings.ReplaceAll(strings.TrimRight(clean(text), "\n"), "\t", "    ")
	for i, line := range strings.Split(text, "\n") {
		if i > 0 {
			newLine()
		}
		if width <= 2*len(indent) {
			b.WriteString(line)
			continue
		}
		for state := -1; line != ""; {
			var piece string
			piece, line, _, state = uniseg.FirstLineSegmentInString(line, state)
			if columns := uniseg.StringWidth(strings.TrimRight(piece, " ")); column+columns > width && column > len(indent) {
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

// clock and day are how times look to people.
const (
	clock = "15:04"
	day   = "Monday, 2 January 2006"
)

// transcript prints messages for people, with a line for each new day.
type transcript struct {
	out   *printer
	width int
	day   string
}

func (t *transcript) message(m control.Message) {
	if d := m.Sent.Local().Format(day); d != t.day {
		if t.day != "" {
			t.out.line("")
		}
		t.day = d
		t.out.line("%s", d)
	}
	t.out.line("%s", block(heading(m, m.From.Name), m.Text, t.width))
}

// heading returns what stands before the text of a message.
func heading(m control.Message, author string) string {
	at := m.Sent.Local().Format(clock)
	if m.Own() {
		return fmt.Sprintf("%s  You (%s): ", at, m.State)
	}
	return fmt.Sprintf("%s  %s%s: ", at, single(author), late(m))
}

// late says when a message came, if its author's clock says something else:
// because it waited, or because one of the clocks is wrong.
func late(m control.Message) string {
	switch apart := m.Received.Sub(m.Sent.Time); {
	case apart.Abs() < chat.ClockNotice:
		return ""
	case apart.Abs() < 12*time.Hour:
		return " (came " + m.Received.Local().Format(clock) + ")"
	}
	return " (came " + m.Received.Local().Format("2 Jan 15:04") + ")"
}

// names says who is who: people of the same name get the beginning of their ID
// behind it.
type names struct {
	byID   map[string]string
	byName map[string]map[string]bool
}

func newNames() *names {
	n := &names{}
	n.forget()
	return n
}

func (n *names) forget() {
	n.byID, n.byName = make(map[string]string), make(map[string]map[string]bool)
}

// learn notes that id is called name.
func (n *names) learn(id, name string) {
	old, known := n.byID[id]
	if known && old == name {
		return
	}
	if len(n.byID) > chat.MaxPeers {
		n.forget() // those who are still there will be learnt again
	}
	delete(n.byName[old], id)
	n.byID[id] = name
	if n.byName[name] == nil {
		n.byName[name] = make(map[string]bool)
	}
	n.byName[name][id] = true
}

// of returns what to call id.
func (n *names) of(id string) string {
	name, ok := n.byID[id]
	if !ok {
		return short(id)
	}
	if len(n.byName[name]) > 1 {
		return fmt.Sprintf("%s (%s)", single(name), short(id))
	}
	return single(name)
}

// short returns the beginning of a device ID, or an address as it is.
func short(id string) string {
	if strings.Contains(id, "://") {
		return single(id)
	}
	beginning, _, _ := strings.Cut(id, "-")
	return single(beginning)
}
