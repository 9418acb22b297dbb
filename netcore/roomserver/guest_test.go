package roomserver

import (
	"net"
	"regexp"
	"strings"
	"testing"

	"github.com/parlance-chat/parlance/netcore/netlab/tutorial"
	"github.com/parlance-chat/parlance/netcore/roomserver/plain"
)

// port returns the first one for plain-text clients.
func (w *world) port() string {
	w.t.Helper()
	for _, l := range w.listeners {
		if l.port != nil {
			_, port, err := net.SplitHostPort(l.Addr().String())
			if err != nil {
				w.t.Fatal(err)
			}
			return port
		}
	}
	w.t.Fatal("no port for plain-text clients")
	return ""
}

// inRoom waits until the room has so many members.
func (c *client) inRoom(want int) {
	c.t.Helper()
	wait(c.t, "all are in the room", func() bool {
		c.send("NAMES #lobby")
		names := c.expect(" 353 ")
		return len(strings.Fields(names[strings.LastIndex(names, ":")+1:])) == want
	})
}

func TestBroadcastClients(t *testing.T) {
	w := start(t, Config{Plain: []Plain{{Dialect: plain.Broadcast, Address: "127.0.0.1:0"}}})
	ann := w.join("ann", "#lobby")
	one, two := tutorial.Start(t, "broadcast_client", w.port()), tutorial.Start(t, "broadcast_client", w.port())
	one.Prints("ready")
	two.Prints("ready")
	ann.inRoom(3)
	one.Types("Zoë: hello all")
	one.Prints("got Zoë: hello all") // the sender too
	two.Prints("got Zoë: hello all")
	if line := ann.expect("PRIVMSG"); !strings.Contains(line, "!plain@127.0.0.1 PRIVMSG #lobby :Zoë: hello all") {
		t.Errorf("in the room: %q", line)
	}
	ann.send("PRIVMSG #lobby :hello yourself")
	one.Prints("got ann: hello yourself")
	two.Prints("got ann: hello yourself")
	w.stop()
	one.Prints("disconnected")
}

func TestAddressedClients(t *testing.T) {
	w := start(t, Config{Password: "secret", Plain: []Plain{{Dialect: plain.Addressed, Address: "127.0.0.1:0", Room: "#lobby"}}})
	ann := dial(t, w.address())
	ann.send("PASS secret")
	ann.enter("ann", "#lobby")
	one, two := tutorial.Start(t, "addressed_client", w.port()), tutorial.Start(t, "addressed_client", w.port())
	for p, name := range map[*tutorial.Program]string{one: "tom", two: "kim"} {
		if line := p.Line(); !strings.HasPrefix(line, "got You are connected from:127.0.0.1:") {
			t.Fatalf("greeted with %q", line)
		}
		p.Types("#" + name)
		p.Prints("got Your user detail saved as : " + name)
	}
	ann.inRoom(3)
	one.Types("@KIM:hello kim")
	two.Prints("got hello kim")
	two.Types("@ann:are you there?")
	ann.expect(":kim!plain@127.0.0.1 PRIVMSG ann :are you there?")
	ann.send("PRIVMSG kim :yes: here")
	two.Prints("got ann: yes: here")
	two.Types("hello room")
	ann.expect(":kim!plain@127.0.0.1 PRIVMSG #lobby :hello room")
	one.Prints("got hello room")
	one.Types("@nobody:hello")
	one.Prints("got Not sent: No such nick/channel")
}

func TestPairedClient(t *testing.T) {
	w := start(t, Config{Name: "home.lan", Plain: []Plain{{Dialect: plain.Paired, Address: "127.0.0.1:0"}}})
	ann := w.join("ann", "#lobby")
	tom := tutorial.Start(t, "paired_client", w.port(), "Tom Sawyer")
	tom.Prints("got home.lan")
	ann.inRoom(2)
	tom.Types("hi there")
	ann.expect(":Tom_Sawyer!plain@127.0.0.1 PRIVMSG #lobby :hi there")
	ann.send("PRIVMSG #lobby :hi Tom")
	tom.Prints("got ann: hi Tom")
	second := tutorial.Start(t, "paired_client", w.port(), "Tom Sawyer")
	second.Prints("got home.lan")
	ann.inRoom(3)
	second.Types("another one")
	// Which number makes a name another one is left open.
	if line := tom.Line(); !regexp.MustCompile(`^got Tom_Sawyer\d+: another one$`).MatchString(line) {
		t.Errorf("printed %q", line)
	}
}

func TestParsePlain(t *testing.T) {
	got, err := ParsePlain("addressed=:12345,#plain")
	if want := (Plain{plain.Addressed, ":12345", "#plain"}); got != want || err != nil {
		t.Errorf("got %v, %v", got, err)
	}
	got, err = ParsePlain("paired=[::1]:8080")
	if want := (Plain{plain.Paired, "[::1]:8080", DefaultRoom}); got != want || err != nil {
		t.Errorf("got %v, %v", got, err)
	}
	for _, bad := range []string{"", "broadcast", "irc=:1", "paired=:1,room", "paired=:1,#a b"} {
		if got, err := ParsePlain(bad); err == nil {
			t.Errorf("%q is %v", bad, got)
		}
	}
}
