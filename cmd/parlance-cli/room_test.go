package main

import (
	"strings"
	"testing"

	"github.com/parlance-chat/parlance/cmd/parlance-cli/talk"
	"github.com/parlance-chat/parlance/netcore"
	"github.com/parlance-chat/parlance/netcore/control/controltest"
)

func TestRoomCommandLine(t *testing.T) {
	d := newDesk(t)
	d.node.Put(controltest.Bob())
	if r := d.run("room", "list"); r.code != exitDone || !strings.Contains(r.err, "You are in no room.") {
		t.Errorf("%+v", r)
	}
	if r := d.run("room", "join", "--nick", "ada_", "irc://host/#room"); r.code != exitDone || r.out != "You are in #room.\n" || !strings.Contains(r.err, "not encrypted") {
		t.Errorf("%+v", r)
	}
	d.run("room", "join", "--password", "secret", "ircs://closed/#safe").is("You are in #safe.\n")
	d.run("room", "join", "ircs://closed/#x").fails(exitFailed, "wants a password")
	d.run("room", "join", "nowhere").fails(exitUsage, "unknown room")
	d.run("room", "leave", "Bob").fails(exitUsage, "Bob is no room")
	d.run("room", "list").is(`
ROOM                 AS    STATE
irc://host/#room     ada_  connected, not encrypted
ircs://closed/#safe  Ada   connected
`)
	if r := d.run("room", "members", "#room"); !strings.Contains(r.out, "op          operator\nada_ (you)") {
		t.Errorf("%+v", r)
	}
	d.run("room", "command", "#room", "/topic", "Lunch", "time").is("")
	d.run("room", "command", "#room", "/topic").is("Lunch time\n")
	d.run("room", "command", "#room", "/nonsense").fails(exitUsage, "unknown command")
	d.run("room", "join", "--nick", "ada_", "irc://host/#two")
	for _, st := range d.node.Rooms()[:2] {
		d.node.ChangeRoom(st.ID, func(st *netcore.RoomStatus) {
			st.Connected, st.Joined, st.Why, st.Blocked, st.Fingerprint = false, false, "another certificate: host had CC", true, "AA:BB"
		})
	}
	d.run("room", "list").is(`
ROOM                 AS    STATE
irc://host/#room     ada_  not connected, not encrypted: another certificate
irc://host/#two      ada_  not connected, not encrypted: another certificate
ircs://closed/#safe  Ada   connected
irc://host: another certificate: host had CC. To accept it: parlance-cli room trust irc://host/#room AA:BB
`)
	d.run("room", "leave", "#two")
	r := d.run("conversations")
	for _, want := range []string{
		"room of 2 on irc://host (not connected, not encrypted: another certificate)", "room of 2 on ircs://closed (connected)\n",
	} {
		if !strings.Contains(strings.ReplaceAll(r.out, "  ", ""), strings.TrimSuffix(want, "\n")) {
			t.Errorf("no %q in\n%s%s", want, r.out, r.err)
		}
	}
	d.run("room", "trust", "#room", "AA:BB").is("The server of #room is trusted.\n")
	if d.node.Rooms()[0].Fingerprint != "AA:BB" {
		t.Errorf("%+v", d.node.Rooms())
	}
	if v := d.run("--json", "room", "list").values(); len(v) != 2 || v[0]["address"] != "irc://host/#room" || v[0]["encrypted"] != false {
		t.Errorf("%+v", v)
	}
	if v := d.run("--json", "room", "members", "#safe").values(); len(v) != 2 || v[0]["status"] != "operator" {
		t.Errorf("%+v", v)
	}
	if v := d.run("--json", "room", "command", "#room", "/topic").values(); len(v) != 1 || v[0]["text"] != "Lunch time" {
		t.Errorf("%+v", v)
	}
	d.run("room", "leave", "#room").is("You left #room.\n")
	d.run("send", "#room", "x").fails(exitFailed, "You left this room")
}

// TestRoomChat: slash commands that the chat does not know go to the room.
func TestRoomChat(t *testing.T) {
	d := newDesk(t)
	id, err := d.node.JoinRoom(t.Context(), "irc://host/#room", netcore.RoomOptions{})
	if err != nil {
		t.Fatal(err)
	}
	c := d.sit(100, "#room")
	c.out.wait(t, "You are in #room on irc://host: connected, not encrypted.")
	d.node.Says(id, "op", "welcome")
	c.out.wait(t, "op #1: welcome")
	c.types("/topic Lunch\r")
	c.types("/topic\r")
	c.out.wait(t, "· Lunch\r\n")
	c.types("/nonsense\r")
	c.out.wait(t, "unknown command /nonsense")
	c.types("/help\r")
	c.out.wait(t, "/quit", "/topic [text]")
	c.types("/members\r")
	c.out.wait(t, "· op", "operator")
	c.types("hello\r")
	c.out.wait(t, "hello")
	c.types("/quit\r")
	c.ends(exitDone)
	if m := d.newest(id); m.Text != "hello" {
		t.Errorf("%+v", m)
	}
}

// TestRefused: what a server does not take fails at once, with the reason, and stays
// until it is taken back.
func TestRefused(t *testing.T) {
	d := newDesk(t)
	d.run("room", "join", "ircs://host/#room").is("You are in #room.\n")
	d.node.RefuseInRooms("no \x1bvoice")
	for _, args := range [][]string{{"send", "--wait", "1h", "#room", "hello"}, {"send", "#room", "again"}} {
		r := d.run(args...)
		if r.code != exitFailed || !strings.Contains(r.err, "refused by the server of #room: no ␛voice") {
			t.Errorf("%q: code %d, said %q", args, r.code, r.err)
		}
		id := strings.TrimSpace(r.out)
		if r := d.run("history", "#room"); !strings.Contains(r.out, "(refused: no ␛voice)") {
			t.Errorf("%s", r.out)
		}
		if args[1] == "#room" {
			continue
		}
		if r := d.run("retract", id); r.code != exitDone {
			t.Errorf("%+v", r)
		}
	}
	c := d.sit(80, "#room")
	c.out.wait(t, talk.Prompt)
	c.types("hello\r")
	c.out.wait(t, "Not accepted: no")
}
