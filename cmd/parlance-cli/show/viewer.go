package show

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/control"
)

// clock and day are how times look to people.
const (
	clock = "15:04"
	day   = "Monday, 2 January 2006"
)

// aside is where stands what belongs to a message and is not its text: less far
// right than Indent, so that no text can look like it.
const aside = "       "

// most is how many people are named in one line.
const most = 8

// Viewer is who looks: it turns messages into words for them.
type Viewer struct {
	Self string                      // their device ID
	Name func(control.Author) string // what they call others; nil: what others call themselves
}

// Of returns the Viewer whose device self is.
func Of(self control.Self) Viewer { return Viewer{Self: self.ID.String()} }

// name returns what to call somebody, "you" if it is the viewer.
func (v Viewer) name(a control.Author) string {
	switch {
	case a.ID == v.Self:
		return "you"
	case v.Name != nil:
		return v.Name(a)
	}
	return Single(a.Name)
}

// Author returns who wrote a message, as a sentence begins with it.
func (v Viewer) Author(m control.Message) string {
	if m.Own() {
		return "You"
	}
	return v.name(m.From)
}

// Sentence says what a change of a group was.
func (v Viewer) Sentence(m control.Message) string {
	who, c := v.Author(m), m.Change
	switch c.Kind {
	case chat.Founded:
		with := ""
		if len(c.Who) > 0 {
			with = " with " + v.names(c.Who)
		}
		return fmt.Sprintf("%s founded the group “%s”%s", who, Single(c.Name), with)
	case chat.Added:
		return fmt.Sprintf("%s added %s", who, v.names(c.Who))
	case chat.Removed:
		return fmt.Sprintf("%s removed %s", who, v.names(c.Who))
	case chat.Left:
		return who + " left"
	case chat.Renamed:
		return fmt.Sprintf("%s named the group “%s”", who, Single(c.Name))
	}
	return who + " changed the group"
}

func (v Viewer) names(authors []control.Author) string {
	var list []string
	for _, a := range authors {
		list = append(list, v.name(a))
	}
	if n := len(list); n > most {
		list = append(list[:most-1], fmt.Sprintf("%d others", n-most+1))
	}
	return List(list)
}

// List joins names as people do.
func List(names []string) string {
	switch n := len(names); n {
	case 0:
		return "nobody"
	case 1:
		return names[0]
	default:
		return strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	}
}

// Summary returns a message in one line of at most width columns, without its
// author unless it is a change of a group.
func (v Viewer) Summary(m control.Message, width int) string {
	switch {
	case m.Change != nil:
		return Excerpt(v.Sentence(m), width)
	case m.Retracted:
		return "(taken back)"
	case m.Hidden:
		return "(blocked)"
	}
	return Excerpt(m.Text, width)
}

// Brief returns who wrote a message and its Summary.
func (v Viewer) Brief(m control.Message, width int) string {
	if m.Change != nil {
		return v.Summary(m, width)
	}
	return v.Author(m) + ": " + v.Summary(m, width)
}

// Message returns a message after head, which says when and who, with what it
// answers above and the reactions below. A width above 0 is that of a terminal.
func (v Viewer) Message(m control.Message, head string, width int) string {
	var b strings.Builder
	if q := m.Answers; q != nil {
		b.WriteString(beside("┌ ", v.quote(*q), width) + "\n")
	}
	if m.Retracted || m.Hidden {
		b.WriteString(head)
	} else {
		b.WriteString(v.highlight(m, Block(head+": ", m.Text, width), width))
	}
	if len(m.Reactions) > 0 {
		b.WriteString("\n" + beside("└ ", v.reactions(m), width))
	}
	return b.String()
}

// beside returns a line that belongs to a message.
func beside(mark, text string, width int) string {
	room := 100
	if width > 2*len(Indent) {
		room = width - len(aside) - 2
	}
	return aside + mark + Excerpt(text, room)
}

