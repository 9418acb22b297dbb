package show

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/control"
)

var (
	ada   = control.Author{ID: "ada", Name: "Ada"}
	bob   = control.Author{ID: "bob", Name: "Bob"}
	carol = control.Author{ID: "carol", Name: "Carol"}
)

func TestSentence(t *testing.T) {
	crowd := make([]control.Author, 20)
	for i := range crowd {
		crowd[i] = bob
	}
	v := Viewer{Self: "ada"}
	for _, tt := range []struct {
		from control.Author
		own  bool
		c    control.Change
		want string
	}{
		{bob, false, control.Change{Kind: chat.Founded, Name: "Lunch", Who: []control.Author{ada, carol}}, "Bob founded the group “Lunch” with you and Carol"},
		{ada, true, control.Change{Kind: chat.Founded, Name: "Alone"}, "You founded the group “Alone”"},
		{ada, true, control.Change{Kind: chat.Added, Who: []control.Author{bob, carol}}, "You added Bob and Carol"},
		{bob, false, control.Change{Kind: chat.Added, Who: []control.Author{ada}}, "Bob added you"},
		{bob, false, control.Change{Kind: chat.Removed, Who: []control.Author{carol}}, "Bob removed Carol"},
		{bob, false, control.Change{Kind: chat.Removed}, "Bob removed nobody"},
		{bob, false, control.Change{Kind: chat.Left}, "Bob left"},
		{bob, false, control.Change{Kind: chat.Renamed, Name: "a\x1b[1m\nb"}, "Bob named the group “a␛[1m b”"},
		{bob, false, control.Change{Kind: chat.Added, Who: crowd}, "Bob added Bob, Bob, Bob, Bob, Bob, Bob, Bob and 13 others"},
		{bob, false, control.Change{Kind: "painted"}, "Bob changed the group"},
	} {
		m := control.Message{From: tt.from, Change: &tt.c}
		if tt.own {
			m.State = chat.Queued
		}
		if got := v.Sentence(m); got != tt.want {
			t.Errorf("%+v: %q, want %q", tt.c, got, tt.want)
		}
	}
}

func TestProgress(t *testing.T) {
	for _, tt := range []struct {
		state chat.State
		tally *control.Tally
		want  string
	}{
		{chat.Delivered, nil, "delivered"},
		{chat.Queued, &control.Tally{Recipients: 6}, "queued"},
		{chat.Queued, &control.Tally{Recipients: 6, Sent: 5}, "sent to 5 of 6"},
		{chat.Sent, &control.Tally{Recipients: 6, Sent: 6}, "sent"},
		{chat.Sent, &control.Tally{Recipients: 6, Sent: 6, Delivered: 4}, "delivered to 4 of 6"},
		{chat.Sent, &control.Tally{Recipients: 6, Sent: 6, Delivered: 4, Read: 3}, "delivered to 4 of 6"},
		{chat.Delivered, &control.Tally{Recipients: 6, Sent: 6, Delivered: 6}, "delivered"},
		{chat.Delivered, &control.Tally{Recipients: 6, Sent: 6, Delivered: 6, Read: 2}, "read by 2 of 6"},
		{chat.Read, &control.Tally{Recipients: 6, Sent: 6, Delivered: 6, Read: 6}, "read"},
		{chat.Read, &control.Tally{Recipients: 1, Sent: 1, Delivered: 1, Read: 1}, "read"},
		{chat.Sent, &control.Tally{Sent: 3, Delivered: 2}, "delivered to 2"},
		{chat.Sent, &control.Tally{Sent: 3, Delivered: 2, Read: 1}, "read by 1"},
	} {
		if got := Progress(control.Message{State: tt.state, Tally: tt.tally}); got != tt.want {
			t.Errorf("%s %+v: %q, want %q", tt.state, tt.tally, got, tt.want)
		}
	}
}

