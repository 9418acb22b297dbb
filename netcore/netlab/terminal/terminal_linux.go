package terminal

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// patience is how long a text is waited for.
const patience = time.Minute

// escapes are colours and movements of the cursor.
var escapes = regexp.MustCompile("\x1b(\\[[0-9;?]*[A-Za-z]|\\(B)")

// Terminal is a terminal with a program at its other end.
type Terminal struct {
	t      testing.TB
	person *os.File
	mu     sync.Mutex
	text   bytes.Buffer // all that the program wrote
}

// Start runs a program at a terminal of 120 by 40 until the test ends.
func Start(t testing.TB, cmd *exec.Cmd) *Terminal {
	t.Helper()
	person, program := open(t)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = program, program, program
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatalf("%v: run .make/need test", err)
	}
	term := &Terminal{t: t, person: person}
	read := make(chan struct{})
	go func() { io.Copy(term, person); close(read) }() // ends with the terminal
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
		program.Close()
		<-read
		person.Close()
	})
	return term
}

// open returns both ends of a new terminal.
func open(t testing.TB) (person, program *os.File) {
	t.Helper()
	person, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
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
	return person, program
}

// Write takes what the program writes.
func (term *Terminal) Write(p []byte) (int, error) {
	term.mu.Lock()
	defer term.mu.Unlock()
	return term.text.Write(p)
}

// Types has the person type a line.
func (term *Terminal) Types(line string) {
	term.t.Helper()
	if _, err := io.WriteString(term.person, line+"\r"); err != nil {
		term.t.Fatal(err)
	}
}

// Shows waits until the program has written a text.
func (term *Terminal) Shows(want string) {
	term.t.Helper()
	for until := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		term.mu.Lock()
		seen := term.text.String()
		term.mu.Unlock()
		if bytes.Contains(escapes.ReplaceAll([]byte(seen), nil), []byte(want)) {
			return
		}
		if time.Now().After(until) {
			term.t.Fatalf("no %q on the screen:\n%q", want, seen)
		}
	}
}
