package main

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// serveRooms builds and runs the server of rooms, and returns its address.
func (p *place) serveRooms() string {
	p.t.Helper()
	program := filepath.Join(p.dir, "room")
	if out, err := exec.Command("go", "build", "-o", program, "../parlance-room").CombinedOutput(); err != nil {
		p.t.Fatalf("%v\n%s", err, out)
	}
	c := p.start(exec.Command(program, "--listen", "127.0.0.1:0", "--tls-listen", "-", "--data", p.profile("rooms"), "--reserve", "1M"))
	c.out.wait(p.t, "With any IRC client", "Ctrl+C ends it")
	port := regexp.MustCompile(`port (\d+)`).FindStringSubmatch(c.out.String())
	if port == nil {
		p.t.Fatalf("no port in %s", c.out)
	}
	return "irc://" + net.JoinHostPort("127.0.0.1", port[1])
}

// TestRoomOfProcesses has two talk in a room; one restarts and sees what it missed.
func TestRoomOfProcesses(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	url := p.serveRooms() + "/#room"
	ada, bob := p.up("Ada"), p.up("Bob")
	for _, name := range []string{"Ada", "Bob"} {
		if r := p.run(name, "room", "join", "--nick", name, url); r.code != exitDone || !strings.Contains(r.err, "not encrypted") {
			t.Fatalf("join: %+v", r)
		}
	}
	if r := p.run("Ada", "send", "--wait", "20s", "#room", "hello"); r.code != exitDone {
		t.Errorf("send: %+v", r)
	}
	bob.out.wait(t, `"name":"Ada"},"text":"hello"`)
	if r := p.run("Bob", "send", "--wait", "20s", url, "hello Ada"); r.code != exitDone {
		t.Errorf("send: %+v", r)
	}
	ada.out.wait(t, `"name":"Bob"},"text":"hello Ada"`)
	if r := p.run("Ada", "room", "members", "#room"); !strings.Contains(r.out, "Ada (you)  operator") || !strings.Contains(r.out, "Bob") {
		t.Errorf("members: %+v", r)
	}
	if r := p.run("Ada", "conversations"); !strings.Contains(r.out, "(connected, not encrypted)") {
		t.Errorf("conversations: %+v", r)
	}

	bob.signal(os.Interrupt)
	bob.ends(exitDone)
	if r := p.run("Ada", "send", "--wait", "20s", "#room", "are you there?"); r.code != exitDone {
		t.Errorf("send: %+v", r)
	}
	bob = p.up("Bob")
	bob.out.wait(t, `"text":"are you there?"`)
	r := p.run("Bob", "--json", "history", "#room")
	var texts []string
	for _, v := range r.values() {
		texts = append(texts, v["text"].(string))
	}
	if got := strings.Join(texts, ", "); got != "hello, hello Ada, are you there?" {
		t.Errorf("Bob has %s", got)
	}

	// A single command, with no program running.
	bob.signal(os.Interrupt)
	bob.ends(exitDone)
	if r := p.run("Bob", "send", "--wait", "20s", "#room", "bye"); r.code != exitDone {
		t.Errorf("send: %+v", r)
	}
	ada.out.wait(t, `"text":"bye"`)
	if r := p.run("Ada", "room", "leave", "#room"); r.code != exitDone {
		t.Errorf("leave: %+v", r)
	}
	if r := p.run("Ada", "room", "list"); r.code != exitDone || r.out != "" {
		t.Errorf("list: %+v", r)
	}
}
