package words

import (
	"fmt"
	"strings"

	"github.com/parlance-chat/parlance/netcore/chat"
)

// InPlace returns what stands in place of a message's text; empty if the text
// is there.
func InPlace(m *chat.Message) string {
	switch {
	case m.Hidden:
		return "Message from somebody you blocked"
	case m.Retracted && m.State == chat.Refused: // and it may have been sent again
		return "A message that was not accepted"
	case m.Retracted && m.Own:
		return "You took this message back"
	case m.Retracted:
		return "Message taken back"
	}
	return ""
}

// Refused says whether a message waits for its author, because its network will not
// take it.
func Refused(m *chat.Message) bool { return m.State == chat.Refused && !m.Retracted }

// Unsent says whether a message of a room is on this device only: its server will not
// take it, or was not there yet.
func Unsent(m *chat.Message) bool {
	return Refused(m) || m.Own && m.Kind == chat.Room && m.State == chat.Queued && !m.Retracted
}

// Quoted returns the two lines that stand for a message that is answered: its
// author, who is empty if nobody knows, and its text.
func Quoted(q *chat.Quote) (author, text string) {
	switch {
	case q.From == (chat.Author{}):
		return "", "A message that is not on this device"
	case q.Text == "":
		return q.From.Name, "Message taken back"
	}
	return q.From.Name, strings.Join(strings.Fields(q.Text), " ")
}

// Tally says beside an own message how many it has reached; empty while it has
// reached nobody, and when its mark says the same.
func Tally(t chat.Tally) string {
	switch {
	case t.Recipients == 0 && t.Delivered == 0:
		return ""
	case t.Recipients == 0: // the lobby
		return fmt.Sprintf("delivered to %d", t.Delivered)
	case t.Delivered < t.Recipients && t.Delivered > 0:
		return fmt.Sprintf("delivered to %d of %d", t.Delivered, t.Recipients)
	case t.Delivered < t.Recipients && t.Sent > 0:
		return fmt.Sprintf("sent to %d of %d", t.Sent, t.Recipients)
	case t.Read > 0 && t.Read < t.Recipients:
		return fmt.Sprintf("read by %d", t.Read)
	}
	return ""
}

// tallyTip is Tally in full; empty if there is nothing to count.
func tallyTip(t chat.Tally) string {
	of := ""
	if t.Recipients > 0 {
		of = fmt.Sprintf(" of %d", t.Recipients)
	}
	switch {
	case t.Recipients > 0 && t.Read == t.Recipients:
		return "Read: everybody says it was seen"
	case t.Recipients > 0 && t.Delivered == t.Recipients && t.Read == 0:
		return "Delivered: on everybody's disk"
	case t.Delivered > 0 && t.Read > 0:
		return fmt.Sprintf("On the disks of %d%s, and read by %d", t.Delivered, of, t.Read)
	case t.Delivered > 0:
		return fmt.Sprintf("On the disks of %d%s", t.Delivered, of)
	case t.Sent > 0:
		return fmt.Sprintf("Handed to the network for %d%s", t.Sent, of)
	}
	return ""
}

// Reacted says who reacted to a message with a text, with one's own first.
func Reacted(m *chat.Message, text string) string {
	var names []string
	for _, r := range m.Reactions {
		switch {
		case r.Text != text:
		case r.Own:
			names = append([]string{"You"}, names...)
		default:
			names = append(names, r.From.Name)
		}
	}
	return listed(names, 8)
}

// Typing says who types; empty if nobody does.
func Typing(names []string) string {
	switch len(names) {
	case 0:
		return ""
	case 1:
		return names[0] + " is typing…"
	case 2:
		return names[0] + " and " + names[1] + " are typing…"
	}
	return fmt.Sprintf("%d people are typing…", len(names))
}

// listed joins names as a sentence does; of more than most it counts the rest.
func listed(names []string, most int) string {
	if len(names) > most {
		names = append(names[:most-1:most-1], fmt.Sprintf("%d others", len(names)-most+1))
	}
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}
