package main

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/parlance-chat/parlance/netcore"
	"github.com/parlance-chat/parlance/netcore/control/controltest"
)

func TestReadMarks(t *testing.T) {
	d := newDesk(t)
	d.run("set", "read-marks", "off").is("Others are not told what you have read.\n")
	if d.node.ReadMarks() {
		t.Error("they are told")
	}
	d.run("set", "read-marks").is("Others are not told what you have read.\n")
	d.run("set", "read-marks", "on").is("Others are told what you have read.\n")
	if v := d.run("--json", "set", "read-marks").values(); len(v) != 1 || v[0]["read-marks"] != true {
		t.Errorf("got %v", v)
	}
	d.run("set", "read-marks", "maybe").fails(exitUsage, "on")
}

func TestRenew(t *testing.T) {
	for _, tt := range []struct {
		name, answer string
		args         []string
		asked        bool
		code         int
		renewed      bool
	}{
		{"with a yes", "y\n", nil, true, exitDone, true},
		{"with a no", "n\n", nil, true, exitFailed, false},
		{"with nothing", "", nil, true, exitFailed, false},
		{"unasked", "", []string{"--yes"}, false, exitDone, true},
		{"by a script that does not mean it", "y\n", nil, false, exitUsage, false},
		{"by a program that does not mean it", "y\n", []string{"--json"}, true, exitUsage, false},
	} {
		d := newDesk(t)
		renewed := ""
		d.world.renew = func(profile string) error { renewed = profile; return nil }
		d.world.asked, d.world.in = tt.asked, strings.NewReader(tt.answer)
		r := d.run(append([]string{"identity", "renew"}, tt.args...)...)
		if r.code != tt.code || (renewed == d.profile) != tt.renewed || d.opened.Load() != 0 {
			t.Errorf("%s: %+v, renewed %q", tt.name, r, renewed)
		}
		if tt.asked && tt.args == nil && !strings.Contains(r.out, "somebody new") {
			t.Errorf("%s: nobody said what it means: %s", tt.name, r.out)
		}
	}

	d := newDesk(t)
	d.world.renew = func(profile string) error {
		return &netcore.InUseError{Profile: profile, Program: "parlance", PID: 4711}
	}
	d.run("identity", "renew", "--yes").fails(exitFailed, "identity stays", "parlance (process 4711)", "close it first")
	d.world.renew = func(string) error { return errors.New("no space left on device") }
	d.run("identity", "renew", "--yes").fails(exitFailed, "no space left")
	d.profile = filepath.Join(d.profile, "nowhere")
	d.run("identity", "renew", "--yes").fails(exitFailed, "no profile")
	if _, err := os.Stat(d.profile); err == nil {
		t.Error("a profile was made")
	}
}

// TestSharedIdentity finds that people are told of a double.
func TestSharedIdentity(t *testing.T) {
	d := newDesk(t)
	d.node.Put(controltest.Bob())
	up := d.start("up")
	up.out.wait(t, "press Ctrl+C")
	at := d.sit(200, "Bob")
	at.out.wait(t, "You talk with Bob")
	d.node.Share("10.77.0.9\x1b[1m")
	up.out.wait(t, "Another machine, at 10.77.0.9", "parlance-cli identity renew")
	at.out.wait(t, "Another machine, at 10.77.0.9")
	if r := d.run("id"); !strings.Contains(r.err, "Another machine, at 10.77.0.9") || strings.Contains(r.err, "\x1b") {
		t.Errorf("id says %q", r.err)
	}
	var self struct{ Shared string }
	if err := json.Unmarshal([]byte(d.run("--json", "id").out), &self); err != nil || self.Shared == "" {
		t.Errorf("self is %+v, %v", self, err)
	}
}

// TestRenewedProfile renews a real profile, once no program has it open.
func TestRenewedProfile(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	ada, bob := p.up("Ada"), p.up("Bob")
	ada.out.wait(t, `"name":"Bob","state":"online"`)
	if r := p.run("Ada", "send", "--wait", "20s", "Bob", "as I was"); r.code != exitDone {
		t.Fatalf("send: %+v", r)
	}
	old := p.run("Ada", "--json", "id").values()[0]["id"]
	p.run("Ada", "identity", "renew", "--yes").fails(exitFailed, "identity stays", p.profile("Ada"))
	ada.signal(os.Interrupt)
	ada.ends(exitDone)
	if r := p.run("Ada", "identity", "renew", "--yes"); r.code != exitDone || r.err != "" {
		t.Fatalf("renew: %+v", r)
	}
	ada = p.up("Ada")
	if v := p.run("Ada", "--json", "id").values(); v[0]["id"] == old || v[0]["name"] != "Ada" {
		t.Errorf("now %v, was %v", v, old)
	}
	conversations := p.run("Ada", "--json", "conversations").values()
	if !slices.ContainsFunc(conversations, func(c map[string]any) bool { return c["title"] == "Bob" && c["closed"] != nil }) {
		t.Errorf("the old conversation is open, or gone: %v", conversations)
	}
	ada.out.wait(t, `"name":"Bob","state":"online"`)
	if r := p.run("Ada", "send", "--wait", "20s", "Bob", "as I am"); r.code != exitDone {
		t.Errorf("send: %+v", r)
	}
	bob.out.wait(t, `"text":"as I am"`)
	if r := p.run("Ada", "doctor", "Bob"); !strings.Contains(r.out, "Bob") || r.err != "" {
		t.Errorf("doctor: %+v", r)
	}
	bob.signal(syscall.SIGTERM)
	bob.ends(exitDone)
}
