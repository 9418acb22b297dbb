// Package words is what the message pane says, in one place: pure functions of
// messages, times and names.
package words

import (
	"fmt"
	"time"

	"github.com/parlance-chat/parlance/app/phrase"
	"github.com/parlance-chat/parlance/netcore/chat"
)

// What is always the same.
const (
	Unread = "Unread from here"
	More   = "Show more"
	Less   = "Show less"
	Edited = "edited"
	// NotAccepted stands beside the time of a refused message.
	NotAccepted = "not accepted"
	today       = "Today"
	yesterday   = "Yesterday"

	clockLayout = "15:04"
)

// Day names the day of t for the reader at now.
func Day(t, now time.Time) string {
	switch {
	case SameDay(t, now):
		return today
	case SameDay(t, now.AddDate(0, 0, -1)):
		return yesterday
	case t.Year() == now.Year():
		return t.Format("Monday, 2 January")
	}
	return t.Format("Monday, 2 January 2006")
}

// SameDay says whether two times have one date.
func SameDay(a, b time.Time) bool {
	ay, am, ad := a.Date()
	by, bm, bd := b.Date()
	return ay == by && am == bm && ad == bd
}

// ClockNote returns what is said beside the time of a message whose author's
// clock and its receipt here differ by more than chat.ClockNotice: either the
// clock is wrong, or the message was under way for long. In rooms the time is the
// server's, and what comes late comes from its history.
func ClockNote(m *chat.Message) string {
	if m.Own || m.Kind == chat.Room || m.Received.IsZero() {
		return ""
	}
	if d := m.Received.Sub(m.Sent); d <= chat.ClockNotice && d >= -chat.ClockNotice {
		return ""
	}
	sent, received := m.Sent.Local(), m.Received.Local()
	switch {
	case SameDay(sent, received):
		return "received " + received.Format(clockLayout)
	case sent.Year() == received.Year():
		return "received " + received.Format("2 Jan, 15:04")
	}
	return "received " + received.Format("2 Jan 2006, 15:04")
}

// TimeTip explains the time of a message.
func TimeTip(m *chat.Message, many bool) []string {
	const long = "Monday, 2 January 2006, 15:04:05"
	lines := []string{"Sent " + m.Sent.Local().Format(long)}
	if !m.Edited.IsZero() && !m.Retracted {
		lines = append(lines, "Edited "+m.Edited.Local().Format(long))
	}
	if m.Own {
		if tally := tallyTip(m.Tally); tally != "" {
			return append(lines, tally)
		}
		if m.State == chat.Refused {
			return append(lines, phrase.Stopped("Not accepted: "+m.Refusal), "It is on this device only. Click to send it again, or to take it back.")
		}
		return append(lines, stateTip(m.State, many))
	}
	if ClockNote(m) == "" {
		return lines
	}
	lines[0] += " by the author's clock"
	lines = append(lines, "Received "+m.Received.Local().Format(long)+" by this one")
	if m.Sent.After(m.Received) {
		return append(lines, "The author's clock is ahead of this one.")
	}
	return append(lines, "It was under way that long, or the author's clock is behind.")
}

// stateTip says what a state mark stands for; many, that there are several
// recipients, the least far of which counts.
func stateTip(s chat.State, many bool) string {
	switch s {
	case chat.Queued:
		if many {
			return "Queued: on this device's disk, waiting for somebody it can go to"
		}
		return "Queued: on this device's disk, waiting for the other side"
	case chat.Sent:
		return "Sent: handed to the network"
	case chat.Delivered:
		if many {
			return "Delivered: on everybody's disk"
		}
		return "Delivered: on the other side's disk"
	case chat.Read:
		if many {
			return "Read: everybody says it was seen"
		}
		return "Read: the other side says it was seen"
	}
	return string(s)
}

// Time is the hour of a message, as it stands beside it.
func Time(m *chat.Message) string { return m.Sent.Local().Format(clockLayout) }

// Fresh is what the pill says.
func Fresh(n int) string {
	switch {
	case n == 1:
		return "1 new message"
	case n > 999:
		return "999+ new messages"
	}
	return fmt.Sprintf("%d new messages", n)
}
