package main

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/parlance-chat/parlance/cmd/parlance-cli/session"
	"github.com/parlance-chat/parlance/netcore"
	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/control/controltest"
)

func TestUsage(t *testing.T) {
	for _, args := range [][]string{
		{},
		{"dance"},
		{"--dance", "id"},
		{"send"},
		{"history"},
		{"history", "--limit", "few", "Bob"},
		{"history", "--limit", "-1", "Bob"},
		{"search"},
		{"search", "--limit", "0", "word"},
		{"export", "--format", "pdf", "Bob"},
		{"connect"},
		{"accept"},
		{"block"},
		{"verify"},
		{"send", "--wait", "soon", "Bob", "hi"},
		{"send", "Bob", "-5 degrees"},
		{"--name", " \u200b ", "id"},
		{"chat"}, // where there is no terminal
		{"edit"},
		{"react"},
		{"group", "create", "Lunch"},
		{"lobby"},
		{"identity"},
	} {
		d := newDesk(t)
		d.run(args...).fails(exitUsage)
		if d.opened.Load() > 0 {
			t.Errorf("%v opened the profile", args)
		}
	}
}

// TestDashes finds that words which look like flags are never sent by mistake,
// and that the way to send them is told.
func TestDashes(t *testing.T) {
	d := newDesk(t)
	d.node.Put(controltest.Bob())
	d.run("send", "Bob", "it", "is", "-5").fails(exitUsage, "unknown flag -5", "send Bob -- -5")
	if got := d.texts(); len(got) != 0 {
		t.Errorf("sent %q", got)
	}
}

func TestHelp(t *testing.T) {
	d := newDesk(t)
	r := d.run("--help")
	for _, want := range []string{"up", "id", "peers", "conversations", "send", "history", "search", "export", "chat", "connect", "verify", "accept", "block", "doctor", "edit", "retract", "react", "receipts", "revisions", "group", "lobby", "join", "mute", "unmute", "identity", "set", "Exit codes", "--json"} {
		if !strings.Contains(r.out, want) {
			t.Errorf("help says nothing of %s", want)
		}
	}
	if strings.Contains(r.out, "discovery-port") || r.code != exitDone || r.err != "" {
		t.Errorf("help: %d %s\n%s", r.code, r.err, r.out)
	}
	if r := d.run("send", "--help"); r.code != exitDone || !strings.Contains(r.out, "--wait") {
		t.Errorf("help of send: %d %s\n%s", r.code, r.err, r.out)
	}
	if r := d.run("--version"); r.code != exitDone || !strings.HasPrefix(r.out, "parlance-cli") {
		t.Errorf("version: %d %s%s", r.code, r.out, r.err)
	}
}

func TestID(t *testing.T) {
	d := newDesk(t)
	d.node.SetSelf(func(s *netcore.Self) { s.Profile = "/home/ada/p" })
	d.run("id").is(fmt.Sprintf(`
Name       Ada
ID         %s
Addresses  127.0.0.1:47475, 10.77.0.1:47475
Profile    /home/ada/p
`, controltest.ID("Ada")))
	v := d.run("--json", "id").values()
	if len(v) != 1 || v[0]["id"] != controltest.ID("Ada").String() || v[0]["name"] != "Ada" || v[0]["link"] != "10.77.0.1:47475" {
		t.Errorf("got %v", v)
	}
}

