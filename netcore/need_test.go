//go:build linux

package netcore_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// machine is a make-believe system: a PATH that holds just the commands the
// script .make/need works with, and stand-ins that write down what they are
// asked for.
type machine struct {
	t   *testing.T
	bin string
}

func newMachine(t *testing.T, user string) *machine {
	t.Helper()
	m := &machine{t: t, bin: t.TempDir()}
	for _, tool := range []string{"sh", "sed", "sort", "head", "dirname", "env", "cat", "touch", "chmod"} {
		real, err := exec.LookPath(tool)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(real, filepath.Join(m.bin, tool)); err != nil {
			t.Fatal(err)
		}
	}
	m.script("uname", "echo Linux")
	m.script("id", "echo "+user)
	return m
}

func (m *machine) script(name, body string) {
	m.t.Helper()
	if err := os.WriteFile(filepath.Join(m.bin, name), []byte("#!/bin/sh\n"+body+"\n"), 0o755); err != nil {
		m.t.Fatal(err)
	}
}

// manager adds a package manager that writes down its arguments and, if it
// works, brings the command that was asked for.
func (m *machine) manager(name, brings string) {
	body := `echo "` + name + ` $*" >>"` + m.bin + `/asked"`
	if brings == "" {
		body += "\nexit 100"
	} else {
		body += "\ncase \"$*\" in update*) ;; *) echo '#!/bin/sh' >\"" + m.bin + "/" + brings + "\"; chmod +x \"" + m.bin + "/" + brings + "\" ;; esac"
	}
	m.script(name, body)
}

func (m *machine) need(what ...string) (out string, asked []string, ok bool) {
	m.t.Helper()
	cmd := exec.Command("../.make/need", what...)
	cmd.Env = []string{"PATH=" + m.bin}
	text, err := cmd.CombinedOutput()
	log, _ := os.ReadFile(filepath.Join(m.bin, "asked"))
	return string(text), strings.Split(strings.TrimSpace(string(log)), "\n"), err == nil
}

// TestNeed installs xdotool, all that "demo" takes, on one system after another.
func TestNeed(t *testing.T) {
	const sudo = `echo "sudo $1" >>"$(dirname "$0")/asked"; exec "$@"`
	tests := []struct {
		name, user, manager, brings string
		sudo                        bool
		asked                       []string
		ok                          bool
		says                        string
	}{
		{name: "apt as root", user: "0", manager: "apt-get", brings: "xdotool", sudo: true, ok: true,
			asked: []string{"apt-get update -qq", "apt-get install -y --no-install-recommends xdotool"},
			says:  "Installing what this system lacks: xdotool"},
		{name: "apt as a user", user: "1000", manager: "apt-get", brings: "xdotool", sudo: true, ok: true,
			asked: []string{"sudo apt-get", "apt-get update -qq", "sudo env", "apt-get install -y --no-install-recommends xdotool"},
			says:  "sudo apt-get install -y --no-install-recommends xdotool"},
		{name: "dnf", user: "1000", manager: "dnf", brings: "xdotool", sudo: true, ok: true,
			asked: []string{"sudo dnf", "dnf install -y xdotool"}},
		{name: "pacman", user: "0", manager: "pacman", brings: "xdotool", ok: true,
			asked: []string{"pacman -S --needed --noconfirm xdotool"}},
		{name: "a user without sudo", user: "1000", manager: "dnf", brings: "xdotool",
			asked: []string{""}, says: "As root, run: dnf install -y xdotool"},
		{name: "an unknown system", user: "0",
			asked: []string{""}, says: "Missing here: command xdotool; and none of apt, dnf, pacman and brew"},
		{name: "an install that fails", user: "0", manager: "dnf",
			asked: []string{"dnf install -y xdotool"}, says: "Install by hand what is missing, and try again: xdotool"},
		{name: "an install that brings something else", user: "0", manager: "dnf", brings: "xeyes",
			asked: []string{"dnf install -y xdotool"}, says: "Installed, and yet not found: command xdotool"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := newMachine(t, tt.user)
			if tt.manager != "" {
				m.manager(tt.manager, tt.brings)
			}
			if tt.sudo {
				m.script("sudo", sudo)
			}
			out, asked, ok := m.need("demo")
			if ok != tt.ok {
				t.Errorf("succeeded: %v, want %v", ok, tt.ok)
			}
			if got, want := strings.Join(asked, "\n"), strings.Join(tt.asked, "\n"); got != want {
				t.Errorf("asked for\n%s\nwant\n%s", got, want)
			}
			if !strings.Contains(out, tt.says) {
				t.Errorf("does not say %q", tt.says)
			}
			if t.Failed() {
				t.Log(out)
			}
		})
	}
}

func TestNeedNothing(t *testing.T) {
	m := newMachine(t, "0")
	m.manager("apt-get", "")
	m.script("xdotool", "")
	out, asked, ok := m.need("demo")
	if !ok || out != "" || asked[0] != "" {
		t.Errorf("with all there: succeeded %v, asked for %q, said %q", ok, asked, out)
	}
}

func TestNeedGo(t *testing.T) {
	tests := []struct {
		name, script string
		ok           bool
		says         string
	}{
		{"none", "", false, "there is no Go on this machine"},
		{"old", "echo go1.19.8", false, "Go 1.19.8 on this machine is too old"},
		{"older by one", "echo go1.25.3", false, "Go 1.25.3 on this machine is too old"},
		{"as asked for", "echo go1.26", true, ""},
		{"newer", "echo go1.30.2", true, ""},
		{"a release candidate", "echo go1.27rc1", true, ""},
		{"cannot be fetched", "echo 'toolchain not available'; exit 1", false, "toolchain not available"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := newMachine(t, "0")
			if tt.script != "" {
				m.script("go", tt.script)
			}
			out, _, ok := m.need("go")
			if ok != tt.ok || !strings.Contains(out, tt.says) {
				t.Errorf("succeeded %v, said %q; want %v and %q", ok, out, tt.ok, tt.says)
			}
			if !ok && !strings.Contains(out, "https://go.dev/dl/") {
				t.Errorf("does not say where to get Go: %q", out)
			}
		})
	}
}
