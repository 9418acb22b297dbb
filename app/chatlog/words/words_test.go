package words

import (
	"strings"
	"testing"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
)

func TestClockNotes(t *testing.T) {
	at := time.Date(2026, time.March, 2, 9, 0, 0, 0, time.Local)
	for _, c := range []struct {
		own            bool
		sent, received time.Time
		want           string
	}{
		{false, at, at, ""},
		{false, at, at.Add(chat.ClockNotice), ""},
		{false, at, at.Add(chat.ClockNotice + time.Second), "received 09:02"},
		{false, at, at.Add(-chat.ClockNotice - time.Second), "received 08:57"},
		{false, at, at.AddDate(0, 0, 3), "received 5 Mar, 09:00"},
		{false, at, at.AddDate(1, 0, 0), "received 2 Mar 2027, 09:00"},
		{false, at, time.Time{}, ""},
		{true, at, at.Add(time.Hour), ""},
	} {
		m := chat.Message{Own: c.own, Sent: c.sent, Received: c.received}
		if got := ClockNote(&m); got != c.want {
			t.Errorf("sent %v, received %v: %q, not %q", c.sent, c.received, got, c.want)
		}
	}
	if got := ClockNote(&chat.Message{Kind: chat.Room, Sent: at, Received: at.Add(time.Hour)}); got != "" {
		t.Errorf("a room's history is called late: %q", got)
	}
}

func TestTally(t *testing.T) {
	for _, c := range []struct {
		tally     chat.Tally
		want, tip string
	}{
		{chat.Tally{}, "", "Delivered: on the other side's disk"},
		{chat.Tally{Recipients: 6}, "", "Delivered: on the other side's disk"},
		{chat.Tally{Recipients: 6, Sent: 3}, "sent to 3 of 6", "Handed to the network for 3 of 6"},
		{chat.Tally{Recipients: 6, Sent: 6, Delivered: 4}, "delivered to 4 of 6", "On the disks of 4 of 6"},
		{chat.Tally{Recipients: 6, Sent: 6, Delivered: 4, Read: 2}, "delivered to 4 of 6", "On the disks of 4 of 6, and read by 2"},
		{chat.Tally{Recipients: 6, Sent: 6, Delivered: 6}, "", "Delivered: on everybody's disk"},
		{chat.Tally{Recipients: 6, Sent: 6, Delivered: 6, Read: 2}, "read by 2", "On the disks of 6 of 6, and read by 2"},
		{chat.Tally{Recipients: 6, Sent: 6, Delivered: 6, Read: 6}, "", "Read: everybody says it was seen"},
		{chat.Tally{Sent: 3, Delivered: 3}, "delivered to 3", "On the disks of 3"},
	} {
		if got := Tally(c.tally); got != c.want {
			t.Errorf("%+v is said as %q, not %q", c.tally, got, c.want)
		}
		m := chat.Message{Own: true, State: chat.Delivered, Tally: c.tally}
		if lines := TimeTip(&m, false); lines[len(lines)-1] != c.tip {
			t.Errorf("%+v is explained by %q, not %q", c.tally, lines, c.tip)
		}
	}
}

func TestTyping(t *testing.T) {
	for want, names := range map[string][]string{
		"":                        nil,
		"Ada is typing…":          {"Ada"},
		"Ada and Bob are typing…": {"Ada", "Bob"},
		"3 people are typing…":    {"Ada", "Bob", "Carol"},
	} {
		if got := Typing(names); got != want {
			t.Errorf("%q type: %q", names, got)
		}
	}
}

func TestReacted(t *testing.T) {
	m := chat.Message{}
	for _, name := range strings.Fields("Ada Bob Carol Dan Eve Fay Gus Hal Ida") {
		m.Reactions = append(m.Reactions, chat.Reaction{From: chat.Author{Name: name}, Text: "a"})
	}
	m.Reactions = append(m.Reactions, chat.Reaction{From: chat.Author{Name: "Ann"}, Own: true, Text: "b"},
		chat.Reaction{From: chat.Author{Name: "Ada"}, Text: "c"}, chat.Reaction{From: chat.Author{Name: "Ann"}, Own: true, Text: "c"})
	for text, want := range map[string]string{
		"a": "Ada, Bob, Carol, Dan, Eve, Fay, Gus and 2 others", "b": "You", "c": "You and Ada", "d": "",
	} {
		if got := Reacted(&m, text); got != want {
			t.Errorf("%s: %q", text, got)
		}
	}
}

func TestInPlaceAndQuoted(t *testing.T) {
	for want, m := range map[string]chat.Message{
		"":                                  {Text: "there"},
		"Message taken back":                {Retracted: true},
		"You took this message back":        {Retracted: true, Own: true},
		"A message that was not accepted":   {Retracted: true, Own: true, State: chat.Refused},
		"Message from somebody you blocked": {Hidden: true},
	} {
		if got := InPlace(&m); got != want {
			t.Errorf("%+v: %q", m, got)
		}
	}
	ada := chat.Author{Device: identity.DeviceID{1}, Name: "Ada"}
	for want, q := range map[string]chat.Quote{
		"Ada: two lines":                         {From: ada, Text: "two\n lines "},
		"Ada: Message taken back":                {From: ada},
		": A message that is not on this device": {},
	} {
		if author, text := Quoted(&q); author+": "+text != want {
			t.Errorf("%+v: %s: %s", q, author, text)
		}
	}
}