func TestName(t *testing.T) {
	t.Run("of the account, at the first start", func(t *testing.T) {
		d := newDesk(t)
		d.node.SetSelf(func(s *netcore.Self) { s.Name, s.Named = "Ada Account", false })
		d.run("id")
		if s := d.node.Self(); s.Name != "Ada Account" || !s.Named {
			t.Errorf("now %+v", s)
		}
	})
	t.Run("is another program's business while that runs", func(t *testing.T) {
		d := newDesk(t)
		d.node.SetSelf(func(s *netcore.Self) { s.Named = false })
		d.serve()
		d.run("id")
		if d.node.Self().Named {
			t.Error("the name was chosen for a user who is being asked")
		}
	})
	t.Run("is changed in a running program", func(t *testing.T) {
		d := newDesk(t)
		d.serve()
		d.run("--name", "Ada  L.", "id")
		if s := d.node.Self(); s.Name != "Ada  L." { // what the memory node makes of it
			t.Errorf("now %q", s.Name)
		}
	})
	t.Run("is given to the profile that is opened", func(t *testing.T) {
		d := newDesk(t)
		var got netcore.Config
		open := d.world.open
		d.world.open = func(cfg netcore.Config) (session.Node, error) { got = cfg; return open(cfg) }
		d.run("--name", "Eve", "--discovery-port", "4000", "--link-port", "4001", "--interfaces", "lo,eth0", "id")
		if got.Name != "Eve" || got.Profile != d.profile || got.Program != "parlance-cli" || got.DiscoveryPort != 4000 || got.LinkPort != 4001 || len(got.Interfaces) != 2 {
			t.Errorf("opened with %+v", got)
		}
	})
}

func TestPeers(t *testing.T) {
	d := newDesk(t)
	if r := d.run("peers"); r.code != exitDone || r.out != "" || !strings.Contains(r.err, "doctor") {
		t.Errorf("alone: %+v", r)
	}
	if r := d.run("--json", "peers"); r.code != exitDone || r.out != "" || r.err != "" {
		t.Errorf("alone, for programs: %+v", r)
	}
	d.node.Put(controltest.Bob())
	d.node.Put(chat.Peer{ID: controltest.ID("li"), Name: "李明", State: chat.Offline, Trust: chat.New})
	bob, li := controltest.ID("bob"), controltest.ID("li")
	d.run("peers").is(fmt.Sprintf(`
NAME  STATE    TRUST     ID       ADDRESS
Bob   online   accepted  %s  10.77.0.2:47475
李明  offline  new       %s
`, bob.Short(), li.Short()))
	d.run("peers", "--json").is(fmt.Sprintf(`
{"id":"%s","name":"Bob","state":"online","addresses":["10.77.0.2:47475"],"trust":"accepted"}
{"id":"%s","name":"李明","state":"offline","addresses":[],"trust":"new"}
`, bob, li))
}

// TestPeersWaits finds that a device which has only just started hears the
// others before it says who is there, and that one which runs is not waited for.
func TestPeersWaits(t *testing.T) {
	d := newDesk(t)
	d.world.discovery = longest / 2
	c := d.start("peers", "--json")
	for d.opened.Load() == 0 {
		session.Pause(t.Context(), session.Beat)
	}
	d.node.Put(controltest.Bob())
	select {
	case <-c.done:
		t.Error("did not wait")
	case <-t.Context().Done():
	default:
	}
	c.leave()
	c.ends(exitFailed)

	d = newDesk(t)
	d.serve()
	session.Pause(t.Context(), d.world.discovery)
	d.world.discovery = 2 * session.Beat // the program has run for longer
	d.node.Put(controltest.Bob())
	if v := d.run("peers", "--json").values(); len(v) != 1 {
		t.Errorf("got %v", v)
	}
}

func TestConnect(t *testing.T) {
	d := newDesk(t)
	d.run("connect", "10.9.0.1").is(fmt.Sprintf("Connected to 10.9.0.1 (%s).\n", controltest.ID("10.9.0.1").Short()))
	v := d.run("--json", "connect", "10.9.0.1").values()
	if len(v) != 1 || keys(v[0]) != "addresses id name state trust" {
		t.Errorf("got %v", v)
	}
	d.node.Fail("Connect", errors.New("nobody answers at 10.9.0.1:47475"))
	d.run("connect", "10.9.0.1").fails(exitFailed, "nobody answers")
}

