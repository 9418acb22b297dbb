package session

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/irc"
	"github.com/parlance-chat/parlance/netcore/room/machine"
	"github.com/parlance-chat/parlance/netcore/room/outbox"
)

func toRoom(text string) machine.Post { return machine.Post{ID: idA, Target: "#r", Text: text} }

func tagOf(label string) string { return "@label=" + label + ";" + outbox.IDTag + "=" + idA.String() }

// TestEcho: by label, whatever the server makes of the text.
func TestEcho(t *testing.T) {
	c := newTalker(t, Config{})
	c.connect(modern)
	c.enter("#r")
	c.written()
	c.step(toRoom("hello"))
	c.writes(tagOf("p1") + " PRIVMSG #r :hello")
	if got := states(c); !slices.Equal(got, []chat.State{chat.Sent}) {
		t.Fatalf("states %v", got)
	}
	c.says("@label=p1;msgid=m1;time=2026-01-02T03:00:02.000Z :ada!u@h PRIVMSG #r :he**o")
	a := does[machine.Advanced](c)
	if len(a) != 1 || a[0].State != chat.Delivered || a[0].MsgID != "m1" || a[0].Ahead != 2*time.Second {
		t.Fatalf("%+v", a)
	}
	if len(does[machine.Received](c)) != 0 {
		t.Error("shown twice")
	}
	// What bears this client's nick and no label of its own was sent elsewhere, or is forged.
	c.says(":ada!u@h PRIVMSG #r :hello", "@label=p9 :ada!u@h PRIVMSG #r :x")
	if got := does[machine.Received](c); len(got) != 2 || !got[0].Texts[0].Own || len(states(c)) != 0 {
		t.Errorf("%+v", got)
	}
	// An answer of several messages.
	c.step(machine.Post{ID: idB, Target: "bob", Text: "psst"})
	c.written()
	c.says("@label=p2 BATCH +l labeled-response", "@batch=l :s 301 ada bob :gone fishing",
		"@batch=l;msgid=m2 :ada!u@h PRIVMSG bob :psst", "BATCH -l")
	a = does[machine.Advanced](c)
	if len(a) != 2 || a[1].State != chat.Delivered || a[1].MsgID != "m2" || len(does[machine.Received](c)) != 0 {
		t.Errorf("%+v", a)
	}
	if r, _ := c.Room("bob"); r.Away != "gone fishing" || len(does[machine.Said](c)) != 0 {
		t.Errorf("why he is away stands elsewhere than in his conversation: %+v", r)
	}
	c.says(":bob!u@h PRIVMSG ada :back")
	if r, _ := c.Room("bob"); r.Away != "" {
		t.Errorf("he writes and is still away: %+v", r)
	}
	c.says(":s 301 ada eve :at lunch") // of somebody there is no conversation with
	if said := does[machine.Said](c); len(said) != 1 || said[0].Text != "away: at lunch" {
		t.Errorf("%+v", said)
	}
}

