package heading

import (
	"testing"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
)

func TestJoined(t *testing.T) {
	at := time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC)
	message := func(author byte, after time.Duration) *chat.Message {
		return &chat.Message{From: chat.Author{Device: identity.DeviceID{author}}, Own: author == 0, Sent: at.Add(after)}
	}
	change := func(author byte) *chat.Message {
		m := message(author, time.Hour)
		m.Change = &chat.Change{Kind: chat.Left}
		return m
	}
	for _, c := range []struct {
		name string
		a, b *chat.Message
		want bool
	}{
		{"at once", message(1, 0), message(1, time.Second), true},
		{"after a pause", message(1, 0), message(1, groupWithin+time.Second), false},
		{"by an earlier clock", message(1, groupWithin+time.Second), message(1, 0), false},
		{"of others", message(1, 0), message(2, 0), false},
		{"one's own and another's", message(0, 0), message(1, 0), false},
		{"a change", message(1, time.Hour), change(1), false},
		{"after a change", change(1), message(1, time.Hour), false},
		{"changes by different people", change(1), change(2), true},
	} {
		if got := Joined(c.a, c.b); got != c.want {
			t.Errorf("%s: joined is %v", c.name, got)
		}
	}
}

func TestHeights(t *testing.T) {
	for _, c := range []struct {
		h    Heading
		want float32
	}{
		{Heading{}, JoinGap},
		{Heading{Group: true}, GroupGap},
		{Heading{Group: true, Name: true}, GroupGap + nameHeight},
		{Heading{Group: true, Day: true}, dayHeight + JoinGap},
		{Heading{Group: true, Day: true, Unread: true, Name: true}, dayHeight + unreadHeight + JoinGap + nameHeight},
	} {
		if got := c.h.Measured().Height; got != c.want {
			t.Errorf("%+v takes %v, not %v", c.h, got, c.want)
		}
	}
}
