package room

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
)

// real is a server program of somebody else's, on loopback.
type real struct {
	name    string
	args    func(config string) []string
	config  func(port int) string
	process *exec.Cmd
}

const ngircdConfig = `[Global]
Name = irc.test.invalid
Info = a test
Listen = 127.0.0.1
Ports = %d
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
<bind address="127.0.0.1" port="%d" type="clients">
<connect name="all" allow="*" timeout="60" hardsendq="1M" softsendq="8192" recvq="8K" threshold="10" commandrate="1000"
	fakelag="yes" localmax="100" globalmax="100" resolvehostnames="no" useident="no">
<options casemapping="ascii" prefixquit="" syntaxhints="no">
<pid file="inspircd.pid">
`

var inspircdModules = []string{"cap", "ircv3", "ircv3_accounttag", "ircv3_batch", "ircv3_capnotify", "ircv3_ctctags",
	"ircv3_echomessage", "ircv3_labeledresponse", "ircv3_msgid", "ircv3_servertime", "monitor", "namesx"}

func realServers() []*real {
	return []*real{
		{name: "ngircd", args: func(config string) []string { return []string{"--nodaemon", "--config", config} },
			config: func(port int) string { return fmt.Sprintf(ngircdConfig, port) }},
		{name: "inspircd", args: func(config string) []string {
			return []string{"--nofork", "--runasroot", "--nolog", "--config", config}
		},
			config: func(port int) string {
				text := fmt.Sprintf(inspircdConfig, port)
				for _, m := range inspircdModules {
					text += "<module name=\"" + m + "\">\n"
				}
				return text
			}},
	}
}

// start runs the server until the test ends, and waits until it listens.
func (r *real) start(t *testing.T, folder string, port int) {
	t.Helper()
	program, err := exec.LookPath(r.name)
	if err != nil {
		if program, err = exec.LookPath("/usr/sbin/" + r.name); err != nil {
			t.Fatalf("%s is not installed: run .make/need test", r.name)
		}
	}
	config := filepath.Join(folder, "server.conf")
	if err := os.WriteFile(config, []byte(r.config(port)), 0o644); err != nil {
		t.Fatal(err)
	}
	var output bytes.Buffer
	cmd := exec.Command(program, r.args(config)...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = folder, &output, &output
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	r.process = cmd
	ended := make(chan struct{})
	go func() { cmd.Wait(); close(ended) }()
	t.Cleanup(func() { cmd.Process.Kill(); <-ended })
	for start := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			conn.Close()
			return
		}
		select {
		case <-ended:
			t.Fatalf("%s ended: %s", r.name, output.String())
		default:
		}
		if time.Since(start) > patience {
			t.Fatalf("%s does not listen: %s", r.name, output.String())
		}
	}
}

// TestRealServers: two devices with the same name talk on servers of others, and
// come back when the server does.
func TestRealServers(t *testing.T) {
	for _, r := range realServers() {
		t.Run(r.name, func(t *testing.T) {
			free, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			port := free.Addr().(*net.TCPAddr).Port
			free.Close()
			folder := t.TempDir()
			r.start(t, folder, port)
			url := fmt.Sprintf("irc://127.0.0.1:%d/#room", port)
			ada, other := newBench(t), newBench(t)
			id := ada.join(url)
			if got := other.join(url); got != id {
				t.Error("not the same conversation")
			}
			nick := other.status(id).Nick
			if ada.status(id).Nick != "Ada" || nick != "Ada_" {
				t.Errorf("nicks %s and %s", ada.status(id).Nick, nick)
			}
			ada.until("both there", func() bool { return ada.status(id).Members == 2 && other.status(id).Members == 2 })
			ada.send(id, "hello, Grüße 😀")
			other.holds(id, "Ada: hello, Grüße 😀")
			ada.holds(id, "own delivered: hello, Grüße 😀")
			if _, err := ada.Command(t.Context(), id, "/topic About tests"); err != nil {
				t.Fatal(err)
			}
			other.until("the topic", func() bool { return other.status(id).Topic == "About tests" })
			if who, err := ada.Command(t.Context(), id, "/whois "+nick); err != nil || !strings.Contains(who, "Ada") {
				t.Errorf("whois: %q, %v", who, err)
			}
			other.send(id, "/me waves")
			ada.holds(id, "own delivered: hello, Grüße 😀", "Ada_: /me waves")
			long := strings.Repeat("long ", 200)
			ada.send(id, long)
			ada.until("a long text delivered", func() bool { h := ada.held(id); return h[len(h)-1] == "own delivered: "+long })
			other.until("its parts", func() bool {
				var all strings.Builder
				for _, line := range other.held(id) {
					if text, ok := strings.CutPrefix(line, "Ada: "); ok && strings.HasPrefix(text, "long") {
						all.WriteString(strings.TrimRight(text, " ") + " ")
					}
				}
				return all.String() == long
			})
			if _, err := ada.Command(t.Context(), id, "/msg "+nick+" just you"); err != nil {
				t.Fatal(err)
			}
			other.until("a private text", func() bool {
				for _, room := range other.Rooms() {
					if room.Target == "Ada" {
						return strings.Join(other.held(room.ID), "") == "Ada: just you"
					}
				}
				return false
			})
			r.process.Process.Kill()
			ada.until("the server gone", func() bool { return !ada.status(id).Connected })
			if m := ada.send(id, "while it is away"); m.State != chat.Queued {
				t.Errorf("state %s", m.State)
			}
			r.start(t, folder, port)
			ada.until("sent at last", func() bool { h := ada.held(id); return h[len(h)-1] == "own delivered: while it is away" })
		})
	}
}
