package talk

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/parlance-chat/parlance/cmd/parlance-cli/session"
	"github.com/parlance-chat/parlance/cmd/parlance-cli/show"
	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/control"
)

// Config says what a talk is about and where it takes place.
type Config struct {
	To       string // with whom; empty: the user chooses, at a terminal
	Terminal *Terminal
	In       io.Reader     // lines to send, where there is no terminal
	Out      *show.Printer // at a terminal it prints there
	JSON     bool          // print events, not lines for people
	Linger   time.Duration // how long to wait for deliveries once the input has ended
	Door     *session.Door // to go on when the program that has the profile open ends

	Note   func(format string, args ...any) // says something beside the output
	Notice func(text string)                // tells, once, what the user should know
	Shared func(address string) string      // says that another machine has this device's key
}

// talk is one run of the chat. One goroutine has it; another reads the input.
type talk struct {
	Config
	session *session.Session
	with    *control.Conversation // nil until somebody was chosen
	choices []choice
	names   *show.Names
	viewer  show.Viewer
	shown   show.Memory
	numbers numbers
	there   map[string]bool // by ID: who is online
	waiting map[chat.MessageID]*waiting
	ended   bool // the input has

	writers map[string]writer // by ID: who types
	typing  time.Time         // when the other side was told last that the user types; zero: that nobody does
}

// errQuit ends a chat.
var errQuit = errors.New("quit")

// Run talks until the input, ctx or the user ends it.
func Run(ctx context.Context, s *session.Session, cfg Config) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	names := show.NewNames()
	t := &talk{
		Config: cfg, session: s, names: names, viewer: show.Viewer{Self: s.Self.ID.String(), Name: names.Call},
		waiting: make(map[chat.MessageID]*waiting), writers: make(map[string]writer),
	}
	if cfg.To != "" {
		c, err := s.Find(ctx, cfg.To)
		if err != nil {
			return err
		}
		t.with = &c
	}
	return t.run(ctx)
}

func (t *talk) run(ctx context.Context) error {
	events, stop, err := t.session.Follow(ctx)
	if err != nil {
		return err
	}
	defer func() { stop() }()
	if err := t.begin(ctx); err != nil {
		return err
	}

	lines := make(chan string)
	var inputErr error
	go func() {
		defer close(lines)
		// Nothing ends a read of a keyboard; the program does, right after.
		inputErr = t.read(ctx, lines)
	}()
	var keys <-chan string
	if t.Terminal != nil {
		keys = t.Terminal.keys
	}
	var deadline <-chan time.Time // once the input has ended
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		if t.ended && len(t.waiting) == 0 {
			return inputErr
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case line, ok := <-lines:
			if !ok {
				if t.Terminal != nil {
					return inputErr
				}
				t.ended, lines = true, nil
				deadline = time.After(t.Linger)
				continue
			}
			if err := t.typed(ctx, line); errors.Is(err, errQuit) {
				return nil
			} else if err != nil {
				return err
			}
		case line := <-keys:
			t.writes(ctx, line)
		case e, ok := <-events:
			if !ok {
				stop()
				if err := t.takeOver(ctx); err != nil {
					return err
				}
				defer t.session.Close()
				if events, stop, err = t.session.Follow(ctx); err != nil {
					return err
				}
				if err := t.lookUpAll(ctx); err != nil { // something may have happened between
					return err
				}
				continue
			}
			if err := t.happened(ctx, e); err != nil {
				return err
			}
		case <-tick.C:
			t.remind()
			t.forgetWriters()
		case <-deadline:
			t.Note("%d of the messages are not there yet. They are kept, and go out when this profile is open and both are there.", len(t.waiting))
			return inputErr
		}
		if t.Out.Err != nil {
			return t.Out.Err
		}
	}
}

// takeOver goes on alone when the program that had the profile open has ended.
func (t *talk) takeOver(ctx context.Context) error {
	s, err := t.Door.Enter(ctx)
	if err != nil {
		return err
	}
	t.session = s
	if t.Terminal != nil {
		t.say("The program that had the profile open has ended; this chat goes on.")
	}
	return nil
}

// read sends the lines of the input to lines, until it ends.
func (t *talk) read(ctx context.Context, lines chan<- string) error {
	next := t.pipedLine()
	if t.Terminal != nil {
		next = t.Terminal.readLine
	}
	for {
		line, err := next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read what is typed: %w", err)
		}
		select {
		case lines <- line:
		case <-ctx.Done():
			return nil
		}
	}
}

// pipedLine returns a function that reads lines from a pipe.
func (t *talk) pipedLine() func() (string, error) {
	in := bufio.NewScanner(t.In)
	in.Buffer(nil, chat.MaxText+len("\r\n"))
	return func() (string, error) {
		if in.Scan() {
			return in.Text(), nil
		}
		if err := in.Err(); errors.Is(err, bufio.ErrTooLong) {
			return "", fmt.Errorf("%w: a line has more than %d bytes; send it in parts", chat.ErrText, chat.MaxText)
		} else if err != nil {
			return "", err
		}
		return "", io.EOF
	}
}

// say prints something of the chat's own.
func (t *talk) say(format string, args ...any) {
	t.Out.Line("%s", show.Block("· ", fmt.Sprintf(format, args...), t.columns()))
}

func (t *talk) columns() int {
	if t.Terminal == nil {
		return 0
	}
	return t.Terminal.width
}

// recover tells of an error that a person can do something about, and returns
// any other.
func (t *talk) recover(err error) error {
	var answer *control.Error
	switch {
	case err == nil:
	case t.Terminal == nil, !errors.As(err, &answer) && !errors.Is(err, chat.ErrText):
		return err
	default:
		t.say("%v", err)
	}
	return nil
}
