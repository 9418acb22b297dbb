package ircd

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// patience is how long a server may take to listen.
const patience = 30 * time.Second

// Names are the servers there are: one that knows nothing of IRCv3, and one that
// knows much of it.
var Names = []string{"ngircd", "inspircd"}

const ngircdConfig = `[Global]
Name = irc.test.invalid
Info = a test
Listen = 127.0.0.1
Ports = %s
MotdPhrase = hello
[Limits]
MaxNickLength = 20
[Options]
DNS = no
Ident = no
PAM = no
`

const inspircdConfig = `<server name="irc.test.invalid" description="a test" network="Test" id="001">
<admin name="nobody" nick="nobody" email="nobody@test.invalid">
<bind address="127.0.0.1" port="%s" type="clients">
<connect name="all" allow="*" timeout="60" hardsendq="1M" softsendq="8192" recvq="8K" threshold="10" commandrate="1000"
	fakelag="yes" localmax="100" globalmax="100" resolvehostnames="no" useident="no">
<options casemapping="ascii" prefixquit="" syntaxhints="no">
<pid file="inspircd.pid">
`

var inspircdModules = []string{"cap", "ircv3", "ircv3_accounttag", "ircv3_batch", "ircv3_capnotify", "ircv3_ctctags",
	"ircv3_echomessage", "ircv3_labeledresponse", "ircv3_msgid", "ircv3_servertime", "monitor", "namesx"}

// Server is one that runs.
type Server struct {
	Address string // host:port

	t       testing.TB
	name    string
	folder  string
	process *exec.Cmd
	ended   chan struct{}
}

// Start runs a server on a free port of loopback until the test ends.
func Start(t testing.TB, name string) *Server {
	t.Helper()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{Address: free.Addr().String(), t: t, name: name, folder: t.TempDir()}
	free.Close()
	s.Restart()
	t.Cleanup(s.Kill)
	return s
}

// command returns what starts the server.
func (s *Server) command() *exec.Cmd {
	_, port, _ := net.SplitHostPort(s.Address)
	args := []string{"--nodaemon", "--config", "server.conf"}
	text := fmt.Sprintf(ngircdConfig, port)
	if s.name == "inspircd" {
		args = []string{"--nofork", "--runasroot", "--nolog", "--config", filepath.Join(s.folder, "server.conf")}
		text = fmt.Sprintf(inspircdConfig, port)
		for _, m := range inspircdModules {
			text += "<module name=\"" + m + "\">\n"
		}
	}
	if err := os.WriteFile(filepath.Join(s.folder, "server.conf"), []byte(text), 0o644); err != nil {
		s.t.Fatal(err)
	}
	program, err := exec.LookPath(s.name)
	if err != nil {
		program = "/usr/sbin/" + s.name
	}
	return exec.Command(program, args...)
}

// Restart runs the server again, once it was killed, and waits until it listens.
func (s *Server) Restart() {
	s.t.Helper()
	cmd := s.command()
	var output bytes.Buffer
	cmd.Dir, cmd.Stdout, cmd.Stderr = s.folder, &output, &output
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		s.t.Fatalf("%v: run .make/need test", err)
	}
	ended := make(chan struct{})
	go func() { cmd.Wait(); close(ended) }()
	s.process, s.ended = cmd, ended
	for start := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		conn, err := net.Dial("tcp", s.Address)
		if err == nil {
			conn.Close()
			return
		}
		select {
		case <-ended:
			s.t.Fatalf("%s ended: %s", s.name, output.String())
		default:
		}
		if time.Since(start) > patience {
			s.t.Fatalf("%s does not listen: %s", s.name, output.String())
		}
	}
}

// Kill ends the server without a word.
func (s *Server) Kill() {
	s.process.Process.Kill()
	<-s.ended
}
