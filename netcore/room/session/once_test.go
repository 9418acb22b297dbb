package session

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/irc"
	"github.com/parlance-chat/parlance/netcore/room/machine"
	"github.com/parlance-chat/parlance/netcore/room/outbox"
)

// hall is a server with one room that keeps all that is said in it, over a network
// that may end at any moment: what is on its way then is lost.
type hall struct {
	*rand.Rand
	caps   string
	now    time.Time
	said   []string // lines with their tags, the oldest first
	times  []time.Time
	toward []string // lines on their way to the server
	back   []string // and from it
	nick   string
	on     map[string]bool
}

func (h *hall) answer(format string, args ...any) {
	h.back = append(h.back, fmt.Sprintf(format, args...))
}

// take takes a line in.
func (h *hall) take(line string) {
	m, err := irc.Parse(line, irc.FromClient)
	if err != nil {
		panic(err)
	}
	label := ""
	if l := m.Tags.Value("label"); l != "" && h.on["labeled-response"] {
		label = "@label=" + l + " "
	}
	switch m.Command {
	case "CAP":
		switch m.Param(0) {
		case "LS":
			h.answer(":s CAP * LS :%s", h.caps)
		case "REQ":
			for cap := range strings.FieldsSeq(m.Last()) {
				h.on[cap] = true
			}
			h.answer(":s CAP * ACK :%s", m.Last())
		case "END":
			h.welcome()
		}
	case "NICK":
		h.nick = m.Param(0)
		if h.caps == "" {
			h.welcome()
		}
	case "PING":
		h.answer(":s PONG s :%s", m.Last())
	case "JOIN":
		h.on["joined"] = true
		h.answer("@time=%s :%s!u@h JOIN #r", irc.FormatTime(h.now), h.nick)
		h.answer(":s 366 %s #r :End", h.nick)
	case "PRIVMSG":
		n := len(h.said) + 1
		h.times = append(h.times, h.now)
		tags := fmt.Sprintf("time=%s;msgid=m%d", irc.FormatTime(h.now), n)
		if id := m.Tags.Value(outbox.IDTag); id != "" && h.on["message-tags"] {
			tags += ";" + outbox.IDTag + "=" + id
		}
		h.said = append(h.said, fmt.Sprintf("%s :%s!u@h PRIVMSG #r :%s", tags, h.nick, m.Last()))
		switch {
		case h.on["echo-message"]:
			if label != "" {
				tags = label[1:len(label)-1] + ";" + tags
			}
			h.answer("@%s :%s!u@h PRIVMSG #r :%s", tags, h.nick, m.Last())
		case label != "":
			h.answer("%s:s ACK", label)
		}
	case "CHATHISTORY":
		h.history(&m)
	}
}

func (h *hall) welcome() {
	h.answer(":s 001 %s :hello", h.nick)
	h.answer(":s 005 %s CHANTYPES=# CHATHISTORY=4 :are", h.nick)
	h.answer(":s 422 %s :none", h.nick)
}

func (h *hall) history(m *irc.Message) {
	if m.Param(0) == "TARGETS" {
		return
	}
	from := 0
	kind, value, _ := strings.Cut(m.Param(2), "=")
	switch kind {
	case "msgid":
		from, _ = strconv.Atoi(strings.TrimPrefix(value, "m"))
	case "timestamp":
		at, _ := irc.ParseTime(value)
		for from < len(h.times) && !h.times[from].After(at) {
			from++
		}
	case "*":
		from = max(0, len(h.said)-4)
	}
	h.answer("BATCH +h chathistory #r")
	for _, line := range h.said[from:min(from+4, len(h.said))] {
		h.answer("@batch=h;%s", line)
	}
	h.answer("BATCH -h")
}

// bob says something.
func (h *hall) bob(text string) {
	tags := fmt.Sprintf("time=%s;msgid=m%d", irc.FormatTime(h.now), len(h.said)+1)
	h.times = append(h.times, h.now)
	h.said = append(h.said, fmt.Sprintf("%s :bob!u@h PRIVMSG #r :%s", tags, text))
	if h.on["joined"] {
		h.answer("@%s :bob!u@h PRIVMSG #r :%s", tags, text)
	}
}

