package session

import (
	"encoding/base64"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/irc"
	"github.com/parlance-chat/parlance/netcore/room/machine"
)

// talk drives a session and is its server.
type talker struct {
	*Session
	t       *testing.T
	now     time.Time
	limits  string           // of the server, in its ISUPPORT
	effects []machine.Effect // not yet looked at
}

func newTalker(t *testing.T, cfg Config) *talker {
	if cfg.Nick == "" {
		cfg.Nick = "ada"
	}
	cfg.Server = "test"
	cfg.Random = rand.New(rand.NewPCG(1, 2))
	cfg.Nonce = func() string { return "rOprNGfwEbeRWgbNEkqO" }
	return &talker{Session: New(cfg), t: t, limits: "MSGRATE=100", now: time.Date(2026, 1, 2, 3, 0, 0, 0, time.UTC)}
}

func (c *talker) step(e machine.Event) {
	c.effects = append(c.effects, c.Step(c.now, e)...)
}

// says has the server say lines.
func (c *talker) says(lines ...string) {
	c.t.Helper()
	for _, line := range lines {
		c.step(machine.Line{Text: line})
	}
}

// written returns and forgets the lines written.
func (c *talker) written() []string {
	var lines []string
	c.effects = slices.DeleteFunc(c.effects, func(e machine.Effect) bool {
		w, ok := e.(machine.Write)
		if ok {
			lines = append(lines, w.Message.String())
		}
		return ok
	})
	return lines
}

