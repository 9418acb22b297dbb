package session

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/irc"
	"github.com/parlance-chat/parlance/netcore/room/machine"
	"github.com/parlance-chat/parlance/netcore/room/outbox"
)

// chaos makes lines that are nearly those of a server.
type chaos struct{ *rand.Rand }

func (c chaos) pick(list ...string) string { return list[c.IntN(len(list))] }

func (c chaos) nick() string {
	return c.pick("ada", "bob", "ada_", "", "*", "#r", "@ada", "bob!u@h", "ada!u@h", "a,b")
}

func (c chaos) target() string {
	return c.pick("#r", "#R", "ada", "bob", "", "@#r", "*", "#s", "a,b", "#r,#s")
}

func (c chaos) tags() string {
	switch c.IntN(6) {
	case 0:
		return fmt.Sprintf("@label=p%d ", c.IntN(20))
	case 1:
		return fmt.Sprintf("@time=20%02d-01-01T00:00:00.000Z;msgid=m%d ", c.IntN(99), c.IntN(50))
	case 2:
		return fmt.Sprintf("@batch=b%d;%s=%s.%d ", c.IntN(3), outbox.IDTag, chat.MessageID{byte(c.IntN(200))}, c.IntN(3))
	case 3:
		return "@+draft/react=x;+draft/reply=m1;+typing=active "
	}
	return ""
}

const chaosCaps = "batch labeled-response message-tags echo-message server-time draft/chathistory"

func (c chaos) line() string {
	command := c.pick(strings.Fields("JOIN PART KICK PRIVMSG NOTICE NICK QUIT MODE TOPIC PONG PING CAP BATCH TAGMSG FAIL INVITE AUTHENTICATE AWAY ACCOUNT " +
		"SETNAME MARKREAD CHATHISTORY 001 005 422 404 401 433 353 366 354 332 900 903 904 311 318 470 471 437")...)
	rest := ""
	switch {
	case c.IntN(1000) == 0:
		command, rest = "ERROR", ":bye"
	case c.IntN(30) == 0:
		command = fmt.Sprintf("%03d", c.IntN(1000))
		fallthrough
	default:
		rest = c.target() + " " + c.nick() + " " + c.target() + " :" +
			c.pick("x", "hello", "", "\x01ACTION x\x01", "\x01VERSION\x01", "@bob +ada cat", "+o-o bob ada")
	case command == "CAP":
		rest = c.pick("* LS :", "* LS * :", "* ACK :", "* NAK :", "* NEW :", "* DEL :") + c.pick("batch", chaosCaps, "sasl=PLAIN,SCRAM-SHA-256", "-batch", "")
	case command == "BATCH":
		rest = c.pick("+", "-") + fmt.Sprintf("b%d ", c.IntN(3)) + c.pick("chathistory #r", "labeled-response", "draft/chathistory-targets", "")
	case command == "001", command == "422":
		rest = "ada :x"
	case command == "005":
		rest = "ada " + c.pick("CHANTYPES=#", "CASEMAPPING=ascii", "CASEMAPPING=rfc1459", "MSGRATE=1000", "CHATHISTORY=1", "MONITOR=3", "WHOX",
			"PREFIX=(ov)@+", "NICKLEN=-5", "LINELEN=3", "CLIENTTAGDENY=*", "-CHANTYPES") + " :are"
	case command == "PONG":
		rest = "s :" + c.pick("asked", "alive", fmt.Sprint("after", c.IntN(9)))
	case command == "AUTHENTICATE":
		rest = c.pick("+", "abcd", "cj1uLHM9YWFhYSxpPTE=")
	case command == "FAIL":
		rest = c.pick("CHATHISTORY", "PRIVMSG", "JOIN", "*") + " CODE " + c.target() + " :why"
	}
	return c.tags() + ":" + c.nick() + " " + command + " " + rest
}

