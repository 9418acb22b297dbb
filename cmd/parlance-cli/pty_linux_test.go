package main

import (
	"fmt"
	"io"
	"os"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/parlance-chat/parlance/cmd/parlance-cli/show"
)

// openPTY returns both ends of a new terminal.
func openPTY(t *testing.T) (person, program *os.File) {
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
	program, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { program.Close() })
	if err := unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: 40}); err != nil {
		t.Fatal(err)
	}
	return person, program
}

// TestTerminal talks at a real terminal, and finds it as it was afterwards.
func TestTerminal(t *testing.T) {
	t.Parallel()
	for name, leave := range map[string]func(*process, *os.File){
		"by Ctrl+C":   func(_ *process, person *os.File) { _, _ = person.WriteString("\x03") },
		"by /quit":    func(_ *process, person *os.File) { _, _ = person.WriteString("/quit\r") },
		"by a signal": func(ada *process, _ *os.File) { ada.signal(syscall.SIGTERM) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPlace(t)
			bob := p.up("Bob")
			person, program := openPTY(t)
			before, err := unix.IoctlGetTermios(int(program.Fd()), unix.TCGETS)
			if err != nil {
				t.Fatal(err)
			}
			cmd := p.command("Ada", "--name", "Ada", "chat")
			cmd.Stdin, cmd.Stdout = program, program
			cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
			ada := p.start(cmd)
			seen := newScreen()
			go func() { _, _ = io.Copy(seen, person) }() // ends with the terminal

			seen.wait(t, "  Bob  ", "  online")
			write := func(text string) {
				t.Helper()
				if _, err := person.WriteString(text); err != nil {
					t.Fatal(err)
				}
			}
			write("Bob\r")
			seen.wait(t, "You talk with Bob")
			write("hello from a terminal\r")
			bob.out.wait(t, `"text":"hello from a terminal"`)
			write("half a li")
			seen.wait(t, "half a li")
			if r := p.run("Bob", "send", "Ada", "a line that is longer than the terminal is wide"); r.code != exitDone {
				t.Errorf("send: %+v", r)
			}
			seen.wait(t, "a line that is longer \r\n"+show.Indent+"than the terminal is wide\r\n> half a li")
			write("ne\r")
			bob.out.wait(t, `"text":"half a line"`)

			leave(ada, person)
			ada.ends(exitDone)
			after, err := unix.IoctlGetTermios(int(program.Fd()), unix.TCGETS)
			if err != nil || *after != *before {
				t.Errorf("the terminal was %+v and is %+v, %v", before, after, err)
			}
		})
	}
}
