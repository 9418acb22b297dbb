package book

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/room/dial"
	"github.com/parlance-chat/parlance/netcore/room/machine"
)

// TestBounded: however much a server says, not much of it is held.
func TestBounded(t *testing.T) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	b := New(nil, "irc://host:6667")
	for i := range 2 * maxMessages {
		id := uuid.New()
		b.Remember(id)
		line := strings.Repeat("x", 8000) + fmt.Sprint(i)
		b.Call(id, line[8000:], true)
		b.Call(id, line, true)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 16<<20 {
		t.Errorf("%d bytes", grown)
	}
	if len(b.known) != maxMessages || len(b.named) != maxMessages {
		t.Errorf("%d known, %d named", len(b.known), len(b.named))
	}
	by := func(n int) chat.Reaction {
		return chat.Reaction{From: chat.Author{Address: fmt.Sprint(n)}, Text: "x"}
	}
	one, two := b.order[0], b.order[1]
	for n := range maxReactions + 10 {
		b.React(one, by(n), false)
		b.React(one, by(n), false)
	}
	b.React(two, by(1), false)
	b.React(two, by(2), false)
	if len(b.Reactions(one)) != maxReactions || b.reacted != maxReactions+2 {
		t.Errorf("%d reactions to one, %d to all", len(b.Reactions(one)), b.reacted)
	}
	if b.Remember(uuid.New()); b.reacted != 2 || len(b.reactions) != 1 {
		t.Errorf("%d reactions to %d messages", b.reacted, len(b.reactions))
	}
	b.React(two, by(1), true)
	b.React(two, by(2), true)
	if b.reacted != 0 || len(b.reactions) != 0 {
		t.Errorf("%d reactions to %d messages", b.reacted, len(b.reactions))
	}
}

// TestID: what a server says again has the same ID again, and another room, time or
// person another one.
func TestID(t *testing.T) {
	b := New(nil, "irc://host:6667")
	at := time.Date(2026, 1, 2, 3, 0, 0, 0, time.UTC)
	id := func(name string, text machine.Text) chat.MessageID {
		t.Helper()
		id, err := b.ID(name, text)
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	own := uuid.New()
	seen := make(map[chat.MessageID]string)
	for what, text := range map[string]machine.Text{
		"a msgid":      {MsgID: "m1", ID: own},
		"another":      {MsgID: "m2"},
		"a time":       {Time: at, Timed: true, From: "bob", Body: "hi"},
		"another time": {Time: at.Add(time.Second), Timed: true, From: "bob", Body: "hi"},
		"a person":     {Time: at, Timed: true, From: "eve", Body: "hi"},
		"an own":       {Own: true, ID: own, MsgID: "m3"},
		"a later line": {Own: true, ID: own, MsgID: "m4", Later: true},
	} {
		got := id("#room", text)
		if other := seen[got]; other != "" || got != id("#Room", text) {
			t.Errorf("%s has the ID of %q", what, other)
		}
		seen[got] = what
		if elsewhere := id("#other", text); elsewhere == got && got != own {
			t.Errorf("%s has the same ID elsewhere", what)
		}
	}
	if seen[own] != "an own" {
		t.Errorf("the own ID is taken by %q", seen[own])
	}
	b.Remember(own)
	b.Call(own, "m3", true)
	if got := b.IDOf("#room", "m3"); got != own || b.MsgID(own) != "m3" {
		t.Errorf("%s is called %q", got, b.MsgID(own))
	}
	if !b.Claim(own) || b.Claim(own) {
		t.Error("one stands for two")
	}
}

// TestNames: a conversation lasts when its target is called otherwise, and nobody else
// gets into it by the name that is free then.
func TestNames(t *testing.T) {
	server, err := dial.Parse("irc://host")
	if err != nil {
		t.Fatal(err)
	}
	n := NewNames(server)
	id := n.ID("bob")
	if id != server.ID("bob") || id != n.ID("BOB") {
		t.Error("a name that is free is not taken")
	}
	n.Know("bob", n.Name("bob"))
	if n.Rename("eve", "bob") || !n.Rename("Bob", "bobby") || n.ID("bobby") != id {
		t.Error("it is another conversation")
	}
	if target, known := n.Target(id); !known || target != "bobby" {
		t.Errorf("with %q, %v", target, known)
	}
	other := n.ID("bob")
	if _, known := n.Target(other); known || other == id || n.Name("bob") != "bob 2" {
		t.Errorf("another bob is in %s, known: %v", n.Name("bob"), known)
	}
	n.Know("bob", n.Name("bob"))
	n.Forget("bobby")
	if got := n.Targets(); len(got) != 1 || got[0] != "bob" || n.ID("bob") != other {
		t.Errorf("%q are known", got)
	}
}
