package main

import (
	"net"
	"strings"
	"testing"

	"github.com/parlance-chat/parlance/netcore/netlab/tutorial"
)

// freePort returns a port of loopback that nobody listens on.
func freePort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// TestPlain: clients of each tutorial's kind, as one finds them, are in one room with
// an IRC client.
func TestPlain(t *testing.T) {
	broadcast, addressed, paired := freePort(t), freePort(t), freePort(t)
	r := up(t, t.TempDir(), "", "--plain", "broadcast=127.0.0.1:"+broadcast+",#room",
		"--plain", "addressed=127.0.0.1:"+addressed+",#room", "--plain", "paired=127.0.0.1:"+paired+",#room")
	ann := r.join("ann")

	one := tutorial.Start(t, "broadcast_client", broadcast)
	one.Prints("ready")
	ann.expect("JOIN #room")
	one.Types("Grüße an alle")
	ann.expect("PRIVMSG #room :Grüße an alle")
	one.Prints("got Grüße an alle")

	two := tutorial.Start(t, "addressed_client", addressed)
	if line := two.Line(); !strings.HasPrefix(line, "got You are connected from:127.0.0.1:") {
		t.Fatalf("greeted with %q", line)
	}
	two.Types("#Tom")
	if line := two.Line(); !strings.EqualFold(line, "got Your user detail saved as : tom") {
		t.Fatalf("registered with %q", line)
	}
	ann.send("PRIVMSG tom :just you")
	two.Prints("got ann: just you")
	two.Types("@ann:yes")
	ann.expect("PRIVMSG ann :yes")

	three := tutorial.Start(t, "paired_client", paired, "Kim")
	three.Prints("got parlance.local")
	ann.expect("NICK :Kim")
	three.Types("hello")
	ann.expect("PRIVMSG #room :hello")
	one.Prints("got Kim: hello")
	two.Prints("got Kim: hello")
	ann.send("PRIVMSG #room :hello Kim")
	three.Prints("got ann: hello Kim")
}
