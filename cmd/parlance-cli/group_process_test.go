package main

import (
	"strings"
	"testing"
)

// TestGroupOfProcesses has three devices on one machine talk in a group.
func TestGroupOfProcesses(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	ada, bob, carol := p.up("Ada"), p.up("Bob"), p.up("Carol")
	ada.out.wait(t, `"name":"Bob","state":"online"`, `"name":"Carol","state":"online"`)

	if r := p.run("Ada", "group", "create", "Lunch", "Bob", "Carol"); r.code != exitDone {
		t.Fatalf("create: %+v", r)
	}
	r := p.run("Ada", "--json", "send", "--wait", "20s", "Lunch", "At noom, @Bob?")
	v := r.values()
	if r.code != exitDone || len(v) != 1 || v[0]["state"] != "delivered" {
		t.Fatalf("send: %+v", r)
	}
	id := v[0]["id"].(string)
	bob.out.wait(t, `"text":"At noom, @Bob?"`, `"mentioned":true`)
	carol.out.wait(t, `"text":"At noom, @Bob?"`)

	if r = p.run("Ada", "edit", id, "At noon, @Bob?"); r.code != exitDone {
		t.Errorf("edit: %+v", r)
	}
	carol.out.wait(t, `"event":"changed"`, `"text":"At noon, @Bob?"`)
	bob.out.wait(t, `"text":"At noon, @Bob?"`)
	if r = p.run("Bob", "react", id, "👍"); r.code != exitDone {
		t.Errorf("react: %+v", r)
	}
	ada.out.wait(t, `"text":"👍"`)
	r = p.run("Bob", "--json", "send", "--wait", "20s", "--reply", id[:13], "Lunch", "Yes")
	if v = r.values(); r.code != exitDone || len(v) != 1 {
		t.Fatalf("reply: %+v", r)
	}
	reply := v[0]["id"].(string)
	ada.out.wait(t, `"text":"Yes"`)

	if r = p.run("Ada", "receipts", id); !strings.Contains(r.out, "Bob    delivered\nCarol  delivered\n") {
		t.Errorf("receipts: %+v", r)
	}
	if r = p.run("Ada", "revisions", id); !strings.Contains(r.out, "At noom") || !strings.Contains(r.out, "At noon") {
		t.Errorf("revisions: %+v", r)
	}
	r = p.run("Carol", "history", "Lunch")
	for _, want := range []string{"· Ada founded the group “Lunch” with Bob and you\n", "Ada (edited): At noon, @Bob?\n       └ 👍 Bob\n", "       ┌ Ada: At noon, @Bob?\n"} {
		if !strings.Contains(r.out, want) {
			t.Errorf("Carol's history has no %q:\n%s%s", want, r.out, r.err)
		}
	}
	if r = p.run("Bob", "retract", reply); r.code != exitDone {
		t.Errorf("retract: %+v", r)
	}
	carol.out.wait(t, `"retracted":true`)
	if r = p.run("Carol", "history", "Lunch"); !strings.Contains(r.out, "Bob (taken back)\n") || strings.Contains(r.out, "Yes") {
		t.Errorf("Carol still reads it: %+v", r)
	}

	if r = p.run("Ada", "group", "remove", "Lunch", "Carol"); r.code != exitDone {
		t.Errorf("remove: %+v", r)
	}
	carol.out.wait(t, `"kind":"removed"`)
	if r = p.run("Carol", "send", "Lunch", "am I here?"); r.code != exitFailed {
		t.Errorf("a removed member writes: %+v", r)
	}
	if r = p.run("Ada", "send", "--wait", "20s", "Lunch", "only Bob gets this"); r.code != exitDone {
		t.Errorf("send: %+v", r)
	}
	if r = p.run("Carol", "history", "Lunch"); strings.Contains(r.out, "only Bob") {
		t.Errorf("a removed member reads: %+v", r)
	}
	if r = p.run("Bob", "group", "leave", "Lunch"); r.code != exitDone {
		t.Errorf("leave: %+v", r)
	}
	ada.out.wait(t, `"kind":"left"`)
}

// TestLobbyOfProcesses has two who never met talk to everyone near.
func TestLobbyOfProcesses(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	ada, bob := p.up("Ada"), p.up("Bob")
	ada.out.wait(t, `"name":"Bob","state":"online"`)
	if r := p.run("Ada", "send", "--wait", "20s", "lobby", "is anybody here?"); r.code != exitDone {
		t.Errorf("send: %+v", r)
	}
	bob.out.wait(t, `"text":"is anybody here?"`)
	if r := p.run("Bob", "lobby", "leave"); r.code != exitDone {
		t.Errorf("leave: %+v", r)
	}
	if r := p.run("Bob", "send", "lobby", "x"); r.code != exitFailed {
		t.Errorf("who left writes: %+v", r)
	}
	if r := p.run("Bob", "lobby", "join"); r.code != exitDone {
		t.Errorf("join: %+v", r)
	}
}

// TestGroupOfFreshProfile founds a group, and edits what is said in it, with
// nothing but single commands.
func TestGroupOfFreshProfile(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	bob := p.up("Bob")
	if r := p.run("Ada", "--name", "Ada", "group", "create", "Lunch", "Bob"); r.code != exitDone || r.err != "" {
		t.Fatalf("create: %+v", r)
	}
	bob.out.wait(t, `"kind":"founded"`, `"request":true`)
	if r := p.run("Bob", "join", "Lunch"); r.code != exitDone {
		t.Errorf("join: %+v", r)
	}
	r := p.run("Ada", "send", "--wait", "20s", "Lunch", "At noom")
	if r.code != exitDone {
		t.Fatalf("send: %+v", r)
	}
	if r := p.run("Ada", "edit", strings.TrimSpace(r.out), "At noon"); r.code != exitDone {
		t.Errorf("edit: %+v", r)
	}
	bob.out.wait(t, `"text":"At noon"`)
}
