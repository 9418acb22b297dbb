package show

import "github.com/parlance-chat/parlance/netcore/control"

// Transcript prints messages for people, with a line for each new day.
type Transcript struct {
	Out    *Printer
	Viewer Viewer
	Width  int                          // of the terminal; 0 if it is none
	Label  func(control.Message) string // stands behind an author's name; nil: nothing
	day    string
}

// Message prints one message.
func (t *Transcript) Message(m control.Message) {
	if d := m.Sent.Local().Format(day); d != t.day {
		if t.day != "" {
			t.Out.Line("")
		}
		t.day = d
		t.Out.Line("%s", d)
	}
	t.Out.Line("%s", t.Viewer.Entry(m, t.label(m), t.Width))
}

func (t *Transcript) label(m control.Message) string {
	if t.Label == nil {
		return ""
	}
	return t.Label(m)
}

// Entry returns a message as a transcript has it, with the time of day and its
// author. A label stands behind the author's name.
func (v Viewer) Entry(m control.Message, label string, width int) string {
	at := m.Sent.Local().Format(clock) + "  "
	if m.Change != nil {
		return Block(at+"· ", v.Sentence(m), width)
	}
	if label != "" {
		label = " " + label
	}
	return v.Message(m, at+v.Author(m)+label+Notes(m, true), width)
}