// TestRefused: what a server will not take is told with its reason, once, and is not
// written again; what goes on is not blamed for it.
func TestRefused(t *testing.T) {
	const old = ""
	post := func(id byte, text string) machine.Post {
		return machine.Post{ID: chat.MessageID{id}, Target: "#r", Text: text}
	}
	for name, tc := range map[string]struct {
		offers    string
		posts     []machine.Post
		lines     []string
		refused   map[byte]string
		delivered []byte
	}{
		"labelled":                 {modern, []machine.Post{post(1, "hello")}, []string{"@label=p1 :s 404 ada #r :Cannot send"}, map[byte]string{1: "Cannot send"}, nil},
		"any error with its label": {modern, []machine.Post{post(1, "hello")}, []string{"@label=p1 :s 480 ada :Cannot send"}, map[byte]string{1: "Cannot send"}, nil},
		"standard reply": {
			modern, []machine.Post{post(1, "hello")}, []string{"@label=p1 :s FAIL PRIVMSG NO_QUORUM #r :Cannot send"}, map[byte]string{1: "Cannot send"}, nil,
		},
		"standard reply of another command": {
			modern, []machine.Post{post(1, "hello")}, []string{"@label=p1 :s FAIL MESSAGE BLOCKED #r :Cannot send"}, map[byte]string{1: "Cannot send"}, nil,
		},
		"standard reply in a batch": {
			modern, []machine.Post{post(1, "hello")},
			[]string{"@label=p1 BATCH +l labeled-response", "@batch=l :s FAIL MESSAGE BLOCKED #r :Cannot send", "BATCH -l"},
			map[byte]string{1: "Cannot send"}, nil,
		},
		"without a reason": {modern, []machine.Post{post(1, "hello")}, []string{"@label=p1 :s 404 ada #r :"}, map[byte]string{1: "the server does not say why"}, nil},
		"one of two, labelled": {
			modern, []machine.Post{post(1, "hello"), post(2, "there")},
			[]string{"@label=p2 :s 404 ada #r :Cannot send", "@label=p1 :ada!u@h PRIVMSG #r :hello"},
			map[byte]string{2: "Cannot send"}, []byte{1},
		},
		"a part of one, labelled": {
			modern, []machine.Post{post(1, "hello\nthere\nyou")},
			[]string{"@label=p1 :ada!u@h PRIVMSG #r :hello", "@label=p2 :s 404 ada #r :Cannot send", "@label=p3 :ada!u@h PRIVMSG #r :you"},
			map[byte]string{1: "2 of its 3 lines were accepted, the others were not: Cannot send"}, nil,
		},
		"old server": {old, []machine.Post{post(1, "hello")}, []string{":s 404 ada #r :Cannot send", ":s PONG s :after1"}, map[byte]string{1: "Cannot send"}, nil},
		"old server, no target": {
			old, []machine.Post{post(1, "hello")}, []string{":s 417 ada :Input line was too long", ":s PONG s :after1"}, map[byte]string{1: "Input line was too long"}, nil,
		},
		"old server, all lines of two": {
			old, []machine.Post{post(1, "hello\nthere")},
			[]string{":s 404 ada #r :Cannot send", ":s 404 ada #r :Cannot send", ":s PONG s :after1"}, map[byte]string{1: "Cannot send"}, nil,
		},
		"old server, who knows which": {
			old, []machine.Post{post(1, "hello\nthere")}, []string{":s 404 ada #r :No colours", ":s PONG s :after1"},
			map[byte]string{1: "of the last 2 lines the server refused 1, and does not say which: No colours"}, nil,
		},
		"old server, another room": {
			old, []machine.Post{post(1, "hello"), {ID: chat.MessageID{2}, Target: "bob", Text: "you"}},
			[]string{":s PONG s :after1", ":s 401 ada bob :No such nick", ":s PONG s :after2"}, map[byte]string{2: "No such nick"}, []byte{1},
		},
		"an echo tells which": {
			"echo-message", []machine.Post{post(1, "hello"), post(2, "there")},
			[]string{":ada!u@h PRIVMSG #r :hello", ":s PONG s :after1", ":s 404 ada #r :Cannot send", ":s PONG s :after2"},
			map[byte]string{2: "Cannot send"}, []byte{1},
		},
		"the connection ends": {old, []machine.Post{post(1, "hello")}, []string{":s 404 ada #r :Cannot send"}, map[byte]string{1: "Cannot send"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			c := newTalker(t, Config{})
			c.connect(tc.offers)
			c.enter("#r")
			for _, p := range tc.posts {
				c.step(p)
			}
			c.says(tc.lines...)
			c.step(machine.Closed{})
			refused, delivered := make(map[byte]string), []byte(nil)
			for _, e := range c.effects {
				switch e := e.(type) {
				case machine.Refused:
					if refused[e.ID[0]] != "" {
						t.Errorf("refused again: %+v", e)
					}
					refused[e.ID[0]] = e.Why
				case machine.Advanced:
					if e.State == chat.Delivered {
						delivered = append(delivered, e.ID[0])
					}
				case machine.Said, machine.Warned:
					t.Errorf("said elsewhere: %+v", e)
				}
			}
			if !maps.Equal(refused, tc.refused) || !slices.Equal(delivered, tc.delivered) {
				t.Errorf("refused %q, delivered %v", refused, delivered)
			}
			c.connect(tc.offers)
			c.admit("#r")
			for _, line := range c.written() {
				if strings.Contains(line, "PRIVMSG") {
					t.Errorf("written again: %s", line)
				}
			}
		})
	}
}

// TestOldServer: a PONG tells that what was written before it has arrived.
func TestOldServer(t *testing.T) {
	c := newTalker(t, Config{})
	c.connect("")
	c.enter("#r")
	c.written()
	c.step(toRoom("hello\nthere"))
	c.writes("PRIVMSG #r :hello", "PRIVMSG #r :there", "PING after1")
	c.step(machine.Post{ID: idB, Target: "#r", Text: "again"})
	c.writes("PRIVMSG #r :again")
	c.says(":s PONG s :after7", ":s PONG s :after1")
	a := does[machine.Advanced](c)
	if len(a) != 3 || a[2].ID != idA || a[2].State != chat.Delivered {
		t.Fatalf("%+v", a)
	}
	c.writes("PING after2")
	c.says(":s PONG s :after2")
	if got := states(c); !slices.Equal(got, []chat.State{chat.Delivered}) {
		t.Errorf("states %v", got)
	}
	// The connection ends before an answer: it is written again.
	c.step(toRoom("lost?"))
	c.written()
	c.step(machine.Closed{Err: errors.New("reset")})
	if got := states(c); !slices.Equal(got, []chat.State{chat.Sent, chat.Queued}) {
		t.Errorf("states %v", got)
	}
	c.connect("")
	c.admit("#r")
	if got := c.written(); !slices.Contains(got, "PRIVMSG #r :lost?") {
		t.Errorf("%q", got)
	}
}

