package main

import (
	"net"
	"os"
	"os/exec"
	"testing"

	"github.com/parlance-chat/parlance/netcore/netlab/terminal"
)

// TestIrssi has a person join with irssi and talk, both ways.
func TestIrssi(t *testing.T) {
	r := up(t, t.TempDir(), "")
	ann := r.join("ann")
	_, port, err := net.SplitHostPort(r.address)
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	cmd := exec.Command("irssi", "--home="+home, "--connect=127.0.0.1", "--port="+port, "--nick=irssi")
	cmd.Env = append(os.Environ(), "TERM=xterm", "LANG=C.UTF-8", "HOME="+home)
	irssi := terminal.Start(t, cmd)
	irssi.Shows("Welcome to the Parlance Network")
	irssi.Types("/join #room")
	ann.expect(":irssi!")
	irssi.Shows("[@ann]")
	irssi.Types("hello from a window of text")
	ann.expect("PRIVMSG #room :hello from a window of text")
	ann.send("PRIVMSG #room :héllo irssi")
	irssi.Shows("héllo irssi")
	irssi.Types("/me waves")
	ann.expect("PRIVMSG #room :\x01ACTION waves\x01")
	ann.send("MODE #room +o irssi")
	ann.expect("MODE #room +o irssi")
	irssi.Types("/topic something new")
	ann.expect("TOPIC #room :something new")
	irssi.Types("/nick other")
	ann.expect(" NICK :other", " NICK other")
	irssi.Types("/quit")
	ann.expect(" QUIT ")
}
