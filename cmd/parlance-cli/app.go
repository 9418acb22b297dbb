package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"github.com/parlance-chat/parlance/netcore"
	"github.com/parlance-chat/parlance/netcore/chat"
)

// Exit codes.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
	exitQueued = 3
)

// world is all that a command touches outside the program, so that tests can
// give it another one.
type world struct {
	in       io.Reader
	out, err io.Writer
	asked    bool             // in is a person at a keyboard
	width    func() int       // columns of the terminal that out is; 0 if it is none
	terminal func() *terminal // takes the terminal for a chat; nil if there is none
	open     func(netcore.Config) (node, error)

	// discovery is how long after its start a device has usually heard everyone.
	discovery time.Duration
	// linger is how long a send that opened the profile itself stays, so that the
	// message leaves at once when the other side is there, and a chat whose input
	// has ended.
	linger time.Duration
}

// options are the flags that every command has.
type options struct {
	Profile string           `help:"The profile's folder; the account's own if not given." placeholder:"DIR" env:"PARLANCE_PROFILE"`
	Name    string           `help:"What others shall see you as, from now on." placeholder:"NAME"`
	JSON    bool             `name:"json" help:"Print one JSON value per line, for programs."`
	Verbose bool             `short:"v" help:"Print on standard error what happens inside."`
	Version kong.VersionFlag `help:"Print the version."`

	// For tests, and for networks where the usual ports are taken.
	DiscoveryPort uint16   `hidden:"" env:"PARLANCE_DISCOVERY_PORT"`
	LinkPort      uint16   `hidden:"" env:"PARLANCE_LINK_PORT"`
	Interfaces    []string `hidden:"" env:"PARLANCE_INTERFACES"`
}

// commands is the command line.
type commands struct {
	options

	Up            upCommand            `cmd:"" help:"Be on the network until interrupted, and print what happens."`
	ID            idCommand            `cmd:"" name:"id" help:"Say who I am."`
	Peers         peersCommand         `cmd:"" help:"Say who is there."`
	Conversations conversationsCommand `cmd:"" help:"List the conversations, the latest first."`
	Send          sendCommand          `cmd:"" help:"Store a message, send it, and print its ID."`
	History       historyCommand       `cmd:"" help:"Print a conversation."`
	Search        searchCommand        `cmd:"" help:"Find messages, the newest first."`
	Export        exportCommand        `cmd:"" help:"Write a whole conversation, to be kept."`
	Chat          chatCommand          `cmd:"" help:"Talk here, in the terminal."`
	Connect       connectCommand       `cmd:"" help:"Reach a device on another subnet."`
	Verify        verifyCommand        `cmd:"" help:"Say that the IDs were compared in person."`
	Accept        acceptCommand        `cmd:"" help:"Accept somebody new."`
	Block         blockCommand         `cmd:"" help:"Take nothing from somebody, and send nothing."`
	Doctor        doctorCommand        `cmd:"" help:"Examine the network, and say what to do."`
}

const description = `Chat with the people on your network, from the terminal.

TO is somebody's name, the beginning of an ID, or udp://host:port. Words that begin with a dash stand after --.

Exit codes: 0 done; 1 failed; 2 wrong usage, or TO is unknown or ambiguous; 3 still queued after --wait.`

// command is one command of the command line.
type command interface {
	Run(ctx context.Context, a *app) error
}

// app is one run of the program.
type app struct {
	options
	world
	out   *printer
	noted map[string]bool // notices that were told
}

// run is the whole program. It returns the exit code.
func run(ctx context.Context, args []string, w world) (code int) {
	var grammar commands
	// Kong ends the program after --help and --version by calling Exit.
	type ended struct{ code int }
	defer func() {
		if e, ok := recover().(ended); ok {
			code = e.code
		}
	}()
	parser, err := kong.New(&grammar,
		kong.Name("parlance-cli"),
		kong.Description(description),
		kong.Writers(w.out, w.err),
		kong.Vars{"version": version()},
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true}),
		kong.Exit(func(code int) { panic(ended{code}) }),
	)
	if err != nil {
		fmt.Fprintln(w.err, "parlance-cli:", err)
		return exitFailed
	}
	parsed, err := parser.Parse(args)
	if err != nil {
		hint := "parlance-cli --help lists what there is."
		if strings.HasPrefix(err.Error(), "unknown flag") {
			hint = "Words that begin with a dash stand after --, as in: parlance-cli send Bob -- -5 degrees"
		}
		fmt.Fprintf(w.err, "parlance-cli: %s\n%s\n", clean(err.Error()), hint)
		return exitUsage
	}
	a := &app{options: grammar.options, world: w, out: &printer{w: w.out}, noted: make(map[string]bool)}
	if a.Name != "" && chat.CleanName(a.Name) == "" {
		return a.exitCode(ctx, &usageError{"the name has no letter that others could see"})
	}
	err = parsed.Selected().Target.Addr().Interface().(command).Run(ctx, a)
	if err == nil {
		err = a.out.err
	}
	return a.exitCode(ctx, err)
}

// Errors that mean an exit code and need no words.
var (
	errBad    = errors.New("the doctor found something bad")
	errQueued = errors.New("still queued")
)

// usageError is a command line that makes no sense.
type usageError struct{ text string }

func (e *usageError) Error() string { return e.text }

func (a *app) exitCode(ctx context.Context, err error) int {
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errQueued):
		return exitQueued
	case errors.Is(err, errBad):
		return exitFailed
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		return exitFailed // whoever interrupted knows
	case a.out.err != nil:
		return exitFailed // nobody reads any more
	}
	a.note("parlance-cli: %v", err)
	if usage := (*usageError)(nil); errors.As(err, &usage) ||
		errors.Is(err, chat.ErrUnknown) || errors.Is(err, chat.ErrAmbiguous) {
		return exitUsage
	}
	return exitFailed
}

// note says something beside the output.
func (a *app) note(format string, args ...any) {
	fmt.Fprintln(a.world.err, block("", fmt.Sprintf(format, args...), 0))
}

// notice tells, once, what the user should know.
func (a *app) notice(text string) {
	if !a.noted[text] {
		a.noted[text] = true
		a.note("%s", text)
	}
}

func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return "parlance-cli " + info.Main.Version
	}
	return "parlance-cli"
}
