package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"regexp"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// escapes are colours and movements of the cursor.
var escapes = regexp.MustCompile("\x1b(\\[[0-9;?]*[A-Za-z]|\\(B)")

// screen is all that a program wrote to its terminal.
type screen struct {
	t    *testing.T
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

// shows waits until a text was written.
func (s *screen) shows(want string) {
	s.t.Helper()
	for until := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		s.mu.Lock()
		found := bytes.Contains(escapes.ReplaceAll(s.text.Bytes(), nil), []byte(want))
		s.mu.Unlock()
		if found {
			return
		}
		if time.Now().After(until) {
			s.t.Fatalf("no %q on the screen:\n%q", want, s.text.String())
		}
	}
}

// terminal returns both ends of a new terminal.
func terminal(t *testing.T) (person, program *os.File) {
	t.Helper()
	person, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { person.Close() })
	fd := int(person.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 40, Col: 120}); err != nil {
		t.Fatal(err)
	}
	program, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { program.Close() })
	return person, program
}

// TestIrssi has a person join with irssi and talk, both ways.
func TestIrssi(t *testing.T) {
	r := up(t, t.TempDir(), "")
	ann := r.join("ann")
	_, port, err := net.SplitHostPort(r.address)
	if err != nil {
		t.Fatal(err)
	}
	person, program := terminal(t)
	home := t.TempDir()
	cmd := exec.Command("irssi", "--home="+home, "--connect=127.0.0.1", "--port="+port, "--nick=irssi")
	cmd.Env = append(os.Environ(), "TERM=xterm", "LANG=C.UTF-8", "HOME="+home)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = program, program, program
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	seen := &screen{t: t}
	go io.Copy(seen, person) // ends with the terminal
	types := func(line string) {
		t.Helper()
		if _, err := io.WriteString(person, line+"\r"); err != nil {
			t.Fatal(err)
		}
	}
	seen.shows("Welcome to the Parlance Network")
	types("/join #room")
	ann.expect(":irssi!")
	seen.shows("[@ann]")
	types("hello from a window of text")
	ann.expect("PRIVMSG #room :hello from a window of text")
	ann.send("PRIVMSG #room :héllo irssi")
	seen.shows("héllo irssi")
	types("/me waves")
	ann.expect("PRIVMSG #room :\x01ACTION waves\x01")
	ann.send("MODE #room +o irssi")
	ann.expect("MODE #room +o irssi")
	types("/topic something new")
	ann.expect("TOPIC #room :something new")
	types("/nick other")
	ann.expect(" NICK :other", " NICK other")
	types("/quit")
	ann.expect(" QUIT ")
}
