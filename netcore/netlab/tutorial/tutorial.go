package tutorial

import (
	"bufio"
	"embed"
	"io"
	"os/exec"
	"strconv"
	"strings"
	"testing"
)

//go:embed *.py
var sources embed.FS

// Program is a running one.
type Program struct {
	t   testing.TB
	in  io.Writer
	out *bufio.Reader
}

// Start runs a program until the test ends: broadcast_server, broadcast_client and
// the like. Servers want a port, 0 for any; clients the server's, and that of the
// paired kind a name.
func Start(t testing.TB, name string, args ...string) *Program {
	t.Helper()
	source, err := sources.ReadFile(name + ".py")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("python3", append([]string{"-c", string(source)}, args...)...)
	cmd.Stderr = t.Output()
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("%v: run .make/need test", err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	return &Program{t, in, bufio.NewReader(out)}
}

// Serve starts a server on a free port of loopback.
func Serve(t testing.TB, name string) (server *Program, port string) {
	t.Helper()
	server = Start(t, name, "0")
	line := server.Line()
	port, ok := strings.CutPrefix(line, "listening ")
	if _, err := strconv.Atoi(port); !ok || err != nil {
		t.Fatalf("%s printed %q", name, line)
	}
	return server, port
}

// Types has the user of the program type a line.
func (p *Program) Types(line string) {
	p.t.Helper()
	if _, err := io.WriteString(p.in, line+"\n"); err != nil {
		p.t.Fatal(err)
	}
}

// Line returns the next line that the program prints.
func (p *Program) Line() string {
	p.t.Helper()
	line, err := p.out.ReadString('\n')
	if err != nil {
		p.t.Fatalf("printed %q, %v", line, err)
	}
	return strings.TrimSuffix(line, "\n")
}

// Prints waits for the next line that the program prints.
func (p *Program) Prints(want string) {
	p.t.Helper()
	if got := p.Line(); got != want {
		p.t.Fatalf("printed %q, want %q", got, want)
	}
}