// TestElsewhere: what the user's other devices say is no echo, even of the same words.
func TestElsewhere(t *testing.T) {
	c := newTalker(t, Config{})
	c.connect(modern)
	c.enter("#r")
	c.step(toRoom("yes"))
	c.says("@msgid=m1 :ada!u@h PRIVMSG #r :yes")
	if got := states(c); !slices.Equal(got, []chat.State{chat.Sent}) || len(does[machine.Received](c)) != 1 {
		t.Errorf("states %v", got)
	}
	c.says("@label=p1;msgid=m2 :ada!u@h PRIVMSG #r :yes")
	if got := states(c); !slices.Equal(got, []chat.State{chat.Delivered}) {
		t.Errorf("states %v", got)
	}
	c.step(machine.Closed{})
	c.connect(modern)
	c.says(":ada!u@h JOIN #r")
	c.step(toRoom("no")) // not written yet, so it cannot be what history shows
	c.written()
	c.history("#r", "time=2026-01-02T03:00:01.000Z;msgid=m3 :ada!u@h PRIVMSG #r :no")
	if lines := c.written(); len(lines) != 1 || !strings.HasSuffix(lines[0], "PRIVMSG #r :no") {
		t.Errorf("%q", lines)
	}
}

// TestOwnAccount: in history a message of the own account is one's own, under
// whatever nick.
func TestOwnAccount(t *testing.T) {
	c := newTalker(t, Config{Account: "me", Secret: "x"})
	c.connect(modern)
	c.step(machine.Join{Channel: "#r"})
	c.says(":ada!u@h JOIN #r")
	c.history("#r", "time=2026-01-02T03:00:01.000Z;msgid=m1;account=me :phone!u@h PRIVMSG #r :mine",
		"time=2026-01-02T03:00:02.000Z;msgid=m2;account=you :bob!u@h PRIVMSG #r :not mine")
	if got := does[machine.Received](c); len(got) != 1 || len(got[0].Texts) != 2 || !got[0].Texts[0].Own || got[0].Texts[1].Own {
		t.Errorf("%+v", got)
	}
}

// TestAck: a server that labels its answers and echoes nothing acknowledges.
func TestAck(t *testing.T) {
	c := newTalker(t, Config{})
	c.connect("labeled-response message-tags batch")
	c.enter("#r")
	c.written()
	c.step(toRoom("hello"))
	c.writes(tagOf("p1") + " PRIVMSG #r :hello")
	c.says("@label=p2 :s ACK", "@label=p1 :s ACK")
	if got := states(c); !slices.Equal(got, []chat.State{chat.Sent, chat.Delivered}) {
		t.Errorf("states %v", got)
	}
}

// TestKilled: the server dies with one message stored and one not; history tells
// them apart, and each is in the room once.
func TestKilled(t *testing.T) {
	c := newTalker(t, Config{})
	c.connect(modern)
	c.enter("#r")
	c.says("@time=2026-01-02T03:00:00.500Z;msgid=m1 :bob!u@h PRIVMSG #r :before")
	c.step(toRoom("stored"))
	c.step(machine.Post{ID: idB, Target: "#r", Text: "not stored"})
	c.effects = nil
	c.step(machine.Closed{Err: errors.New("killed")})
	c.step(machine.Post{ID: chat.MessageID{3}, Target: "#r", Text: "later"})
	c.written()
	c.connect(modern)
	c.says(":ada!u@h JOIN #r")
	c.writes("CHATHISTORY AFTER #r msgid=m1 3")
	c.step(machine.Tick{})
	c.writes() // nothing is sent before the gap is filled
	c.says("BATCH +h chathistory #r",
		"@batch=h;msgid=m2;time=2026-01-02T03:00:01.000Z :bob!u@h PRIVMSG #r :missed",
		"@batch=h;msgid=m3;time=2026-01-02T03:00:02.000Z;"+outbox.IDTag+"="+idA.String()+" :ada!u@h PRIVMSG #r :stored",
		"@batch=h;msgid=m4;time=2026-01-02T03:00:03.000Z :bob!u@h PRIVMSG #r :more", "BATCH -h")
	c.writes("CHATHISTORY AFTER #r msgid=m4 3") // the page was full
	got := does[machine.Received](c)
	if len(got) != 1 || len(got[0].Texts) != 2 || !got[0].Past || got[0].Texts[1].Body != "more" {
		t.Fatalf("%+v", got)
	}
	if a := does[machine.Advanced](c); a[len(a)-1].ID != idA || a[len(a)-1].State != chat.Delivered {
		t.Errorf("%+v", a)
	}
	c.history("#r")
	lines := c.written()
	if len(lines) != 2 || !strings.HasSuffix(lines[0], "PRIVMSG #r :not stored") || !strings.HasSuffix(lines[1], "PRIVMSG #r :later") {
		t.Errorf("%q", lines)
	}
}

