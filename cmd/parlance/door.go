package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/parlance-chat/parlance/app"
	"github.com/parlance-chat/parlance/netcore"
	"github.com/parlance-chat/parlance/netcore/control"
)

const (
	// showPatience is how long another window gets to come to the front.
	showPatience = 5 * time.Second
	// takenPatience is how long another process gets to be done with the profile:
	// longer than a command of parlance-cli takes.
	takenPatience = 3 * time.Second
)

// door is where other programs of the account come in: the control socket.
type door struct {
	server  *control.Server // nil if the socket could not be made
	notices []string        // what the user should know of it
}

// openDoor serves the control socket of node, and hands each wish to see the window
// to show. Without it the window works all the same; the user is told what does
// not.
func openDoor(node *netcore.Node, show chan<- struct{}) *door {
	d := &door{}
	server, err := control.Serve(control.Config{
		Node:    control.NodeOf(node),
		Profile: node.Self().Profile,
		Show: func() {
			select {
			case show <- struct{}{}:
			default: // it is on its way to the front already
			}
		},
	})
	if err != nil {
		d.notices = append(d.notices, fmt.Sprintf("Other programs, such as parlance-cli, cannot reach this window: %v. Chatting works all the same.", err))
		return d
	}
	d.server = server
	return d
}

func (d *door) close() {
	if d.server != nil {
		d.server.Close()
	}
}

// errShown says that the profile's window, of another process, was brought to
// the front: there is nothing left to do.
var errShown = errors.New("the window that has the profile was shown")

// open opens the profile. If another process has it and has a window, that is
// shown; if it has none, open waits a moment: it may be a command that is about
// to end.
func open(cfg netcore.Config) (*netcore.Node, error) {
	for deadline := time.Now().Add(takenPatience); ; time.Sleep(50 * time.Millisecond) {
		node, err := netcore.Open(cfg)
		var taken *netcore.InUseError
		switch {
		case !errors.As(err, &taken):
			return node, err
		case showOther(taken.Profile) == nil:
			return nil, errShown
		case time.Now().After(deadline):
			return nil, err
		}
	}
}

// refused ends a start that failed, with a window that says why. It returns the
// exit code.
func refused(err error) int {
	if errors.Is(err, errShown) {
		return 0
	}
	fmt.Fprintf(os.Stderr, "parlance: %v\n", err)
	app.ShowFailure(err)
	return 1
}

// showOther asks the program that has the profile to show its window.
func showOther(profile string) error {
	ctx, cancel := context.WithTimeout(context.Background(), showPatience)
	defer cancel()
	client, err := control.Dial(profile)
	if err != nil {
		return err
	}
	defer client.Close()
	return client.Show(ctx)
}
