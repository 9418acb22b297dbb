package phrase

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
)

func TestTimes(t *testing.T) {
	now := time.Date(2025, 3, 31, 0, 30, 0, 0, time.Local)
	for _, tt := range []struct {
		at        time.Time
		list, ago string
	}{
		{now.Add(-10 * time.Second), "00:29", "just now"},
		{now.Add(-5 * time.Minute), "00:25", "today at 00:25"},
		{now.Add(-40 * time.Minute), "Yesterday", "yesterday at 23:50"},
		{now.AddDate(0, 0, -3), "Fri", "Friday at 00:30"},
		{now.AddDate(0, 0, -7), "24 Mar", "on 24 March"},
		{now.AddDate(-1, 0, 0), "31 Mar 2024", "on 31 March 2024"},
		{now.Add(time.Hour), "01:30", "just now"}, // a clock that is ahead
	} {
		if got := ListTime(tt.at, now); got != tt.list {
			t.Errorf("ListTime(%v) = %q, want %q", tt.at, got, tt.list)
		}
		if got := AgoTime(tt.at, now); got != tt.ago {
			t.Errorf("AgoTime(%v) = %q, want %q", tt.at, got, tt.ago)
		}
	}
	if got := ListTime(time.Time{}, now); got != "" {
		t.Errorf("ListTime of no time is %q", got)
	}
}

func TestListed(t *testing.T) {
	for want, words := range map[string][]string{
		"":                  nil,
		"a":                 {"a"},
		"a and b":           {"a", "b"},
		"a, b and c":        {"a", "b", "c"},
		"a, b and 2 others": {"a", "b", "c", "d"},
	} {
		if got := Listed(words, 3); got != want {
			t.Errorf("Listed(%q) = %q, want %q", words, got, want)
		}
	}
}

func TestSentence(t *testing.T) {
	for want, err := range map[string]error{
		"The disk is full.":       errors.New("the disk is full"),
		"Is it?":                  errors.New("is it?"),
		"Write a: no space left.": fmt.Errorf("write %s: no space left", "a"),
		"Örtlich kaputt.":         errors.New("örtlich kaputt"),
		"irc.example is away.":    errors.New("irc.example is away"),
		"Done.":                   errors.New("done."),
		"No room for a long n…":   errors.New("no room for a long n…"),
		"Nobody reads here.":      fmt.Errorf("%w: nobody reads here", chat.ErrRefused),
		"":                        errors.New(" "),
	} {
		if got := Sentence(err); got != want {
			t.Errorf("Sentence(%q) = %q, want %q", err, got, want)
		}
	}
}
