//go:build linux && netns

package netlab

import (
	"strings"
	"testing"
	"time"
)

// TestMoreThanADayAhead: what somebody writes whose clock is more than a day
// ahead is not taken before its time. The author is told; the other direction
// works.
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
}
