//go:build linux && netns

package netlab

import (
	"strings"
	"testing"
	"time"
)

// TestMoreThanADayAhead: what somebody writes whose clock is more than a day
// ahead is not taken before its time. The author is told; the other direction
// works. When the clock is right again, it is taken, and so is what follows.
func TestMoreThanADayAhead(t *testing.T) {
	t.Parallel()
	_, a, b := twoHosts(t)
	anna, bert := a.Start("anna"), b.StartAt(26*time.Hour, "bert")
	meet(anna, bert)
	early := bert.Send(anna, "greetings from tomorrow")
	notice := bert.wait(bound, "notice", func(e Event) bool { return e.Event == "notice" })
	if !strings.Contains(notice.Text, "anna") || !strings.Contains(notice.Text, "26h") {
		t.Errorf("bert is told %q", notice.Text)
	}
	right := anna.Send(bert, "greetings from today")
	bert.WaitMessage("greetings from today", bound)
	anna.WaitDelivered(right, bound)
	for _, m := range anna.History(bert) {
		if m.ID == early {
			t.Error("a message was taken a day before its time")
		}
	}
	for _, m := range bert.History(anna) {
		if m.ID == early && m.State != "queued" && m.State != "sent" {
			t.Errorf("it is called %s", m.State)
		}
	}

	inLobby := bert.SendTo("lobby", "is this the year?").ID
	bert.Stop()
	bert = b.Start("bert")
	meet(anna, bert)
	for message, text := range map[string]string{early: "greetings from tomorrow", inLobby: "is this the year?"} {
		anna.WaitMessage(text, bound)
		bert.WaitDelivered(message, bound)
	}
	talk(anna, bert)
	for _, n := range []*Node{anna, bert} {
		other := anna
		if n == anna {
			other = bert
		}
		if history := n.History(other); len(history) != 4 {
			t.Errorf("%s has %d messages, not 4: %v", n.name, len(history), history)
		}
	}
}