func (v Viewer) quote(q control.Quote) string {
	switch {
	case q.From == (control.Author{}):
		return "a message that is not here"
	case q.Text == "":
		return v.name(q.From) + " (taken back)"
	}
	return v.name(q.From) + ": " + q.Text
}

// reactions returns each reaction once, with those who feel so.
func (v Viewer) reactions(m control.Message) string {
	var texts []string
	by := make(map[string][]string)
	for _, r := range m.Reactions {
		if by[r.Text] == nil {
			texts = append(texts, r.Text)
		}
		by[r.Text] = append(by[r.Text], v.name(r.From))
	}
	for i, text := range texts {
		texts[i] = Single(text) + " " + strings.Join(by[text], ", ")
	}
	return strings.Join(texts, " · ")
}

// Of a terminal (ECMA-48, SGR): how people called in a text stand out, and
// strongest where the viewer is.
const (
	bold    = "\x1b[1m"
	inverse = "\x1b[1;7m"
	normal  = "\x1b[0m"
)

// highlight makes those whom a message calls stand out, at a terminal.
func (v Viewer) highlight(m control.Message, text string, width int) string {
	if width <= 0 || len(m.Mentions) == 0 {
		return text
	}
	called := slices.Clone(m.Mentions)
	// The longest first: @Ada must not take the beginning of @Ada Lovelace.
	slices.SortFunc(called, func(a, b control.Author) int { return len(b.Name) - len(a.Name) })
	var pairs []string
	for _, a := range called {
		style := bold
		if a.ID == v.Self {
			style = inverse
		}
		if name := Single(a.Name); name != "" {
			pairs = append(pairs, "@"+name, style+"@"+name+normal)
		}
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// Notes returns what is to be said of a message behind its author, in brackets:
// how far an own message has come, if state is wanted; when one of another came,
// if its author's clock says something else; and whether it was edited or taken
// back.
func Notes(m control.Message, state bool) string {
	var notes []string
	switch {
	case m.Own() && state:
		notes = append(notes, Progress(m))
	case !m.Own():
		notes = append(notes, late(m)...)
	}
	switch {
	case m.Retracted:
		notes = append(notes, "taken back")
	case m.Hidden:
		notes = append(notes, "blocked")
	case !m.Edited.IsZero():
		notes = append(notes, "edited")
	}
	if len(notes) == 0 {
		return ""
	}
	return " (" + strings.Join(notes, ", ") + ")"
}

// late says when a message came, if its author's clock says something else:
// because it waited, or because one of the clocks is wrong.
func late(m control.Message) []string {
	switch apart := m.Received.Sub(m.Sent.Time); {
	case apart.Abs() < chat.ClockNotice:
		return nil
	case apart.Abs() < 12*time.Hour:
		return []string{"came " + m.Received.Local().Format(clock)}
	}
	return []string{"came " + m.Received.Local().Format("2 Jan 15:04")}
}

// Progress says how far an own message has come, in groups and the lobby to how
// many.
func Progress(m control.Message) string {
	t := m.Tally
	switch {
	case m.Refusal != "":
		return string(m.State) + ": " + Single(m.Refusal)
	case t == nil || t.Recipients == 1:
		return string(m.State)
	}
	of := func(state chat.State, to string, n int) string {
		switch {
		case n == t.Recipients:
			return string(state)
		case t.Recipients == 0: // in the lobby nobody knows
			return fmt.Sprintf("%s %s %d", state, to, n)
		}
		return fmt.Sprintf("%s %s %d of %d", state, to, n, t.Recipients)
	}
	switch all := t.Recipients; {
	case t.Read > 0 && t.Delivered >= all:
		return of(chat.Read, "by", t.Read)
	case t.Delivered > 0:
		return of(chat.Delivered, "to", t.Delivered)
	case t.Sent > 0:
		return of(chat.Sent, "to", t.Sent)
	}
	return string(m.State)
}