// writes checks what the session wrote.
func (c *talker) writes(want ...string) {
	c.t.Helper()
	if got := c.written(); !slices.Equal(got, want) {
		c.t.Fatalf("wrote\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// does returns and forgets the effects of one type.
func does[E machine.Effect](c *talker) []E {
	var list []E
	c.effects = slices.DeleteFunc(c.effects, func(e machine.Effect) bool {
		one, ok := e.(E)
		if ok {
			list = append(list, one)
		}
		return ok
	})
	return list
}

func (c *talker) pass(d time.Duration) {
	c.now = c.now.Add(d)
	c.step(machine.Tick{})
}

// wake lets time pass until the session has something to do.
func (c *talker) wake() {
	c.t.Helper()
	next := c.Next()
	if next.IsZero() {
		c.t.Fatal("the session waits for nothing")
	}
	if next.After(c.now) {
		c.now = next
	}
	c.step(machine.Tick{})
}

const modern = "account-notify account-tag away-notify batch cap-notify draft/chathistory draft/read-marker echo-message " +
	"extended-join labeled-response message-tags multi-prefix server-time setname standard-replies"

// connect goes online on a server that offers capabilities ("" is an old one).
func (c *talker) connect(offers string) {
	c.t.Helper()
	c.wake()
	if len(does[machine.Dial](c)) != 1 {
		c.t.Fatal("no attempt")
	}
	c.step(machine.Opened{})
	if offers == "" {
		c.says(":s 421 * CAP :Unknown command")
	} else {
		c.says(":s CAP * LS :" + offers)
		for _, line := range c.written() {
			if list, ok := strings.CutPrefix(line, "CAP REQ :"); ok {
				c.says(":s CAP * ACK :" + list)
			}
		}
		c.writes("CAP END")
	}
	c.says(":s 001 "+c.nick+" :Welcome", ":s 005 "+c.nick+" CHANTYPES=# CHATHISTORY=3 MSGREFTYPES=msgid,timestamp "+c.limits+" :are supported",
		":s 422 "+c.nick+" :No message")
	c.effects = nil
	if !c.Status().Online {
		c.t.Fatalf("not online: %+v", c.Status())
	}
}

// enter joins a channel without history.
func (c *talker) enter(channel string) {
	c.t.Helper()
	c.step(machine.Join{Channel: channel})
	c.admit(channel)
}

func (c *talker) admit(channel string) {
	c.t.Helper()
	c.says(":" + c.nick + "!u@h JOIN " + channel)
	c.history(channel)
	c.says(":s 353 "+c.nick+" = "+channel+" :@bob "+c.nick, ":s 366 "+c.nick+" "+channel+" :End")
	c.effects = slices.DeleteFunc(c.effects, func(e machine.Effect) bool { _, ok := e.(machine.Changed); return ok })
}

// history answers what was asked for last about a channel.
func (c *talker) history(channel string, lines ...string) {
	if !c.hasHistory() {
		return
	}
	c.says("BATCH +h chathistory " + channel)
	for _, line := range lines {
		tags, rest, _ := strings.Cut(line, " ")
		c.says("@batch=h;" + tags + " " + rest)
	}
	c.says("BATCH -h")
}

var (
	idA = uuid.MustParse("01890000-0000-7000-8000-00000000000a")
	idB = uuid.MustParse("01890000-0000-7000-8000-00000000000b")
)

func TestRegister(t *testing.T) {
	c := newTalker(t, Config{Password: "pw", Name: "Ada Lovelace"})
	c.step(machine.Tick{})
	if len(does[machine.Dial](c)) != 1 {
		t.Fatal("no attempt at once")
	}
	c.step(machine.Opened{})
	c.writes("CAP LS 302", "PASS pw", "NICK ada", "USER ada 0 * :Ada Lovelace")
	c.says(":s CAP * LS * :batch sasl=PLAIN,EXTERNAL", ":s CAP * LS :server-time unknown/thing")
	c.writes("CAP REQ :batch server-time")
	c.says(":s CAP * NAK :batch server-time")
	c.writes("CAP REQ :batch", "CAP REQ :server-time")
	c.says(":s CAP * NAK :batch")
	c.writes()
	c.says(":s CAP ada ACK :server-time ")
	c.writes("CAP END")
	c.says(":s 433 * ada :in use")
	c.writes("NICK ada_")
	c.says(":s 001 ada_ :Hello")
	if st := c.Status(); !st.Online || st.Nick != "ada_" || !c.on["server-time"] || c.on["batch"] {
		t.Errorf("%+v, %v", st, c.on)
	}
	c.says(":s 376 ada_ :End", "PING :a b")
	c.writes("PONG :a b")
	c.pass(regainTime)
	if got := c.written(); !slices.Contains(got, "NICK ada") {
		t.Errorf("does not ask for its nick: %v", got)
	}
	c.says(":s 433 ada_ ada :in use")
	if len(does[machine.Said](c)) != 0 {
		t.Error("says what it tries by itself")
	}
	c.pass(regainTime / 2)
	c.says(":s PONG s :alive")
	c.pass(regainTime / 2)
	c.says(":ada_!u@h NICK ada")
	if c.Status().Nick != "ada" || !c.regainAt.IsZero() {
		t.Errorf("%+v", c.Status())
	}
	c.says(":s CAP ada NEW :away-notify", ":s CAP ada DEL :server-time")
	if lines := c.written(); c.on["server-time"] || !slices.Contains(lines, "CAP REQ :away-notify") {
		t.Errorf("%v, %q", c.on, lines)
	}
}

func TestNicks(t *testing.T) {
	c := newTalker(t, Config{Nick: "Zoë Q"})
	c.step(machine.Tick{})
	c.step(machine.Opened{})
	c.written()
	c.says(":s 432 * x :bad")
	c.writes("NICK Zoe_Q")
	for range 9 {
		c.says(":s 433 * x :in use")
	}
	for _, line := range c.written() {
		if nick := strings.TrimPrefix(line, "NICK "); !irc.ValidNick(nick, 20) {
			t.Errorf("asks for %q", nick)
		}
	}
	c.says(":s 433 * x :in use")
	if st := c.Status(); st.Online || st.Why == nil || !strings.Contains(st.Why.Error(), "accepts no nick") || len(does[machine.Hangup](c)) != 1 {
		t.Errorf("%+v", st)
	}
}

func TestSASL(t *testing.T) {
	start := func(cfg Config, offer string) *talker {
		c := newTalker(t, cfg)
		c.step(machine.Tick{})
		c.step(machine.Opened{})
		c.written()
		c.says(":s CAP * LS :" + offer)
		c.writes("CAP REQ :sasl")
		c.says(":s CAP * ACK :sasl")
		return c
	}
	t.Run("external", func(t *testing.T) {
		c := start(Config{External: true, Secure: true}, "sasl=EXTERNAL,PLAIN")
		c.writes("AUTHENTICATE EXTERNAL")
		c.says("AUTHENTICATE +")
		c.writes("AUTHENTICATE +")
		c.says(":s 900 * ada!u@h acct :in", ":s 903 * :ok")
		c.writes("CAP END")
		if c.Status().Account != "acct" {
			t.Errorf("%+v", c.Status())
		}
	})
	t.Run("refused", func(t *testing.T) {
		c := start(Config{External: true, Secure: true}, "sasl")
		c.writes("AUTHENTICATE EXTERNAL")
		c.says(":s 904 * :no")
		c.writes("CAP END")
		if len(does[machine.Warned](c)) != 0 {
			t.Error("warns of what was only tried")
		}
	})
	t.Run("plain", func(t *testing.T) {
		c := start(Config{Account: "ada", Secret: strings.Repeat("p", 300), Secure: true}, "sasl=PLAIN")
		c.writes("AUTHENTICATE PLAIN")
		c.says("AUTHENTICATE +")
		lines := c.written()
		if len(lines) != 2 || len(lines[0]) != len("AUTHENTICATE ")+400 {
			t.Errorf("%q", lines)
		}
		c.says(":s 904 * :no")
		c.writes("CAP END")
		if w := does[machine.Warned](c); len(w) != 1 || !strings.Contains(w[0].Text, "did not accept the password") {
			t.Errorf("%v", w)
		}
		c.step(machine.Closed{})
		c.wake()
		c.step(machine.Opened{})
		c.says(":s CAP * LS :sasl=PLAIN", ":s CAP * ACK :sasl", "AUTHENTICATE +", ":s 904 * :no")
		if w := does[machine.Warned](c); len(w) != 0 {
			t.Errorf("again: %v", w)
		}
	})
	t.Run("never plain in the open", func(t *testing.T) {
		c := newTalker(t, Config{Account: "user", Secret: "pencil", External: true})
		c.step(machine.Tick{})
		c.step(machine.Opened{})
		c.written()
		c.says(":s CAP * LS :sasl=PLAIN,EXTERNAL")
		c.writes("CAP END")
	})
	// RFC 7677 section 3.
	const first = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
	t.Run("scram", func(t *testing.T) {
		c := start(Config{Account: "user", Secret: "pencil"}, "sasl=SCRAM-SHA-256,PLAIN")
		c.writes("AUTHENTICATE SCRAM-SHA-256")
		c.says("AUTHENTICATE +")
		c.writes("AUTHENTICATE " + b64("n,,n=user,r=rOprNGfwEbeRWgbNEkqO"))
		c.says("AUTHENTICATE " + b64(first))
		c.writes("AUTHENTICATE " + b64("c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="))
		c.says("AUTHENTICATE " + b64("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="))
		c.writes("AUTHENTICATE +")
		c.says(":s 903 * :ok")
		c.writes("CAP END")
	})
	for name, lines := range map[string][]string{
		"a server that does not know":        {"AUTHENTICATE " + b64(first), "AUTHENTICATE " + b64("v=AAAA")},
		"too many rounds":                    {"AUTHENTICATE " + b64(strings.Replace(first, "4096", "1000000000", 1))},
		"another nonce":                      {"AUTHENTICATE " + b64(strings.Replace(first, "r=rO", "r=xx", 1))},
		"what is no challenge":               {"AUTHENTICATE %%%"},
		"an endless one":                     slices.Repeat([]string{"AUTHENTICATE " + strings.Repeat("A", 400)}, 30),
		"success without a proof of its own": {"AUTHENTICATE " + b64(first), ":s 903 * :ok"},
	} {
		t.Run(name, func(t *testing.T) {
			c := start(Config{Account: "user", Secret: "pencil"}, "sasl=SCRAM-SHA-256")
			c.says("AUTHENTICATE +")
			c.says(lines...)
			if aborted := slices.Contains(c.written(), "AUTHENTICATE *"); !aborted && len(does[machine.Hangup](c)) == 0 {
				t.Error("goes on")
			}
			if c.Status().Account != "" {
				t.Error("signed in")
			}
		})
	}
}

func TestReconnect(t *testing.T) {
	c := newTalker(t, Config{})
	c.step(machine.Tick{})
	var waits []time.Duration
	for range 15 {
		c.step(machine.Closed{Err: errors.New("refused")})
		waits = append(waits, c.Next().Sub(c.now))
		c.wake()
		if len(does[machine.Dial](c)) == 0 {
			t.Fatal("no attempt")
		}
	}
	if waits[0] > time.Second || waits[0] < firstRetry/2 || slices.Max(waits) > lastRetry*3/2 || waits[14] < lastRetry/2 {
		t.Errorf("waits %v", waits)
	}
	c.step(machine.Opened{})
	c.pass(registerTime)
	if st := c.Status(); st.Online || !strings.Contains(fmt.Sprint(st.Why), "did not let us in") || len(does[machine.Hangup](c)) != 1 {
		t.Errorf("%+v", st)
	}
	c.connect(modern)
	c.enter("#r")
	c.written()
	c.step(machine.Join{Channel: "#locked", Key: "k"})
	c.says(":s 475 ada #locked :Cannot join (+k)")
	if d := does[machine.Departed](c); len(d) != 1 || !strings.HasPrefix(d[0].Why, "it has a password") {
		t.Errorf("%+v", d)
	}
	c.pass(idleTime)
	c.writes("JOIN #locked k", "PING alive")
	c.pass(deadTime)
	if st := c.Status(); st.Online || !strings.Contains(fmt.Sprint(st.Why), "no longer answers") {
		t.Errorf("%+v", st)
	}
	if r, _ := c.Room("#r"); r.Joined || r.Count != 0 {
		t.Errorf("%+v", r)
	}
	if wait := c.Next().Sub(c.now); wait > time.Second {
		t.Errorf("after a steady time it waits %v", wait)
	}
	c.step(machine.Closed{Err: errors.New("again")}) // of the connection that was given up
	c.wake()
	does[machine.Dial](c)
	c.step(machine.Opened{})
	c.says(":s 001 ada :x", ":s 376 ada :x")
	if lines := c.written(); !slices.Contains(lines, "JOIN #locked,#r k") {
		t.Errorf("joins again: %q", lines)
	}
	c.step(machine.Closed{Err: errors.New("another certificate"), Final: true})
	if !c.Next().IsZero() || !c.Status().Blocked {
		t.Error("goes on after a final failure")
	}
	c.step(machine.Retry{})
	if len(does[machine.Dial](c)) != 1 {
		t.Error("no attempt after Retry")
	}
}

func b64(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

func states(c *talker) []chat.State {
	var list []chat.State
	for _, a := range does[machine.Advanced](c) {
		list = append(list, a.State)
	}
	return list
}