func TestTrust(t *testing.T) {
	d := newDesk(t)
	d.node.Put(controltest.Bob())
	short := controltest.ID("bob").Short()
	for _, tt := range []struct {
		command, said string
		trust         chat.Trust
	}{
		{"block", "Bob (" + short + ") is blocked. To undo it: parlance-cli accept " + short + "\n", chat.Blocked},
		{"accept", "Bob (" + short + ") is accepted.\n", chat.Accepted},
		{"verify", "Bob (" + short + ") is verified.\n", chat.Verified},
	} {
		d.run(tt.command, "bob").is(tt.said)
		if got := d.node.Peers()[0].Trust; got != tt.trust {
			t.Errorf("%s: trust is %s", tt.command, got)
		}
		v := d.run("--json", tt.command, "bob").values()
		if len(v) != 1 || v[0]["trust"] != string(tt.trust) || keys(v[0]) != "addresses id name state trust" {
			t.Errorf("%s: %v", tt.command, v)
		}
		d.run(tt.command, "carol").fails(exitUsage, "carol", "Bob ("+short+")")
		d.run(tt.command, "udp://10.0.0.7:12345").fails(exitUsage, "no ID")
	}
}

// TestVerifyAsks finds that a person at a keyboard compares before verifying.
func TestVerifyAsks(t *testing.T) {
	for _, tt := range []struct {
		answer string
		code   int
		trust  chat.Trust
		args   []string
	}{
		{"y\n", exitDone, chat.Verified, nil},
		{"YES\n", exitDone, chat.Verified, nil},
		{"n\n", exitFailed, chat.Accepted, nil},
		{"\n", exitFailed, chat.Accepted, nil},
		{"", exitFailed, chat.Accepted, nil},
		{"", exitDone, chat.Verified, []string{"--yes"}},
		{"", exitDone, chat.Verified, []string{"--json"}},
	} {
		d := newDesk(t)
		d.node.Put(controltest.Bob())
		d.world.asked, d.world.in = true, strings.NewReader(tt.answer)
		r := d.run(append([]string{"verify", "Bob"}, tt.args...)...)
		if r.code != tt.code || d.node.Peers()[0].Trust != tt.trust {
			t.Errorf("%q: code %d, trust %s, %s", tt.answer, r.code, d.node.Peers()[0].Trust, r.err)
		}
		if tt.args != nil {
			continue
		}
		for _, id := range []string{controltest.ID("Ada").String(), controltest.ID("bob").String()} {
			if !strings.Contains(r.out, id) {
				t.Errorf("nothing to compare in %q", r.out)
			}
		}
	}
}

func TestDoctor(t *testing.T) {
	d := newDesk(t)
	d.run("doctor").is(`
cards
  ✓ eth0 is up

All is well.
`)
	d.node.SetReport(netcore.Report{
		Findings: []netcore.Finding{
			{Topic: "cards", State: "good", Text: "eth0 is up"},
			{Topic: "ports", State: "bad", Text: "UDP 47474 is taken\nby another program", Advice: "Close the other program."},
			{Topic: "cards", State: "note", Text: "wlan0 is down"},
			{Topic: "clock", State: "odd", Text: "what is this?"},
		},
		Sentence: "Close the program that has UDP 47474.",
	})
	r := d.run("doctor")
	if r.code != exitFailed || r.err != "" {
		t.Errorf("exit code %d: %s", r.code, r.err)
	}
	r.code = 0
	r.is(`
cards
  ✓ eth0 is up
  • wlan0 is down
ports
  ✗ UDP 47474 is taken
         by another program
    → Close the other program.
clock
  ? what is this?

Close the program that has UDP 47474.
`)
	r = d.run("doctor", "--json")
	v := r.values()
	if r.code != exitFailed || len(v) != 5 || v[1]["state"] != "bad" || v[1]["advice"] != "Close the other program." {
		t.Errorf("code %d, %v", r.code, v)
	}
	if last := v[len(v)-1]; last["topic"] != "summary" || last["state"] != "bad" || last["text"] != "Close the program that has UDP 47474." {
		t.Errorf("last is %v", last)
	}
}

func TestDoctorFor(t *testing.T) {
	d := newDesk(t)
	d.run("doctor", "Bob").is(`
cards
  ✓ eth0 is up
Bob
  • not here

All is well.
`)
}
