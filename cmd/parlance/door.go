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

// showPatience is how long another window gets to come to the front.
const showPatience = 5 * time.Second

// door is where other programs of the account come in: the control socket.
type door struct {
	server  *control.Server // nil if the socket could not be made
	show    chan struct{}   // a value for each wish to see the window
	notices []string        // what the user should know of it
}

// openDoor serves the control socket of node. Without it the window works all
// the same; the user is told what does not.
func openDoor(node *netcore.Node) *door {
	d := &door{show: make(chan struct{}, 1)}
	server, err := control.Serve(control.Config{
		Node:    control.NodeOf(node),
		Profile: node.Self().Profile,
		Show: func() {
			select {
			case d.show <- struct{}{}:
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

// refused ends a start that failed: if another window has the profile, by
// bringing that to the front; otherwise with a window that says why. It returns
// the exit code.
func refused(err error) int {
	var taken *netcore.InUseError
	if errors.As(err, &taken) && showOther(taken.Profile) == nil {
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
