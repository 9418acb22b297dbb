//go:build window

package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// top is the folder that make runs in, and the programs that it builds.
var (
	top       = filepath.Join("..", "..")
	parlance  = filepath.Join(top, "build", "parlance")
	parlanceC = filepath.Join(top, "build", "parlance-cli")
	parlanceR = filepath.Join(top, "build", "parlance-room")
)

// built makes the programs.
func built() error {
	out, err := exec.Command("make", "--no-print-directory", "-C", top, "build/parlance", "build/parlance-cli", "build/parlance-room").CombinedOutput()
	if err != nil {
		os.Stderr.Write(out)
	}
	return err
}

// profileFolder returns a new folder for a profile. Its path is short: the
// control socket stands in it.
func profileFolder(tb testing.TB) string {
	tb.Helper()
	folder, err := os.MkdirTemp("", "parlance-")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { os.RemoveAll(folder) })
	return folder
}

// person is somebody with a profile, and a window while the app runs.
type person struct {
	*window
	screen  *screen
	profile string
	cmd     *exec.Cmd
	exited  chan struct{} // closed when the process has ended
	stderr  bytes.Buffer  // to be read after exited
}

// newPerson starts the app on a new profile.
func newPerson(s *screen, args ...string) *person {
	s.tb.Helper()
	p := &person{screen: s, profile: profileFolder(s.tb)}
	p.start(args...)
	return p
}

// start starts the app.
func (p *person) start(args ...string) {
	p.screen.tb.Helper()
	p.run(p.screen.command(parlance, append([]string{"--profile", p.profile}, args...)...))
	p.window = p.screen.windowOf(p.cmd.Process.Pid)
	p.serves()
}

// run starts a command as this person's app.
func (p *person) run(cmd *exec.Cmd) {
	tb := p.screen.tb
	tb.Helper()
	p.cmd, p.exited = cmd, make(chan struct{})
	p.stderr.Reset()
	cmd.Stderr = &p.stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // make starts the app as its child
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	exited := p.exited
	go func() {
		cmd.Wait()
		close(exited)
	}()
	tb.Cleanup(func() {
		syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		<-exited
	})
}

// quit leaves the app as a user does, and waits for it.
func (p *person) quit() {
	p.tb.Helper()
	p.key("ctrl+q")
	p.gone(0)
}

// terminate ends the app as a logout does, and waits for it.
func (p *person) terminate() {
	p.tb.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		p.tb.Fatal(err)
	}
	p.gone(0)
}

// gone waits until the app has ended.
func (p *person) gone(code int) {
	tb := p.screen.tb
	tb.Helper()
	p.screen.until("the app ends", func() bool {
		select {
		case <-p.exited:
			return true
		default:
			return false
		}
	})
	if got := p.cmd.ProcessState.ExitCode(); got != code {
		tb.Errorf("the app ended with %d, want %d; it said: %s", got, code, &p.stderr)
	}
}

// serves waits until a program serves the profile. Asked earlier, parlance-cli
// would open the profile itself.
func (p *person) serves() {
	p.screen.tb.Helper()
	p.screen.until("the profile is served", func() bool {
		_, err := os.Stat(filepath.Join(p.profile, "control.sock"))
		return err == nil
	})
}

// cli asks the profile through parlance-cli, and returns its JSON lines.
func (p *person) cli(args ...string) []map[string]any {
	tb := p.screen.tb
	tb.Helper()
	cmd := p.screen.command(parlanceC, append([]string{"--profile", p.profile, "--json"}, args...)...)
	out, err := cmd.Output()
	if err != nil {
		return nil // such as somebody who is not known yet
	}
	var lines []map[string]any
	for s := bufio.NewScanner(bytes.NewReader(out)); s.Scan(); {
		line := map[string]any{}
		if err := json.Unmarshal(s.Bytes(), &line); err != nil {
			tb.Fatalf("parlance-cli %s prints %q: %v", strings.Join(args, " "), s.Text(), err)
		}
		lines = append(lines, line)
	}
	return lines
}

// texts are the messages with somebody, oldest first; own ones after a ">" and
// with their state, as in ">hello (delivered)".
func (p *person) texts(to string) []string {
	p.screen.tb.Helper()
	var out []string
	for _, m := range p.cli("history", to) {
		text, _ := m["text"].(string)
		if state, own := m["state"].(string); own && state != "" {
			text = ">" + text + " (" + state + ")"
		}
		out = append(out, text)
	}
	return out
}

// reached says whether somebody has an own message. Whose window is open there has
// read it at once.
func (p *person) reached(to, text string) bool {
	p.screen.tb.Helper()
	texts := p.texts(to)
	return slices.Contains(texts, ">"+text+" (delivered)") || slices.Contains(texts, ">"+text+" (read)")
}

// sees says whether somebody is online for this person.
func (p *person) sees(name string) bool {
	p.screen.tb.Helper()
	for _, peer := range p.cli("peers") {
		if peer["name"] == name && peer["state"] == "online" {
			return true
		}
	}
	return false
}