// TestSurfaced: a line in doubt that comes from the connection before, which lives on at
// the server under the nick of then, is not written again.
func TestSurfaced(t *testing.T) {
	c := newTalker(t, Config{})
	c.connect(modern)
	c.enter("#r")
	c.says("@time=2026-01-02T03:00:00.000Z;msgid=m1 :bob!u@h PRIVMSG #r :before")
	c.step(toRoom("mine"))
	c.step(machine.Closed{})
	c.effects = nil
	c.wake()
	c.step(machine.Opened{})
	c.says(":s CAP * LS :"+modern, ":s CAP * ACK :"+modern, ":s 433 * ada :in use", ":s 001 ada_ :x", ":s 422 ada_ :x", ":ada_!u@h JOIN #r")
	tag := outbox.IDTag + "=" + idA.String()
	c.says("@"+tag+" :eve!u@h PRIVMSG #r :forged", "@"+tag+" :ada!u@h PRIVMSG #r :mine")
	c.history("#r", "time=2026-01-02T03:00:01.000Z;msgid=m2 :bob!u@h PRIVMSG #r :more")
	for _, line := range c.written() {
		if strings.Contains(line, "PRIVMSG") {
			t.Errorf("written again: %s", line)
		}
	}
	if got := states(c); !slices.Equal(got, []chat.State{chat.Delivered}) {
		t.Errorf("states %v", got)
	}
	var shown []string
	for _, r := range does[machine.Received](c) {
		for _, text := range r.Texts {
			shown = append(shown, text.From+": "+text.Body)
		}
	}
	if !slices.Equal(shown, []string{"eve: forged", "bob: more"}) {
		t.Errorf("shown %q", shown)
	}
}

// TestGap: when the server knows the message no more the time is asked for, and
// when it does not answer own messages go out at last.
func TestGap(t *testing.T) {
	c := newTalker(t, Config{})
	c.connect(modern)
	c.step(machine.Join{Channel: "#r", Since: c.now})
	c.written()
	c.says(":ada!u@h JOIN #r")
	c.writes("CHATHISTORY AFTER #r timestamp=2026-01-02T02:59:59.000Z 3")
	c.history("#r", "time=2026-01-02T03:00:01.000Z;msgid=m1 :bob!u@h PRIVMSG #r :hi")
	c.step(machine.Closed{})
	c.connect(modern)
	c.says(":ada!u@h JOIN #r")
	c.writes("CHATHISTORY AFTER #r msgid=m1 3")
	c.says(":s FAIL CHATHISTORY INVALID_MSGREFTYPE AFTER #r :gone")
	c.writes("CHATHISTORY AFTER #r timestamp=2026-01-02T03:00:00.000Z 3")
	c.step(toRoom("x"))
	c.writes()
	c.wake()
	c.pass(answerTime)
	c.step(machine.Tick{})
	if lines := c.written(); len(lines) != 1 || !strings.HasSuffix(lines[0], "PRIVMSG #r :x") {
		t.Errorf("%q", lines)
	}
	c.step(machine.Older{Target: "#r", Before: c.now})
	if lines := c.written(); len(lines) != 1 || !strings.HasPrefix(lines[0], "CHATHISTORY BEFORE #r timestamp=") {
		t.Errorf("%q", lines)
	}
	c.history("#r", "time=2026-01-02T02:00:01.000Z;msgid=m0 :bob!u@h PRIVMSG #r :long ago")
	c.step(machine.Older{Target: "#r", Before: c.now, MsgID: "m0"})
	c.writes("CHATHISTORY BEFORE #r msgid=m0 3")
	c.says(":s FAIL CHATHISTORY INVALID_MSGREFTYPE BEFORE #r :gone")
	c.writes("CHATHISTORY BEFORE #r timestamp=" + irc.FormatTime(c.now) + " 3")
	if f := does[machine.Fetched](c); len(f) != 1 || f[0].Count != 1 || f[0].Err != nil {
		t.Errorf("%+v", f)
	}
}

