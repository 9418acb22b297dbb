// Parlance-cli is Parlance in the terminal: a client to chat with, and commands
// for scripts. It works through the program that has the profile open, or opens
// the profile itself when there is none.
//
// It decides nothing: what a device is and does is netcore's business. Here are
// the commands, what they print for people and for programs (--json), and the
// exit codes: 0 done, 1 failed, 2 wrong usage or nobody fits a name, 3 still
// queued after --wait.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/term"

	"github.com/parlance-chat/parlance/cmd/parlance-cli/session"
	"github.com/parlance-chat/parlance/cmd/parlance-cli/talk"
	"github.com/parlance-chat/parlance/netcore"
)

func main() {
	// A reader that goes away is an error of the write, not the end: the device
	// still says goodbye.
	signal.Ignore(syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	os.Exit(run(ctx, os.Args[1:], world{
		in:        os.Stdin,
		out:       os.Stdout,
		err:       os.Stderr,
		terminal:  talk.OpenTerminal,
		asked:     term.IsTerminal(int(os.Stdin.Fd())),
		width:     func() int { return widthOf(os.Stdout) },
		open:      session.Open,
		renew:     netcore.RenewIdentity,
		discovery: 2 * time.Second,
		linger:    3 * time.Second,
	}))
}

// widthOf returns how many columns the terminal f has; 0 if it is none.
func widthOf(f *os.File) int {
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return width
}
