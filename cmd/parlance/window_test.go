//go:build window

package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"
)

// Where things stand in a window of 980 by 680 at 100 %.
const (
	wide, high = 980, 680
	rowX, rowY = 150, 188 // the first row under a heading
	nearbyY    = 286      // the first person nearby, under the lobby and another heading

	quitX, quitY = 308, 297 // in the window that says why Parlance does not start
)

func TestMain(m *testing.M) {
	if err := built(); err != nil {
		fmt.Fprintln(os.Stderr, "build:", err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// firstRun types a name over the one that was guessed.
func (p *person) firstRun(name string) {
	p.tb.Helper()
	p.steady()
	p.key("ctrl+a")
	p.write(name)
	p.key("Return")
	p.until(name+" has a name", func() bool {
		lines := p.cli("id")
		return len(lines) == 1 && lines[0]["name"] == name
	})
	p.steady()
}

// TestTwoPeopleTalk is the walk a new user takes: a name, the other in the list,
// a message, an answer.
func TestTwoPeopleTalk(t *testing.T) {
	s := newScreen(t, 2*wide+40, high+60, true)
	ann, ben := newPerson(s), newPerson(s)
	ann.place(5, 30, wide, high)
	ben.place(wide+25, 30, wide, high)
	ann.firstRun("Ann")
	ben.firstRun("Ben")
	s.until("they see each other", func() bool { return ann.sees("Ben") && ben.sees("Ann") })

	before := ben.steady()
	ann.click(rowX, nearbyY)
	ann.steady()
	ann.write("Hello Ben!")
	ann.key("shift+Return")
	ann.write("Two lines.")
	ann.key("Return")
	s.until("the message is delivered", func() bool {
		return slices.Equal(ann.texts("Ben"), []string{">Hello Ben!\nTwo lines. (delivered)"}) &&
			slices.Equal(ben.texts("Ann"), []string{"Hello Ben!\nTwo lines."})
	})
	ben.changes(before, 500)
	s.until("Ben's title counts it", func() bool { return ben.title() == "(1) Parlance" })

	ben.click(rowX, rowY)
	s.until("it counts as read", func() bool { return ben.title() == "Parlance" })
	before = ann.steady()
	ben.write("Hello Ann.")
	ben.key("Return")
	s.until("the answer is delivered", func() bool {
		texts := ann.texts("Ben")
		return len(texts) == 2 && texts[1] == "Hello Ann."
	})
	ann.changes(before, 500)

	// Ben goes; Ann writes all the same; Ben comes back.
	ben.quit()
	s.until("Ben is away", func() bool { return !ann.sees("Ben") })
	ann.write("Are you gone?")
	ann.key("Return")
	s.until("the message waits", func() bool { return slices.Contains(ann.texts("Ben"), ">Are you gone? (queued)") })
	ben.start()
	s.until("it is delivered", func() bool {
		return ann.reached("Ben", "Are you gone?") && slices.Contains(ben.texts("Ann"), "Are you gone?")
	})
}

// annOpensBen runs the app for two people, of whom one has the other's conversation
// open.
func annOpensBen(t *testing.T) (s *screen, ann, ben *person) {
	t.Helper()
	s = newScreen(t, 2*wide+40, high+60, true)
	ann, ben = newPerson(s, "--name", "Ann"), newPerson(s, "--name", "Ben")
	ann.place(5, 30, wide, high)
	s.until("she sees him", func() bool { return ann.sees("Ben") })
	ann.steady()
	ann.key("alt+Down", "alt+Down") // past the lobby
	ann.steady()
	return s, ann, ben
}

// A draft survives a restart, by the menu and by a logout.
func TestDraftSurvives(t *testing.T) {
	s, ann, ben := annOpensBen(t)
	ann.write("Half a")
	ann.quit() // before the draft has rested
	ann.start()
	ann.place(5, 30, wide, high)
	ann.steady()
	ann.write(" se")
	before := ann.steady()
	ann.write("n")
	ann.until("the key is in the window", func() bool { return changed(before, ann.picture()) > 0 })
	ann.terminate() // before the draft has rested
	ann.start()
	ann.place(5, 30, wide, high)
	ann.steady()
	ann.write("tence.")
	ann.key("Return")
	s.until("the sentence is whole", func() bool { return slices.Equal(ben.texts("Ann"), []string{"Half a sentence."}) })
}

// TestKeysFromTheStart: the box has the keyboard as soon as there is a window, also
// for keys that are no text.
func TestKeysFromTheStart(t *testing.T) {
	s, ann, ben := annOpensBen(t)
	ann.write("Helo")
	ann.key("Return")
	s.until("it is there", func() bool { return len(ben.texts("Ann")) == 1 })
	ann.quit()
	ann.start()
	ann.steady()
	ann.key("Up", "BackSpace") // edits it
	ann.write("lo")
	ann.key("Return")
	s.until("it is edited", func() bool { return slices.Equal(ben.texts("Ann"), []string{"Hello"}) })
}

// TestMakeRun starts the app as the README says.
func TestMakeRun(t *testing.T) {
	s := newScreen(t, wide+40, high+60, true)
	p := &person{screen: s, profile: profileFolder(t)}
	p.run(makes(t, s, "run", "ARGS=--name Cleo --profile "+p.profile))
	p.serves()
	if lines := p.cli("id"); len(lines) != 1 || lines[0]["name"] != "Cleo" {
		t.Errorf("the profile says %v", lines)
	}
	s.until("it has a window", func() bool {
		out, err := s.command("xdotool", "search", "--onlyvisible", "--name", "^Parlance$").Output()
		if err != nil || len(strings.Fields(string(out))) == 0 {
			return false
		}
		p.window = &window{s, strings.Fields(string(out))[0]}
		return true
	})
	p.steady()
	p.quit()
}

func goEnv(t *testing.T, name string) string {
	t.Helper()
	out, err := exec.Command("go", "env", name).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

// A second start of one profile brings the first window to the front.
func TestSecondStart(t *testing.T) {
	s := newScreen(t, 2*wide+40, high+60, true)
	ann, ben := newPerson(s, "--name", "Ann"), newPerson(s, "--name", "Ben")
	ann.steady()
	ben.front()
	ann.xdotool("windowminimize", "--sync", ann.id)
	second := s.command(parlance, "--profile", ann.profile)
	if out, err := second.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("the second start: %v: %s", err, out)
	}
	s.until("the first window is in front", func() bool { return s.xdotool("getactivewindow") == ann.id })
}

// A profile that another program has is refused with a window that names it.
func TestProfileTaken(t *testing.T) {
	s := newScreen(t, wide+40, high+60, true)
	p := &person{screen: s, profile: profileFolder(t)}
	up := s.command(parlanceC, "--profile", p.profile, "--name", "Ann", "up")
	begin(t, up)
	p.serves()
	p.start()
	p.until("the window shows something", func() bool { return colours(p.picture()) > 40 })
	p.click(quitX, quitY)
	p.gone(1)
	if text := p.stderr.String(); !strings.Contains(text, "parlance-cli") || !strings.Contains(text, fmt.Sprint(up.Process.Pid)) {
		t.Errorf("the other is not named: %q", text)
	}
}

// A profile that a command has for a moment is waited for.
func TestProfileTakenBriefly(t *testing.T) {
	s := newScreen(t, wide+40, high+60, true)
	p := &person{screen: s, profile: profileFolder(t)}
	up := s.command(parlanceC, "--profile", p.profile, "--name", "Ann", "up")
	begin(t, up)
	p.serves()
	time.AfterFunc(time.Second, func() { up.Process.Signal(os.Interrupt) })
	p.run(s.command(parlance, "--profile", p.profile))
	p.window = s.windowOf(p.cmd.Process.Pid)
	p.steady()
	p.quit()
}

func TestNoDisplay(t *testing.T) {
	for _, display := range []string{"", ":60123"} {
		cmd := exec.Command(parlance, "--profile", profileFolder(t))
		cmd.Env = []string{"HOME=" + t.TempDir(), "LANG=C.UTF-8", "DISPLAY=" + display}
		out, err := cmd.CombinedOutput()
		text := string(out)
		if cmd.ProcessState.ExitCode() != 1 || !strings.Contains(text, "parlance-cli chat") || strings.Contains(text, "Fyne") {
			t.Errorf("DISPLAY=%q: %v: %s", display, err, text)
		}
	}
}

// TestPlainUDP talks to a program of a few lines, both ways.
func TestPlainUDP(t *testing.T) {
	s := newScreen(t, wide+40, high+60, true)
	ann := newPerson(s, "--name", "Ann")
	ann.place(5, 30, wide, high)
	other, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	ann.steady()
	ann.key("ctrl+n")
	ann.steady()
	ann.write(other.LocalAddr().String())
	ann.key("Return")
	ann.steady()
	ann.write("ping")
	ann.key("Return")
	buffer := make([]byte, 1024)
	other.SetReadDeadline(time.Now().Add(patience))
	n, from, err := other.ReadFrom(buffer)
	if err != nil || string(buffer[:n]) != "ping" {
		s.keep("failure")
		t.Fatalf("received %q, %v", buffer[:n], err)
	}
	before := ann.steady()
	if _, err := other.WriteTo([]byte("pong \xff\xfe \x1b[31mred"), from); err != nil {
		t.Fatal(err)
	}
	to := "udp://" + other.LocalAddr().String()
	s.until("the answer is shown", func() bool {
		texts := ann.texts(to)
		return len(texts) == 2 && texts[0] == ">ping (sent)" && texts[1] == "pong \ufffd\ufffd \u241b[31mred"
	})
	ann.changes(before, 200)
	s.until("it counts as seen", func() bool { return ann.title() == "Parlance" })
}
