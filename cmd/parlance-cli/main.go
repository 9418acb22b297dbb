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

	"github.com/parlance-chat/parlance/netcore"
)

func main() {
	// A reader that goes away is an error of the write, not the end: the device
	// still says goodbye.
	signal.Ignore(syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	os.Exit(run(ctx, os.Args[1:], world{
		in:       os.Stdin,
		out:      os.Stdout,
		err:      os.Stderr,
		terminal: openTerminal,
		asked:    isTerminal(os.Stdin),
		width:    func() int { return widthOf(os.Stdout) },
		open: func(cfg netcore.Config) (node, error) {
			n, err := netcore.Open(cfg)
			if err != nil {
				return nil, err
			}
			return realNode{n}, nil
		},
		discovery: 2 * time.Second,
		linger:    3 * time.Second,
	}))
}
