package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"github.com/parlance-chat/parlance/cmd/parlance-cli/session"
	"github.com/parlance-chat/parlance/cmd/parlance-cli/show"
	"github.com/parlance-chat/parlance/cmd/parlance-cli/talk"
	"github.com/parlance-chat/parlance/netcore"
	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/control"
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
	asked    bool                  // in is a person at a keyboard
	width    func() int            // columns of the terminal that out is; 0 if it is none
	terminal func() *talk.Terminal // takes the terminal for a chat; nil if there is none
	open     func(netcore.Config) (session.Node, error)
	renew    func(profile string) error // gives a closed profile a new identity

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
	Edit          editCommand          `cmd:"" help:"Give a message of yours another text."`
	Retract       retractCommand       `cmd:"" help:"Take a message of yours back, everywhere."`
	React         reactCommand         `cmd:"" help:"Answer a message with an emoji."`
	Receipts      receiptsCommand      `cmd:"" help:"Say who has a message of yours."`
	Revisions     revisionsCommand     `cmd:"" help:"Print the texts a message had."`
	Group         groupCommands        `cmd:"" help:"Talk with several people: create, add, remove, rename, leave, members."`
	Room          roomCommands         `cmd:"" help:"Talk in rooms on servers: join, leave, list, members, command, trust."`
	Lobby         lobbyCommands        `cmd:"" help:"Leave or join the lobby, where everyone near is."`
	Join          joinCommand          `cmd:"" help:"Accept to be in a group that somebody new put you into."`
	Mute          muteCommand          `cmd:"" help:"Be disturbed by a conversation no longer."`
	Unmute        unmuteCommand        `cmd:"" help:"Undo mute."`
	Connect       connectCommand       `cmd:"" help:"Reach a device on another subnet."`
	Verify        verifyCommand        `cmd:"" help:"Say that the IDs were compared in person."`
	Accept        acceptCommand        `cmd:"" help:"Accept somebody new."`
	Block         blockCommand         `cmd:"" help:"Take nothing from somebody, and send nothing."`
	Doctor        doctorCommand        `cmd:"" help:"Examine the network, or why somebody is missing, and say what to do."`
	Identity      identityCommands     `cmd:"" help:"Renew this device's identity."`
	Set           setCommands          `cmd:"" help:"Choose what others are told."`
}

const description = `Chat with the people on your network, from the terminal.

TO is lobby, somebody's name, the beginning of an ID, a group's name, #room, or udp://host:port. MESSAGE is a message's ID, as send and history --ids print it; with --in TO, its first 8 characters or more. Words that begin with a dash stand after --.

Exit codes: 0 done; 1 failed; 2 wrong usage, or TO is unknown or ambiguous; 3 still queued after --wait.`

// command is one command of the command line.
type command interface {
	Run(ctx context.Context, a *app) error
}

// app is one run of the program.
type app struct {
	options
	world
	out   *show.Printer
	door  *session.Door
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
		fmt.Fprintf(w.err, "parlance-cli: %s\n%s\n", show.Clean(err.Error()), hint)
		return exitUsage
	}
	a := newApp(grammar.options, w)
	if a.Name != "" && chat.CleanName(a.Name) == "" {
		return a.exitCode(ctx, &usageError{"the name has no letter that others could see"})
	}
	err = parsed.Selected().Target.Addr().Interface().(command).Run(ctx, a)
	if err == nil {
		err = a.out.Err
	}
	return a.exitCode(ctx, err)
}

func newApp(o options, w world) *app {
	a := &app{options: o, world: w, out: &show.Printer{W: w.out}, noted: make(map[string]bool)}
	a.door = &session.Door{
		Config: netcore.Config{
			Profile:       o.Profile,
			Name:          o.Name,
			Program:       "parlance-cli",
			DiscoveryPort: o.DiscoveryPort,
			LinkPort:      o.LinkPort,
			Interfaces:    o.Interfaces,
		},
		Open:      w.open,
		Discovery: w.discovery,
	}
	if o.Verbose {
		a.door.Config.Log = slog.New(slog.NewTextHandler(w.err, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	if !o.JSON {
		a.door.Notice = a.notice
	}
	return a
}

// with runs do in a session: that of the program which has the profile open if
// there is one, otherwise an own one. A program that ends between two calls is
// no reason to fail: as long as nothing was printed, all begins again.
func (a *app) with(ctx context.Context, do func(*session.Session) error) error {
	for {
		s, err := a.door.Enter(ctx)
		if err != nil {
			return err
		}
		err = do(s)
		err = errors.Join(err, s.Close())
		if s.Own() || a.out.Begun || !errors.Is(err, control.ErrNotRunning) {
			return err
		}
	}
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
	case errors.Is(a.out.Err, syscall.EPIPE), errors.Is(a.out.Err, io.ErrClosedPipe):
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
	fmt.Fprintln(a.world.err, show.Block("", fmt.Sprintf(format, args...), 0))
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
