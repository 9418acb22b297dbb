//go:build window

package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/parlance-chat/parlance/netcore/netlab/ircd"
	"github.com/parlance-chat/parlance/netcore/netlab/terminal"
)

// ports finds the ports of a room server in what it says at its start.
var ports = regexp.MustCompile(`port (\d+), or (\d+) with TLS`)

// roomServer runs parlance-room, and returns the ports of IRC without and with TLS.
func roomServer(t *testing.T) (open, secure string) {
	t.Helper()
	cmd := exec.Command(parlanceR, "--data", t.TempDir(), "--listen", "127.0.0.1:0", "--tls-listen", "127.0.0.1:0")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	begin(t, cmd)
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if found := ports.FindStringSubmatch(lines.Text()); found != nil {
			return found[1], found[2]
		}
	}
	t.Fatal("the room server names no ports")
	return "", ""
}

// joinRoom joins a room by the card for it, without saying what kind of server it
// has.
func (p *person) joinRoom(address, room string) {
	p.tb.Helper()
	p.key("ctrl+j")
	p.steady()
	p.write(address)
	p.key("Tab")
	p.write(room)
	p.key("Return")
	p.until("the room is joined", func() bool {
		for _, st := range p.cli("room", "list") {
			if st["name"] == room && st["joined"] == true {
				return true
			}
		}
		return false
	})
	p.steady()
}

// says types a text into the open room, and waits until it is there.
func (p *person) says(room, text string) {
	p.tb.Helper()
	p.write(text)
	p.key("Return")
	p.until("it is said: "+text, func() bool { return p.reached(room, text) })
}

// hears waits until somebody's text is in the room.
func (p *person) hears(room, text string) {
	p.tb.Helper()
	p.until("it is heard: "+text, func() bool { return slices.Contains(p.texts(room), text) })
}

// others returns a program of somebody else's, with a home of its own.
func others(s *screen, home, name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Env = s.env("TERM=xterm", "HOME="+home, "LANG=C.UTF-8")
	return cmd
}

// irssi connects a person with irssi to a server.
func irssi(t *testing.T, s *screen, port string) *terminal.Terminal {
	t.Helper()
	home := t.TempDir()
	// It would wait seconds between commands, for servers that call less a flood.
	config := `settings = { "irc/core" = { cmd_queue_speed = "10msec"; }; };`
	if err := os.WriteFile(filepath.Join(home, "config"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	term := terminal.Start(t, others(s, home, "irssi", "--home="+home, "--connect=127.0.0.1", "--port="+port, "--nick=irssi"))
	term.Shows("Welcome to the ")
	term.Types("/join #tea")
	return term
}

// TestRoomWithOthers has people with irssi, WeeChat and HexChat join a room, see
// what was said before they came, and talk with somebody in the window.
func TestRoomWithOthers(t *testing.T) {
	plugIn(t) // WeeChat finds no address on a machine with none but loopback's
	open, secure := roomServer(t)
	s := newScreen(t, wide+700, high+60, true)
	ann := newPerson(s, "--name", "Ann")
	ann.place(5, 30, wide, high)
	ann.steady()
	ann.joinRoom("127.0.0.1:"+secure, "#tea")
	ann.key("Return") // the card with the server's certificate
	ann.steady()
	ann.says("#tea", "before you came")

	talk := func(t *testing.T, nick string, types, shows func(string)) {
		shows("before you came")
		before := ann.steady()
		types("hello from " + nick)
		ann.hears("#tea", "hello from "+nick)
		ann.changes(before, 300)
		ann.says("#tea", "hello to "+nick)
		shows("hello to " + nick)
	}
	t.Run("irssi", func(t *testing.T) {
		other := irssi(t, s, open)
		talk(t, "irssi", other.Types, other.Shows)
	})
	t.Run("WeeChat", func(t *testing.T) {
		weechat := terminal.Start(t, others(s, t.TempDir(), "weechat", "--dir", t.TempDir(), "irc://weechat@127.0.0.1:"+open+"/#tea"))
		talk(t, "weechat", weechat.Types, weechat.Shows)
	})
	t.Run("HexChat", func(t *testing.T) {
		folder := t.TempDir()
		config := "version = 2.16.1\nirc_nick1 = hexchat\nirc_user_name = hexchat\nirc_real_name = Hex\nirc_logging = 1\nirc_logmask = log\n"
		if err := os.WriteFile(filepath.Join(folder, "hexchat.conf"), []byte(config), 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := others(s, folder, "hexchat", "--no-plugins", "--cfgdir", folder, "--url", "irc://127.0.0.1:"+open+"/tea")
		begin(t, cmd)
		if os.Getuid() == 0 { // it warns, and waits for an answer
			s.windowOf(cmd.Process.Pid).key("Return")
		}
		var hexchat *window
		s.until("HexChat shows the room", func() bool {
			hexchat = s.windowOf(cmd.Process.Pid)
			return strings.Contains(hexchat.title(), "#tea")
		})
		talk(t, "hexchat", func(line string) {
			hexchat.write(line)
			hexchat.key("Return")
		}, func(text string) {
			s.until(fmt.Sprintf("HexChat shows %q", text), func() bool {
				log, err := os.ReadFile(filepath.Join(folder, "logs", "log"))
				return err == nil && strings.Contains(string(log), text)
			})
		})
	})
}

// TestRoomOnServersOfOthers joins ngIRCd and InspIRCd, and talks with irssi there.
func TestRoomOnServersOfOthers(t *testing.T) {
	for _, name := range ircd.Names {
		t.Run(name, func(t *testing.T) {
			server := ircd.Start(t, name)
			s := newScreen(t, wide+40, high+60, true)
			ann := newPerson(s, "--name", "Ann")
			ann.place(5, 30, wide, high)
			ann.steady()
			ann.joinRoom(server.Address, "#tea")
			_, port, _ := strings.Cut(server.Address, ":")
			other := irssi(t, s, port)
			other.Shows("[@Ann]")
			other.Types("hello from irssi")
			ann.hears("#tea", "hello from irssi")
			ann.says("#tea", "hello to irssi")
			other.Shows("hello to irssi")
			ann.write("/topic About tests")
			ann.key("Return")
			other.Shows("About tests")
		})
	}
}
