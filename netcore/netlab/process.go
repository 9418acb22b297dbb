//go:build linux && netns

package netlab

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Line is a line that a process wrote, and when it was read.
type Line struct {
	Text string
	At   time.Time
}

// Process is a program running on a host.
type Process struct {
	Started time.Time

	t      testing.TB
	name   string
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	exited chan struct{}

	mu      sync.Mutex
	lines   []Line        // of stdout
	changed chan struct{} // closed and replaced at each line
	stderr  bytes.Buffer
	err     error // of Wait, once exited is closed
}

// start starts a program in n. Its end is awaited by a goroutine that end waits for.
func start(t testing.TB, n *namespace, name string, argv []string) (*Process, error) {
	p := &Process{t: t, name: name, exited: make(chan struct{}), changed: make(chan struct{})}
	p.cmd = exec.Command(argv[0], argv[1:]...)
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	p.cmd.Stderr = (*lockedBuffer)(p)
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if p.stdin, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	p.Started = time.Now()
	if err := n.do(p.cmd.Start); err != nil {
		return nil, fmt.Errorf("cannot start %q: %w", argv, err)
	}
	go p.read(stdout)
	return p, nil
}

func (p *Process) read(stdout io.Reader) {
	r := bufio.NewReader(stdout)
	for {
		text, err := r.ReadString('\n')
		if text != "" {
			p.mu.Lock()
			p.lines = append(p.lines, Line{Text: strings.TrimSuffix(text, "\n"), At: time.Now()})
			close(p.changed)
			p.changed = make(chan struct{})
			p.mu.Unlock()
		}
		if err != nil {
			break
		}
	}
	err := p.cmd.Wait()
	p.mu.Lock()
	p.err = err
	p.mu.Unlock()
	close(p.exited)
}

// PID returns the process's number.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Lines returns what the process wrote to stdout so far.
func (p *Process) Lines() []Line {
	lines, _ := p.linesFrom(0)
	return lines
}

// Stderr returns what the process wrote to stderr so far.
func (p *Process) Stderr() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stderr.String()
}

// linesFrom returns the lines from number i on, and what is closed when there
// are more.
func (p *Process) linesFrom(i int) ([]Line, <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.lines[i:len(p.lines):len(p.lines)], p.changed
}

// WaitLine waits until the process has written a line that match likes, looking
// at the lines from number from on, and returns its number. The test fails when
// the time is over, or when the process has ended without one.
func (p *Process) WaitLine(within time.Duration, from int, what string, match func(Line) bool) int {
	p.t.Helper()
	timeout := time.NewTimer(within)
	defer timeout.Stop()
	for i, last := from, false; ; {
		lines, more := p.linesFrom(i)
		for _, line := range lines {
			if match(line) {
				return i
			}
			i++
		}
		if last {
			p.t.Fatalf("%s: ended without %s\n%s", p.name, what, p.report())
		}
		select {
		case <-more:
		case <-p.exited:
			last = true
		case <-timeout.C:
			p.t.Fatalf("%s: no %s within %v\n%s", p.name, what, within, p.report())
		}
	}
}

// Write writes to the process's stdin.
func (p *Process) Write(text string) {
	p.t.Helper()
	if _, err := io.WriteString(p.stdin, text); err != nil {
		p.t.Fatalf("%s: writing to its stdin: %v\n%s", p.name, err, p.report())
	}
}

// CloseStdin tells the process that nothing more comes.
func (p *Process) CloseStdin() { _ = p.stdin.Close() }

// Signal sends the process a signal.
func (p *Process) Signal(s os.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		p.t.Fatalf("%s: signal %v: %v", p.name, s, err)
	}
}

// Kill ends the process with SIGKILL, as a power cut would, and waits for its end.
func (p *Process) Kill() {
	p.t.Helper()
	p.Signal(os.Kill)
	<-p.exited
}

// Wait waits for the process to end by itself and returns its exit code.
func (p *Process) Wait(within time.Duration) int {
	p.t.Helper()
	select {
	case <-p.exited:
	case <-time.After(within):
		p.t.Fatalf("%s: still runs after %v\n%s", p.name, within, p.report())
	}
	return p.cmd.ProcessState.ExitCode()
}

// Exited says whether the process has ended.
func (p *Process) Exited() bool {
	select {
	case <-p.exited:
		return true
	default:
		return false
	}
}

// report is what the process wrote lately, for failures.
func (p *Process) report() string {
	const most = 25
	p.mu.Lock()
	defer p.mu.Unlock()
	var b strings.Builder
	from := max(0, len(p.lines)-most)
	if from > 0 {
		fmt.Fprintf(&b, "    (%d lines before)\n", from)
	}
	for _, line := range p.lines[from:] {
		fmt.Fprintf(&b, "    %7.3fs %s\n", line.At.Sub(p.Started).Seconds(), line.Text)
	}
	if s := p.stderr.String(); s != "" {
		if len(s) > 4000 {
			s = "…" + s[len(s)-4000:]
		}
		fmt.Fprintf(&b, "    stderr: %s\n", s)
	}
	if p.Exited() {
		fmt.Fprintf(&b, "    ended: %v\n", p.err)
	}
	return b.String()
}

// lockedBuffer writes to a process's stderr buffer under its lock.
type lockedBuffer Process

func (b *lockedBuffer) Write(data []byte) (int, error) {
	p := (*Process)(b)
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stderr.Write(data)
}