// TestChaos: whatever a server says, each question gets one answer, and a message
// ends once: delivered, refused or withdrawn, and not withdrawn once it was begun.
func TestChaos(t *testing.T) {
	for seed := range uint64(150) {
		c := chaos{rand.New(rand.NewPCG(seed, 7))}
		s := New(Config{Server: "x", Nick: "ada", Account: "a", Secret: "b", Random: c.Rand, Nonce: func() string { return "n" }})
		now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		var dialled bool
		var posts byte
		ended, begun := make(map[chat.MessageID]bool), make(map[chat.MessageID]bool)
		open := make(map[string]int) // questions
		do := func(event machine.Event) {
			switch event.(type) {
			case machine.Older, machine.Whois, machine.Command:
				open[fmt.Sprintf("%T", event)]++
			}
			for _, effect := range s.Step(now, event) {
				switch e := effect.(type) {
				case machine.Dial:
					dialled = true
				case machine.Fetched:
					open["machine.Older"]--
				case machine.Answered:
					open["machine.Whois"]--
				case machine.Done:
					open["machine.Command"]--
				case machine.Begun:
					if ended[e.ID] {
						t.Fatalf("seed %d: begun after its end", seed)
					}
					begun[e.ID] = true
				case machine.Withdrawn:
					if ended[e.ID] || begun[e.ID] {
						t.Fatalf("seed %d: withdrawn after its end, or when it was begun", seed)
					}
					ended[e.ID] = true
				case machine.Refused:
					if ended[e.ID] {
						t.Fatalf("seed %d: refused after its end", seed)
					}
					ended[e.ID] = true
				case machine.Advanced:
					if ended[e.ID] {
						t.Fatalf("seed %d: %s after its end", seed, e.State)
					}
					ended[e.ID] = e.State == chat.Delivered
				}
			}
		}
		for range 2000 {
			now = now.Add(time.Duration(c.IntN(3000)) * time.Millisecond)
			if dialled {
				dialled = false
				do(machine.Opened{})
				if c.IntN(2) == 0 {
					do(machine.Line{Text: ":s CAP * LS :" + chaosCaps})
					do(machine.Line{Text: ":s CAP * ACK :" + chaosCaps})
				}
				for _, line := range []string{":s 001 ada :x", ":s 005 ada CHANTYPES=# :are", ":s 422 ada :x", ":ada!u@h JOIN #r"} {
					do(machine.Line{Text: line})
				}
			}
			switch c.IntN(24) {
			case 0:
				do(machine.Join{Channel: c.pick("#r", "#s", "&x")})
			case 1, 2, 3:
				if posts < 199 {
					posts++
					do(machine.Post{ID: chat.MessageID{posts}, Target: c.pick("#r", "bob", "#s"), Text: c.pick("hello", "a\nb\nc", "/me x"), Doubtful: c.IntN(5) == 0})
				}
			case 4:
				do(machine.Part{Target: c.target()})
			case 5:
				do(machine.Older{Target: c.target(), Before: now})
			case 6:
				do(machine.Whois{Nick: c.nick()})
			case 7:
				do(machine.Command{Message: irc.New("", c.pick("AWAY", "NICK", "TOPIC"), "x")})
			case 8:
				if c.IntN(20) == 0 {
					do(machine.Closed{})
				}
			case 9:
				do(machine.React{Target: "#r", MsgID: "m1", Text: "x", Was: "y"})
			case 10:
				if next := s.Next(); next.After(now) && c.IntN(3) == 0 {
					now = next
				}
				do(machine.Tick{})
			case 12:
				do(machine.Withdraw{ID: chat.MessageID{byte(c.IntN(int(posts) + 1))}})
			case 11:
				do(machine.Talk{Nick: c.nick()})
			default:
				do(machine.Line{Text: c.line()})
			}
			s.Members("#r")
		}
		do(machine.Closed{})
		for question, n := range open {
			if n != 0 {
				t.Fatalf("seed %d: %d of %s are open", seed, n, question)
			}
		}
	}
}
