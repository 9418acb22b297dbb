// Parlance-room serves rooms: an IRC server that keeps their history and needs no
// set-up. Started without arguments it says in three lines how to join.
//
// Here are the flags, the configuration file, the environment and the signals;
// what the server does is netcore/roomserver's business. Exit codes: 0 ended as
// asked, 1 failed, 2 wrong usage.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/parlance-chat/parlance/netcore/roomserver"
)

// What the collector of garbage aims at, unless GOGC and GOMEMLIMIT say something
// else; see package runtime.
const (
	// garbage is how much of it there may be, in percent of what is in use. Go's own
	// 100 makes the server a third larger under load, and no faster.
	garbage = 50
	// memory is how many bytes all should stay below. Who reads a long history has
	// JetStream load all of it within seconds, and it would be kept until there are
	// garbage percent. Where more is in use, collecting only takes longer.
	memory = 400 << 20
)

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbage)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memory)
	}
	signal.Ignore(syscall.SIGPIPE) // who reads the log may go away
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	again := make(chan os.Signal, 1)
	signal.Notify(again, syscall.SIGHUP)
	os.Exit(run(ctx, os.Args[1:], again, os.Stdin, os.Stdout, os.Stderr))
}

// run is the program; again asks for the configuration to be read again.
func run(ctx context.Context, args []string, again <-chan os.Signal, in io.Reader, out, errs io.Writer) int {
	opts, command, err := parse(args, out)
	if errors.Is(err, errHelp) {
		return 0
	}
	if err != nil {
		fmt.Fprintln(errs, "parlance-room:", err)
		return 2
	}
	if command == "hash-password" {
		err = hashPassword(in, out)
	} else {
		err = serve(ctx, args, opts, again, out, errs)
	}
	if err != nil {
		fmt.Fprintln(errs, "parlance-room:", err)
		return 1
	}
	return 0
}

// serve runs the server. One that was cut off from a cluster, or whose journal is
// stuck, starts over.
func serve(ctx context.Context, args []string, opts *options, again <-chan os.Signal, out, errs io.Writer) error {
	cfg, err := opts.config()
	if err != nil {
		return err
	}
	cfg.Log = opts.logger(errs)
	cfg.Reload = func() (roomserver.Config, error) {
		opts, _, err := parse(args, io.Discard)
		if err != nil {
			return roomserver.Config{}, err
		}
		fresh, err := opts.config()
		fresh.Log = cfg.Log
		return fresh, err
	}
	err = serveOnce(ctx, cfg, again, out)
	for over := false; err != nil && ctx.Err() == nil; err = serveOnce(ctx, cfg, again, out) {
		// What ended it before may keep it from starting for a while.
		if over = over || errors.Is(err, roomserver.ErrOusted) || errors.Is(err, roomserver.ErrStuck); !over {
			break
		}
		cfg.Log.Error("starting over", "error", err)
		time.Sleep(time.Second)
	}
	return err
}

func serveOnce(ctx context.Context, cfg roomserver.Config, again <-chan os.Signal, out io.Writer) error {
	s, err := roomserver.New(ctx, cfg)
	if ctx.Err() != nil && err != nil { // it was waiting
		return nil
	}
	if err != nil {
		return err
	}
	over := make(chan struct{})
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		select {
		case <-s.Ready():
			announce(out, s, cfg)
		case <-over:
			return
		}
		for {
			select {
			case <-again:
				s.Reload()
			case <-over:
				return
			}
		}
	}()
	err = s.Run(ctx)
	close(over)
	<-watched
	return err
}
