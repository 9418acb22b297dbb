package main

import (
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/parlance-chat/parlance/cmd/parlance-cli/show"
	"github.com/parlance-chat/parlance/cmd/parlance-cli/talk"
	"github.com/parlance-chat/parlance/netcore"
	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/control/controltest"
)

// sit has the desk's person talk at a terminal of some columns, and returns
// what is typed there and what is seen.
func (d *desk) sit(columns int, args ...string) *running {
	d.t.Helper()
	keys, typed := io.Pipe()
	seen := newScreen()
	var left atomic.Bool
	d.world.terminal = func() *talk.Terminal {
		return talk.NewTerminal(struct {
			io.Reader
			io.Writer
		}{keys, seen}, func() (int, int, error) { return columns, 24, nil }, func() { left.Store(true) })
	}
	d.t.Cleanup(func() { // after the command's own
		if !left.Load() {
			d.t.Error("the terminal was not given back")
		}
	})
	c := d.start(append([]string{"chat"}, args...)...)
	c.in, c.out = typed, seen
	d.t.Cleanup(func() { typed.Close() })
	return c
}

func TestChat(t *testing.T) {
	d := newDesk(t)
	d.fill()
	d.node.Put(chat.Peer{ID: controltest.ID("eve"), Name: "Eve", State: chat.Offline, Trust: chat.New})
	c := d.sit(60, "Bob")
	c.out.wait(t, "You talk with Bob", "03:05  Bob #1: one\r\n", "03:07  You #3 (delivered): three\r\n", talk.Prompt)

	c.types("hello\r")
	d.waitTexts("hello")
	if list, _ := d.node.Conversations(t.Context()); list[0].Unread != 0 {
		t.Errorf("%d unread of a conversation that is on the screen", list[0].Unread)
	}

	// What comes in stands above the line that is being typed.
	c.types("half a li")
	c.out.wait(t, "half a li")
	d.node.Receive(controltest.Bob(), "between")
	c.out.wait(t, "Bob #5: between\r\n> half a li")
	c.types("ne\r")
	d.waitTexts("half a line")

	d.node.Receive(chat.Peer{ID: controltest.ID("eve"), Name: "Eve"}, "psst\nhere")
	c.out.wait(t, "· Eve says elsewhere: psst here\r\n")

	bob := controltest.Bob()
	bob.State = chat.Offline
	d.node.Put(bob)
	c.out.wait(t, "· Bob left.")
	bob.State = chat.Online
	d.node.Put(bob)
	c.out.wait(t, "· Bob is here.")

	c.types("//etc/passwd\r")
	d.waitTexts("/etc/passwd")
	c.types("/dance\r")
	c.out.wait(t, "There is no /dance")
	c.types("/help\r")
	c.out.wait(t, "/to NAME", "/quit")
	c.types("/peers\r")
	c.out.wait(t, "Eve", "offline")
	c.types("/history many\r")
	c.out.wait(t, "not a number")
	c.types("/history 1\r")
	c.out.wait(t, "You #7 (delivered): /etc/passwd\r\n")
	c.types("/to nobody\r")
	c.out.wait(t, `"nobody" is unknown`)
	c.types("/to Eve\r")
	c.out.wait(t, "You talk with Eve", "Eve #8: psst\r\n")
	c.types("\r")
	c.types("/quit\r")
	c.ends(exitDone)
	if got := d.texts(); len(got) != 7 {
		t.Errorf("the conversation with Bob holds %q", got)
	}
}

// waitTexts waits until the newest message to Bob is text.
func (d *desk) waitTexts(text string) {
	d.t.Helper()
	for deadline := time.Now().Add(longest); ; time.Sleep(time.Millisecond) {
		if got := d.texts(); len(got) > 0 && got[len(got)-1] == text {
			return
		} else if time.Now().After(deadline) {
			d.t.Fatalf("no %q in %q", text, got)
		}
	}
}

func TestChatChooses(t *testing.T) {
	d := newDesk(t)
	c := d.sit(80)
	c.out.wait(t, "Nobody is here yet. Looking on eth0 (10.77.0.1/24)")
	d.node.Put(controltest.Bob())
	c.out.wait(t, "  1  Lobby  lobby\r\n", "  2  Bob  online\r\n")
	other := controltest.Bob()
	other.ID = controltest.ID("other")
	d.node.Put(other)
	c.out.wait(t, "  3  Bob ("+other.ID.Short()+")  online\r\n")
	c.types("\r")
	c.out.wait(t, "  1  Bob (", "  2  Bob (", "a number or a name")
	c.types("/history\r")
	c.out.wait(t, "Choose somebody first")
	c.types("Bob\r")
	c.out.wait(t, `"Bob" is ambiguous`)
	c.types("7\r")
	c.out.wait(t, `"7" is unknown`)
	c.types("1\r")
	c.out.wait(t, "You talk with Bob")
	c.types("hi\r")
	c.types("/to\r")
	c.types("udp://10.0.0.7:12345\r")
	c.out.wait(t, "You talk with 10.0.0.7:12345: not encrypted")
	c.types("\x04") // Ctrl+D
	c.ends(exitDone)
	sent := 0
	for _, peer := range d.node.Peers() {
		list, _ := d.node.History(t.Context(), chat.DirectID(controltest.ID("Ada"), peer.ID), netcore.Page{Limit: 10})
		sent += len(list)
	}
	if sent != 1 {
		t.Errorf("%d messages", sent)
	}
}

