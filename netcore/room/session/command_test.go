package session

import (
	"slices"
	"strings"
	"testing"

	"github.com/parlance-chat/parlance/netcore/irc"
	"github.com/parlance-chat/parlance/netcore/room/machine"
)

// TestCommand: a command ends with the server's answer to the PING behind it, and
// what the server refuses before that is refused to it.
func TestCommand(t *testing.T) {
	c := newTalker(t, Config{})
	ask := func(params ...string) {
		c.step(machine.Command{Message: irc.New("", params[0], params[1:]...)})
	}
	done := func(want ...string) {
		t.Helper()
		var got []string
		for _, e := range does[machine.Done](c) {
			got = append(got, e.Why)
		}
		if !slices.Equal(got, want) {
			t.Fatalf("done: %q, want %q", got, want)
		}
	}
	c.connect(modern)
	c.enter("#r")
	c.effects = nil

	ask("TOPIC", "#r", "x")
	ask("KICK", "#r", "bob")
	c.writes("TOPIC #r x", "PING asked", "KICK #r bob", "PING asked")
	c.says(":s 482 ada #r :You're not channel operator", ":s 461 ada TOPIC :And more.")
	done()
	c.says(":s PONG s :asked")
	done("You're not channel operator (#r)")
	c.says(":bob!u@h KICK #r bob :x", ":s PONG s :asked")
	done("")
	ask("INVITE", "bob", "#r")
	c.says("FAIL INVITE NO_WAY bob :Not today.", ":s PONG s :asked")
	done("Not today")
	if said := does[machine.Said](c); len(said) != 0 {
		t.Errorf("refusals stand in the server's conversation, too: %+v", said)
	}
	c.says(":s 482 ada #r :You're not channel operator")
	if said := does[machine.Said](c); len(said) != 1 {
		t.Errorf("a refusal of nothing that was asked is said %d times", len(said))
	}

	ask("AWAY", "out")
	c.says(":s 306 ada :You have been marked as being away", ":s PONG s :asked")
	if done := does[machine.Done](c); len(done) != 1 || done[0] != (machine.Done{Text: "You have been marked as being away"}) {
		t.Errorf("the answer to /away: %+v", done)
	}
	if who := c.who("#r"); !strings.Contains(who, "ada away") {
		t.Errorf("%s: who is away is not shown so", who)
	}
	ask("AWAY")
	c.says(":s 305 ada :You are back", ":s PONG s :asked")
	done("")
	if who := c.who("#r"); strings.Contains(who, "away") {
		t.Errorf("%s: who is back is not shown so", who)
	}

	ask("INVITE", "bob", "#r")
	c.says(":s 341 ada bob #r", ":s PONG s :asked")
	if done := does[machine.Done](c); len(done) != 1 || done[0] != (machine.Done{Text: "bob is invited to #r"}) {
		t.Errorf("the answer to /invite: %+v", done)
	}
	if said := does[machine.Said](c); len(said) != 0 {
		t.Errorf("answers stand in the server's conversation, too: %+v", said)
	}
	c.says(":s 306 ada :You have been marked as being away")
	if said := does[machine.Said](c); len(said) != 1 {
		t.Errorf("what was not asked for is said %d times", len(said))
	}

	ask("MODE", "#r", "+i")
	c.step(machine.Closed{})
	done("the connection was lost before the server answered")
	ask("MODE", "#r", "+i")
	done("there is no connection to the server now")
}

// TestNickCommand: a nick that was given stays after a reconnect, and one that was
// refused is not tried again.
func TestNickCommand(t *testing.T) {
	c := newTalker(t, Config{})
	c.connect(modern)
	try := func(nick string, answers ...string) (why string) {
		c.step(machine.Command{Message: irc.New("", "NICK", nick)})
		c.says(append(answers, ":s PONG s :asked")...)
		done := does[machine.Done](c)
		if len(done) != 1 {
			t.Fatalf("%+v", done)
		}
		return done[0].Why
	}
	tries := func(nick string) {
		t.Helper()
		c.step(machine.Closed{})
		c.wake()
		c.effects = nil
		c.step(machine.Opened{})
		if lines := c.written(); !slices.Contains(lines, "NICK "+nick) {
			t.Errorf("after a reconnect it tries %q", lines)
		}
	}
	if why := try("bob", ":s 433 ada bob :Nickname is already in use"); why != "the nick bob cannot be had: Nickname is already in use" {
		t.Errorf("%q", why)
	}
	tries("ada")
	c.says(":s 001 ada :x", ":s 422 ada :x")
	if why := try("eve", ":ada!u@h NICK eve"); why != "" {
		t.Errorf("%q", why)
	}
	tries("eve")
}
