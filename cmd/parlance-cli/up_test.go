package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/parlance-chat/parlance/cmd/parlance-cli/show"
	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/control/controltest"
)

func TestUp(t *testing.T) {
	d := newDesk(t)
	c := d.start("up")
	ada, bob := controltest.ID("Ada"), controltest.Bob()
	c.out.wait(t, "Ada is on the network as "+ada.Short()+" at 10.77.0.1:47475; press Ctrl+C to leave\n")
	id := d.node.Put(bob)
	c.out.wait(t, "  Bob is here (10.77.0.2:47475)\n")
	bob.Trust, bob.Addresses = chat.Verified, nil
	d.node.Put(bob) // nothing that concerns people
	bob.Name = "Robert"
	d.node.Put(bob)
	c.out.wait(t, "  Bob is called Robert now\n")
	bob.Name = "Bob"
	d.node.Put(bob)
	d.node.Receive(bob, "one\nof two lines")
	c.out.wait(t, ": one\n"+show.Indent+"of two lines\n")
	if r := d.run("send", "Bob", "two"); r.code != exitDone { // through the socket
		t.Errorf("send: %+v", r)
	}
	c.out.wait(t, "  You to Bob: two\n", "  delivered to Bob\n")
	other := bob
	other.ID, other.Trust = controltest.ID("other"), chat.New
	d.node.Put(other)
	c.out.wait(t, "  Bob ("+other.ID.Short()+") is here, somebody new")
	other.Trust = chat.Changed
	d.node.Put(other)
	c.out.wait(t, "with another key than before")
	bob.State = chat.Offline
	d.node.Put(bob)
	c.out.wait(t, "  Bob ("+bob.ID.Short()+") left\n")
	d.node.Emit(chat.Lagged{})
	c.out.wait(t, "nothing is lost")
	if _, err := d.node.Send(t.Context(), id, "to a conversation that is known"); err != nil {
		t.Fatal(err)
	}
	c.out.wait(t, "You to Bob: to a conversation")
	c.leave()
	c.ends(exitDone)
	if n := strings.Count(c.out.String(), "Bob is here"); n != 1 {
		t.Errorf("Bob came %d times:\n%s", n, c.out)
	}
	if c.err.String() != "" || d.opened.Load() != 1 {
		t.Errorf("said %q, opened %d times", c.err, d.opened.Load())
	}
}

func TestUpJSON(t *testing.T) {
	d := newDesk(t)
	d.node.Put(controltest.Bob())
	c := d.start("up", "--json")
	c.out.wait(t, `"ready"`, `"peer"`)
	d.node.Receive(controltest.Bob(), "one", "two")
	c.out.wait(t, `"text":"two"`)
	c.leave()
	c.ends(exitDone)
	var names []string
	for line := range strings.Lines(c.out.String()) {
		var v struct{ Event, Time string }
		if err := json.Unmarshal([]byte(line), &v); err != nil || v.Time == "" {
			t.Errorf("%q: %v", line, err)
		}
		names = append(names, v.Event)
	}
	if got := strings.Join(names, " "); got != "ready peer message message" {
		t.Errorf("printed %s:\n%s", got, c.out)
	}
}