func TestChatEnds(t *testing.T) {
	for name, end := range map[string]func(*running){
		"Ctrl+C":      func(c *running) { c.types("half\x03") },
		"Ctrl+D":      func(c *running) { c.types("\x04") },
		"a hangup":    func(c *running) { c.in.Close() },
		"a signal":    func(c *running) { c.leave() },
		"the command": func(c *running) { c.types("/quit\r") },
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			d.node.Put(controltest.Bob())
			c := d.sit(80, "Bob")
			c.out.wait(t, talk.Prompt)
			end(c)
			c.ends(exitDone)
			if got := d.texts(); len(got) != 0 {
				t.Errorf("sent %q", got)
			}
		})
	}
}

// TestChatUnknown finds that errors come after the terminal was given back.
func TestChatUnknown(t *testing.T) {
	d := newDesk(t)
	d.node.Put(controltest.Bob())
	c := d.sit(80, "carol")
	c.ends(exitUsage)
	c.err.wait(t, "parlance-cli: ", "carol", "Bob")
	if strings.Contains(c.out.String(), "carol") {
		t.Errorf("seen %q", c.out)
	}
}

func TestChatPaste(t *testing.T) {
	d := newDesk(t)
	d.node.Put(controltest.Bob())
	c := d.sit(80, "Bob")
	c.out.wait(t, talk.Prompt)
	c.types("\x1b[200~one\rtwo\rthree\x1b[201~")
	c.types(" and four\r")
	d.waitTexts("one\ntwo\nthree and four")
}

func TestChatErrors(t *testing.T) {
	d := newDesk(t)
	bob := controltest.Bob()
	d.node.Put(bob)
	c := d.sit(80, "Bob")
	c.out.wait(t, talk.Prompt)
	bob.Trust = chat.Blocked
	d.node.Put(bob)
	c.types("hi\r")
	c.out.wait(t, "· refused: Bob is blocked")
	c.types("/quit\r")
	c.ends(exitDone)
}

// TestChatSaysWhatWaits finds that a message which does not arrive is not
// passed over in silence.
func TestChatSaysWhatWaits(t *testing.T) {
	d := newDesk(t)
	bob := controltest.Bob()
	id := d.node.Put(bob)
	d.node.HoldBack(true)
	c := d.sit(80, "Bob")
	c.out.wait(t, talk.Prompt)
	c.types("are you there?\r")
	c.out.wait(t, "· Not there yet, and kept until it is: are you there?")
	list, _ := d.node.History(t.Context(), id, netcore.Page{Limit: 1})
	d.node.Move(bob, chat.Delivered, list[0].ID)
	c.out.wait(t, "· Delivered: are you there?")
	c.types("/quit\r")
	c.ends(exitDone)
}

// TestChatOutlivesProgram finds that a chat goes on when the program that had
// the profile open ends.
func TestChatOutlivesProgram(t *testing.T) {
	d := newDesk(t)
	d.node.Put(controltest.Bob())
	s := d.serve()
	c := d.sit(80, "Bob")
	c.out.wait(t, talk.Prompt)
	s.Close()
	c.out.wait(t, "this chat goes on")
	c.types("still here\r")
	d.waitTexts("still here")
	d.node.Receive(controltest.Bob(), "good")
	c.out.wait(t, "Bob #2: good")
	c.types("/quit\r")
	c.ends(exitDone)
	if d.opened.Load() != 1 {
		t.Errorf("opened %d times", d.opened.Load())
	}
}

// TestChatFromElsewhere finds what another program writes with this profile.
func TestChatFromElsewhere(t *testing.T) {
	d := newDesk(t)
	d.node.Put(controltest.Bob())
	c := d.sit(80, "Bob")
	c.out.wait(t, talk.Prompt)
	c.types("from here\r")
	d.waitTexts("from here")
	d.run("send", "Bob", "from the other window")
	c.out.wait(t, "You #2 (queued): from the other window\r\n")
	if strings.Contains(c.out.String(), "): from here\r\n") {
		t.Errorf("shown twice:\n%s", c.out)
	}
}

