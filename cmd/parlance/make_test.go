//go:build window

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// makes returns the command that runs make at the top, as somebody at s would.
func makes(t *testing.T, s *screen, args ...string) *exec.Cmd {
	t.Helper()
	cmd := s.command("make", append([]string{"--no-print-directory", "-C", top}, args...)...)
	cmd.Env = append(cmd.Env, "GOMODCACHE="+goEnv(t, "GOMODCACHE"), "GOCACHE="+goEnv(t, "GOCACHE"))
	return cmd
}

// TestPackage unpacks what "make package" made into a folder of its own, and
// starts the app from there.
func TestPackage(t *testing.T) {
	archive := filepath.Join(top, "build", "Parlance.tar.xz")
	if _, err := os.Stat(archive); err != nil {
		t.Fatalf("%v; make package makes it", err)
	}
	folder := profileFolder(t)
	if out, err := exec.Command("tar", "xf", archive, "-C", folder).CombinedOutput(); err != nil {
		t.Fatalf("unpack %s: %v: %s", archive, err, out)
	}
	local := filepath.Join(folder, "parlance", "usr", "local")
	entry, err := os.ReadFile(filepath.Join(local, "share", "applications", "Parlance.desktop"))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"Name=Parlance", "Exec=parlance", "Icon=Parlance"} {
		if !strings.Contains(string(entry), line+"\n") {
			t.Errorf("the desktop entry does not say %s:\n%s", line, entry)
		}
	}

	s := newScreen(t, wide+40, high+60, true)
	p := &person{screen: s, profile: profileFolder(t)}
	cmd := s.command(filepath.Join(local, "bin", "parlance"), "--profile", p.profile, "--name", "Dora")
	cmd.Dir = folder // far from the sources
	p.run(cmd)
	p.window = s.windowOf(p.cmd.Process.Pid)
	p.place(5, 30, wide, high)
	s.until("the app serves its profile", func() bool {
		lines := p.cli("id")
		return len(lines) == 1 && lines[0]["name"] == "Dora"
	})
	p.quit()
}

// TestMakeDemo sees two windows side by side that know each other, and nothing
// left of them when both are closed.
func TestMakeDemo(t *testing.T) {
	s := newScreen(t, 2*wide+40, high+200, true)
	folder := profileFolder(t)
	demo := makes(t, s, "demo")
	demo.Env = append(demo.Env, "TMPDIR="+folder)
	run := &person{screen: s}
	run.run(demo)

	people := map[string]*person{}
	s.until("both run", func() bool {
		for _, name := range []string{"ann", "ben"} {
			found, err := filepath.Glob(filepath.Join(folder, "*", name))
			if err != nil {
				t.Fatal(err)
			}
			if people[name] == nil && len(found) == 1 {
				people[name] = &person{screen: s, profile: found[0]}
			}
		}
		return len(people) == 2 && people["ann"].sees("Ben") && people["ben"].sees("Ann")
	})
	var windows []*window
	s.until("two windows stand side by side", func() bool {
		out, err := s.command("xdotool", "search", "--onlyvisible", "--name", "^Parlance$").Output()
		ids := strings.Fields(string(out))
		if err != nil || len(ids) != 2 {
			return false
		}
		windows = []*window{{s, ids[0]}, {s, ids[1]}}
		return windows[0].bounds().Intersect(windows[1].bounds()).Empty()
	})
	for _, w := range windows {
		w.steady()
		w.key("ctrl+q")
	}
	run.gone(0)
	if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
		t.Errorf("the demo leaves behind %v, %v", left, err)
	}
}

func TestMakeRunWithoutDisplay(t *testing.T) {
	s := newScreen(t, 100, 100, false)
	for _, c := range []struct{ env, says string }{
		{"DISPLAY=", "There is no display here"},
		{"WAYLAND_DISPLAY=wayland-0", "offers no X11"},
	} {
		cmd := makes(t, s, "run", "ARGS=--profile "+profileFolder(t))
		cmd.Env = append(cmd.Env, "DISPLAY=", c.env)
		out, _ := cmd.CombinedOutput() // fails: a chat needs somebody at the keyboard
		text := string(out)
		if !strings.Contains(text, c.says) || !strings.Contains(text, "parlance-cli: chat") {
			t.Errorf("with %s it says: %s", c.env, text)
		}
	}
}
