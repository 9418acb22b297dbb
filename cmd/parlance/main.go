// Parlance is the desktop app: chat with the people on your network.
//
// It opens a profile, serves its control socket while the window is there, and
// closes it with the window. If another Parlance window has the profile, that one
// comes to the front instead. All there is to see is in package app.
package main

import (
	"fmt"
	"os"

	"github.com/parlance-chat/parlance/app"
	_ "github.com/parlance-chat/parlance/app/locale" // before Fyne looks
	"github.com/parlance-chat/parlance/netcore"
)

func main() { os.Exit(run(os.Args[1:])) }

func run(args []string) int {
	opts, code := parse(args)
	if opts == nil {
		return code
	}
	if err := checkDisplay(); err != nil {
		fmt.Fprintf(os.Stderr, "parlance: %v\nFor a chat in the terminal, start: parlance-cli chat\n", err)
		return 1
	}
	h, err := openHome(netcore.Config{Profile: opts.profile, Name: opts.name, Program: program})
	if err != nil {
		return refused(err)
	}
	defer h.close()
	app.Run(app.Config{Core: app.FromNode(h.node), Renew: h.renew, Version: version, Show: h.show, Notices: h.door.notices})
	return 0
}