func TestChatNotice(t *testing.T) {
	d := newDesk(t)
	d.node.Put(controltest.Bob())
	d.notices = []chat.Notice{{Text: "Something was wrong."}}
	c := d.sit(80, "Bob")
	c.out.wait(t, talk.Prompt, "Something was wrong.\r\n")
	d.node.Emit(d.notices[0])
	d.node.Emit(chat.Notice{Text: "Something else is."})
	c.out.wait(t, "Something else is.\r\n")
	if strings.Count(c.out.String(), "Something was wrong.") != 1 {
		t.Errorf("seen\n%s", c.out)
	}
}

func TestChatLagged(t *testing.T) {
	d := newDesk(t)
	d.node.Put(controltest.Bob())
	c := d.sit(80, "Bob")
	c.out.wait(t, talk.Prompt)
	d.node.Emit(chat.Lagged{})
	c.out.wait(t, "/history shows what was said")
}

// TestPipedChat sends each line of a pipe, prints what comes, and ends after
// the delivery.
func TestPipedChat(t *testing.T) {
	d := newDesk(t)
	d.world.linger = longest
	d.node.Put(controltest.Bob())
	c := d.start("chat", "Bob")
	c.types("one\n\n/quit\n//\n")
	d.waitTexts("//")
	d.node.Receive(controltest.Bob(), "answer\nof two lines")
	c.out.wait(t, "Bob: answer\n"+show.Indent+"of two lines\n")
	c.types("last")
	c.in.Close()
	c.ends(exitDone)
	want := "one|/quit|//|answer\nof two lines|last"
	if got := strings.Join(d.texts(), "|"); got != want {
		t.Errorf("got %q", got)
	}
	if out := c.out.String(); strings.Count(out, "\n") != 2 || c.err.String() != "" {
		t.Errorf("printed %q, said %q", out, c.err)
	}
}

func TestPipedChatJSON(t *testing.T) {
	d := newDesk(t)
	d.world.linger = longest
	d.node.Put(controltest.Bob())
	c := d.start("--json", "chat", "Bob")
	c.types("one\n")
	c.out.wait(t, `"state":"delivered"`)
	d.node.Receive(chat.Peer{ID: controltest.ID("eve"), Name: "Eve"}, "elsewhere")
	d.node.Receive(controltest.Bob(), "answer")
	c.out.wait(t, `"text":"answer"`)
	c.in.Close()
	c.ends(exitDone)
	r := result{t, c.out.String(), c.err.String(), exitDone}
	events := ""
	for _, v := range r.values() {
		events += v["event"].(string) + " "
	}
	if events != "message state state message " || strings.Contains(r.out, "elsewhere") {
		t.Errorf("printed\n%s", r.out)
	}
}

// TestPipedChatWaits finds that a chat from a pipe waits for its messages to
// arrive, but not for ever.
func TestPipedChatWaits(t *testing.T) {
	d := newDesk(t)
	bob := controltest.Bob()
	id := d.node.Put(bob)
	d.node.HoldBack(true)
	c := d.start("chat", "Bob")
	c.types("one\n")
	c.in.Close()
	c.ends(exitDone)
	c.err.wait(t, "1 of the messages", "kept")

	d.world.linger = longest
	c = d.start("chat", "Bob")
	c.types("two\n")
	c.in.Close()
	d.waitTexts("two")
	list, _ := d.node.History(t.Context(), id, netcore.Page{Limit: 1})
	select {
	case <-c.done:
		t.Fatal("did not wait")
	case <-time.After(200 * time.Millisecond):
	}
	d.node.Move(bob, chat.Delivered, list[0].ID)
	c.ends(exitDone)
	if c.err.String() != "" {
		t.Errorf("said %q", c.err)
	}
}

func TestPipedChatFails(t *testing.T) {
	for _, tt := range []struct{ name, in, say string }{
		{"bad UTF-8", "\xff\n", "UTF-8"},
		{"a line too long", strings.Repeat("x", chat.MaxText+1) + "\n", "in parts"},
		{"a line far too long", strings.Repeat("x", 2*chat.MaxText) + "\n", "in parts"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := newDesk(t)
			d.node.Put(controltest.Bob())
			d.world.in = strings.NewReader("first\n" + tt.in + "last\n")
			r := d.run("chat", "Bob")
			if r.code != exitFailed || !strings.Contains(r.err, tt.say) {
				t.Errorf("code %d: %s", r.code, r.err)
			}
			if got := strings.Join(d.texts(), "|"); got != "first" {
				t.Errorf("sent %q", got)
			}
		})
	}
}