// TestOnce: on a server with history each own message is in the room once and in its
// order at last, whenever connections end, and what others say is received.
func TestOnce(t *testing.T) {
	const history = "batch server-time draft/chathistory "
	for name, caps := range map[string]string{
		"labels":       history + "message-tags echo-message labeled-response",
		"acks":         history + "message-tags labeled-response",
		"echoes":       history + "message-tags echo-message",
		"tags":         history + "message-tags",
		"history only": history,
	} {
		t.Run(name, func(t *testing.T) {
			for seed := range uint64(25) {
				once(t, seed, caps)
			}
		})
	}
}

func once(t *testing.T, seed uint64, caps string) {
	h := &hall{Rand: rand.New(rand.NewPCG(seed, 11)), caps: caps, now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	s := New(Config{Server: "x", Nick: "ada", Random: h.Rand})
	connected := false
	var delivered []byte
	received := make(map[string]int)
	bobs, first := 0, -1 // lines of bob's, and the first after the first look at the room
	step := func(e machine.Event) {
		for _, effect := range s.Step(h.now, e) {
			switch e := effect.(type) {
			case machine.Dial:
				connected, h.on, h.toward, h.back = true, make(map[string]bool), nil, nil
			case machine.Hangup:
				connected = false
			case machine.Write:
				if connected {
					h.toward = append(h.toward, e.Message.String())
				}
			case machine.Advanced:
				if e.State == chat.Delivered {
					delivered = append(delivered, e.ID[0])
				}
			case machine.Refused:
				t.Fatalf("seed %d: refused: %s", seed, e.Why)
			case machine.Received:
				for _, text := range e.Texts {
					received[text.Body]++
				}
			}
		}
	}
	hear := func() {
		line := h.back[0]
		h.back = h.back[1:]
		step(machine.Line{Text: line})
		if line == "BATCH -h" && first < 0 {
			first = bobs - strings.Count(strings.Join(h.back, "\n"), ":bob!u@h")
		}
	}
	step(machine.Join{Channel: "#r"})
	var want []string
	for turn := 0; turn < 400 || turn < 20000 && (len(delivered) < len(want) || !connected || len(h.toward)+len(h.back) > 0); turn++ {
		was := connected
		switch n := h.IntN(20); {
		case n < 2 && len(want) < 200 && turn < 400:
			text := fmt.Sprintf("own %d", len(want))
			want = append(want, text)
			step(machine.Post{ID: chat.MessageID{byte(len(want))}, Target: "#r", Text: text})
		case n == 2 && turn < 400:
			h.bob(fmt.Sprintf("bob %d", bobs))
			bobs++
		case n == 3 && connected && turn < 400:
			for range h.IntN(len(h.toward) + 1) { // what has arrived is done, whatever is heard of it
				h.take(h.toward[0])
				h.toward = h.toward[1:]
			}
			for range h.IntN(len(h.back) + 1) {
				hear()
			}
			connected, h.toward, h.back = false, nil, nil
			step(machine.Closed{})
		case n < 10 && connected && len(h.toward) > 0:
			h.take(h.toward[0])
			h.toward = h.toward[1:]
		case n < 17 && connected && len(h.back) > 0:
			hear()
		default:
			h.now = h.now.Add(time.Duration(h.IntN(400)) * time.Millisecond)
			if next := s.Next(); next.After(h.now) && h.IntN(3) == 0 && len(h.toward)+len(h.back) == 0 {
				h.now = next
			}
			step(machine.Tick{})
		}
		if connected && !was {
			step(machine.Opened{})
		}
	}
	var got []string
	for _, line := range h.said {
		if _, text, ok := strings.Cut(line, " PRIVMSG #r :"); ok && strings.HasPrefix(text, "own") {
			got = append(got, text)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("seed %d: the room has %q of %d", seed, got, len(want))
	}
	for i := max(0, first); i < bobs; i++ {
		if text := fmt.Sprintf("bob %d", i); received[text] == 0 {
			t.Errorf("seed %d: %q of %d was not received", seed, text, bobs)
		}
	}
}