// TestNoTargets: a server that does not tell of private conversations still fills the
// gaps of rooms.
func TestNoTargets(t *testing.T) {
	c := newTalker(t, Config{})
	c.connect(modern)
	c.enter("#r")
	c.says("@time=2026-01-02T03:00:00.000Z;msgid=m1 :bob!u@h PRIVMSG #r :before")
	c.step(toRoom("in doubt"))
	c.step(machine.Closed{})
	c.connect(modern)
	c.says(":ada!u@h JOIN #r", ":s FAIL CHATHISTORY INVALID_PARAMS TARGETS :Unknown subcommand")
	c.writes("CHATHISTORY AFTER #r msgid=m1 3")
	c.history("#r", "time=2026-01-02T03:00:02.000Z;msgid=m3;"+outbox.IDTag+"="+idA.String()+" :ada!u@h PRIVMSG #r :in doubt")
	c.writes()
}

// TestFuture: a time that cannot be hides nothing of a later gap.
func TestFuture(t *testing.T) {
	c := newTalker(t, Config{})
	c.connect(modern)
	c.enter("#r")
	c.says("@time=2026-01-02T03:00:00.000Z;msgid=m1 :bob!u@h PRIVMSG #r :before")
	c.says("@time=2099-01-02T03:00:00.000Z;msgid=m2 :bob!u@h PRIVMSG #r :from far away")
	got := does[machine.Received](c)
	if len(got) != 2 || got[1].Texts[0].Timed || !got[1].Texts[0].Time.Equal(c.now) {
		t.Errorf("%+v", got)
	}
	c.says("@time=2026-01-02T03:00:01.000Z;msgid=m3 :bob!u@h PRIVMSG #r :after")
	c.step(machine.Closed{})
	c.connect(modern)
	c.says(":ada!u@h JOIN #r")
	c.writes("CHATHISTORY AFTER #r msgid=m3 3")
}

// TestAwayTalks: private conversations begun while away are found.
func TestAwayTalks(t *testing.T) {
	c := newTalker(t, Config{Since: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)})
	c.wake()
	c.step(machine.Opened{})
	c.says(":s CAP * LS :"+modern, ":s CAP * ACK :"+modern, ":s 001 ada :x")
	c.written()
	c.says(":s 422 ada :x")
	c.writes("CHATHISTORY TARGETS timestamp=2025-12-31T23:59:59.000Z timestamp=2026-01-02T03:01:00.000Z 50")
	c.says("BATCH +t draft/chathistory-targets", "@batch=t CHATHISTORY TARGETS bob 2026-01-01T05:00:00.000Z",
		"@batch=t CHATHISTORY TARGETS #r 2026-01-01T05:00:00.000Z", "BATCH -t")
	c.writes("CHATHISTORY AFTER bob timestamp=2025-12-31T23:59:59.000Z 100")
	c.history("bob", "time=2026-01-01T05:00:00.000Z;msgid=m0 :bob!u@h PRIVMSG ada :are you there?")
	if got := does[machine.Received](c); len(got) != 1 || got[0].Target != "bob" || got[0].Texts[0].Body != "are you there?" {
		t.Errorf("%+v", got)
	}
}

func TestAction(t *testing.T) {
	c := newTalker(t, Config{})
	c.connect("echo-message")
	c.enter("#r")
	c.written()
	c.step(toRoom("/me waves"))
	c.writes("PRIVMSG #r :\x01ACTION waves\x01", "PING after1")
	c.says(":ada!u@h PRIVMSG #r :\x01ACTION waves\x01", ":bob!u@h PRIVMSG #r :\x01ACTION bows\x01")
	if got := states(c); !slices.Equal(got, []chat.State{chat.Sent, chat.Delivered}) {
		t.Errorf("states %v", got)
	}
	if got := does[machine.Received](c); len(got) != 1 || got[0].Texts[0].Body != "/me bows" {
		t.Errorf("%+v", got)
	}
	c.says(":bob!u@h PRIVMSG ada :\x01VERSION\x01", ":bob!u@h NOTICE ada :\x01VERSION x\x01", ":bob!u@h PRIVMSG ada :\x01DCC SEND x\x01")
	c.writes("NOTICE bob :\x01VERSION Parlance\x01")
	if got := does[machine.Received](c); len(got) != 0 {
		t.Errorf("%+v", got)
	}
}