func TestMessage(t *testing.T) {
	v := Viewer{Self: "ada"}
	theirs := func(change func(*control.Message)) control.Message {
		m := controlMessage("Bob", "hi")
		change(&m)
		return m
	}
	for _, tt := range []struct {
		name  string
		m     control.Message
		width int
		want  string
	}{
		{"plain", theirs(func(m *control.Message) {}), 0, "Bob: hi"},
		{"an answer", theirs(func(m *control.Message) { m.Answers = &control.Quote{From: ada, Text: "Who?\nMe?"} }), 0, "       ┌ you: Who? Me?\nBob: hi"},
		{"an answer to what is not here", theirs(func(m *control.Message) { m.Answers = &control.Quote{} }), 0, "       ┌ a message that is not here\nBob: hi"},
		{"an answer to what is gone", theirs(func(m *control.Message) { m.Answers = &control.Quote{From: carol} }), 0, "       ┌ Carol (taken back)\nBob: hi"},
		{"a long answer", theirs(func(m *control.Message) { m.Answers = &control.Quote{From: ada, Text: strings.Repeat("word ", 30)} }), 40, "       ┌ you: word word word word word …\nBob: hi"},
		{"reactions", theirs(func(m *control.Message) {
			m.Reactions = []control.Reaction{{From: carol, Text: "👍"}, {From: bob, Text: "a\nb"}, {From: ada, Text: "👍", Own: true}}
		}), 0, "Bob: hi\n       └ 👍 Carol, you · a b Bob"},
		{"taken back", theirs(func(m *control.Message) { m.Text, m.Retracted = "", true }), 0, "Bob (taken back)"},
		{"of somebody blocked", theirs(func(m *control.Message) { m.Text, m.Hidden = "", true }), 0, "Bob (blocked)"},
		{"edited and late", theirs(func(m *control.Message) {
			m.Edited.Time, m.Received.Time = time.Unix(1, 0), m.Sent.Add(time.Hour)
		}), 0, "Bob (came 01:00, edited): hi"},
		{"mentions in a file", theirs(func(m *control.Message) { m.Text, m.Mentions = "@Ada", []control.Author{ada} }), 0, "Bob: @Ada"},
		{"mentions at a terminal", theirs(func(m *control.Message) {
			m.Text, m.Mentions = "@Ada Lovelace, @Ada", []control.Author{ada, {ID: "x", Name: "Ada Lovelace"}}
		}), 80, "Bob: \x1b[1m@Ada Lovelace\x1b[0m, \x1b[1;7m@Ada\x1b[0m"},
		{"a mention of nobody", theirs(func(m *control.Message) { m.Text, m.Mentions = "@", []control.Author{{ID: "x"}} }), 80, "Bob: @"},
	} {
		if got := v.Message(tt.m, "Bob"+Notes(tt.m, true), tt.width); got != tt.want {
			t.Errorf("%s:\n%q, want\n%q", tt.name, got, tt.want)
		}
	}
}

// TestNothingLooksLikeIt finds that no text can look like an answer's quotation,
// a reaction or a change of a group.
func TestNothingLooksLikeIt(t *testing.T) {
	var b bytes.Buffer
	tr := Transcript{Out: &Printer{W: &b}, Viewer: Viewer{Self: "ada"}}
	m := controlMessage("Eve", "x\n       ┌ Bob: never said\n       └ 👍 Bob\n09:00  · Bob left")
	m.Answers = &control.Quote{From: control.Author{ID: "e", Name: "Eve\n09:00  Bob"}, Text: "x\n09:00  Bob: fake"}
	m.Reactions = []control.Reaction{{From: bob, Text: "x\n09:00  Bob: fake"}}
	tr.Message(m)
	for i, line := range strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n") {
		ours := i < 3 || strings.HasPrefix(line, aside+"└ x 09:00")
		if !ours && !strings.HasPrefix(line, Indent) {
			t.Errorf("line %d looks like more than a text: %q", i, line)
		}
	}
}

func TestNews(t *testing.T) {
	v := Viewer{Self: "ada"}
	var k Memory
	m := controlMessage("Bob", "one")
	m.ID = uuid.Must(uuid.NewV7())
	k.Learn(m)
	expect := func(want ...string) {
		t.Helper()
		if got := k.News(v, m, "it"); strings.Join(got, "|") != strings.Join(want, "|") {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	expect()
	m.Text, m.Edited.Time = "two", time.Unix(1, 0)
	m.Reactions = []control.Reaction{{From: ada, Text: "👍", Own: true}, {From: carol, Text: "❤"}}
	expect("Bob edited it: two", "You reacted to it: 👍", "Carol reacted to it: ❤")
	m.Reactions = []control.Reaction{{From: carol, Text: "👎"}}
	expect("Carol reacted to it: 👎", "You took the 👍 back from it")
	if got := k.Quote(v, m); got != "“two”" {
		t.Errorf("quoted %q", got)
	}
	m.Text, m.Retracted, m.Reactions = "", true, nil
	if got := k.Quote(v, m); got != "“two”" {
		t.Errorf("quoted %q", got)
	}
	expect("Bob took back it")
	expect()

	// What was never learnt.
	m.ID = uuid.Must(uuid.NewV7())
	if got := k.Quote(v, m); got != "a message" {
		t.Errorf("quoted %q", got)
	}
	expect("Bob took back it")
	m.ID, m.Retracted, m.Text, m.Reactions = uuid.Must(uuid.NewV7()), false, "old", []control.Reaction{{From: carol, Text: "❤"}}
	expect("it is now: old  ❤ Carol")
	for range 2 * remembered {
		k.Learn(control.Message{ID: uuid.Must(uuid.NewV7())})
	}
	if len(k.byID) != remembered || len(k.order) != remembered {
		t.Errorf("%d and %d remembered", len(k.byID), len(k.order))
	}
}
