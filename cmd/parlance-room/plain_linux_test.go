package main

import (
	"strings"
	"testing"

	"github.com/parlance-chat/parlance/netcore/netlab/tutorial"
)

// TestPlain: clients of each tutorial's kind, as one finds them, are in one room with
// an IRC client.
func TestPlain(t *testing.T) {
	free := freeAddresses(t, 3)
	broadcast, addressed, paired := portOf(free[0]), portOf(free[1]), portOf(free[2])
	r := up(t, t.TempDir(), "", "--plain", "broadcast="+free[0]+",#room", "--plain", "addressed="+free[1]+",#room", "--plain", "paired="+free[2]+",#room")
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
