package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/control"
)

const (
	// patience is how long a message of a chat may be under way before that is
	// said.
	patience = 3 * time.Second
	// recent is how many messages a chat begins with.
	recent = 10
)

type chatCommand struct {
	To string `arg:"" optional:"" help:"A name, the beginning of an ID, or udp://host:port."`
}

// Run implements command.
func (c *chatCommand) Run(ctx context.Context, a *app) error {
	t := &talk{app: a, names: newNames(), waiting: make(map[chat.MessageID]*waiting)}
	if !a.JSON {
		t.terminal = a.terminal()
	}
	if t.terminal != nil {
		out, stderr := a.out.w, a.world.err
		a.out.w, a.world.err = t.terminal, t.terminal
		defer func() {
			t.terminal.Close()
			a.out.w, a.world.err = out, stderr
		}()
	}
	if c.To == "" && t.terminal == nil {
		return &usageError{"chat needs a name where there is no terminal: parlance-cli chat TO"}
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	err := a.with(ctx, func(s *session) error { return t.run(ctx, s, c.To) })
	if errors.Is(err, context.Canceled) {
		return nil // leaving is how a chat ends
	}
	return err
}

// talk is one run of the chat. One goroutine has it; another reads the input.
type talk struct {
	*app
	terminal *terminal // nil if lines come from a pipe
	session  *session
	with     *control.Conversation // nil until somebody was chosen
	choices  []choice
	names    *names
	there    map[string]bool // by ID: who is online
	waiting  map[chat.MessageID]*waiting
	ended    bool // the input has
}

// choice is one line of the list to choose from.
type choice struct{ title, to string }

// waiting is an own message that has not arrived yet.
type waiting struct {
	control.Placed
	since time.Time
	told  bool
}

// errQuit ends a chat.
var errQuit = errors.New("quit")

func (t *talk) run(ctx context.Context, s *session, to string) error {
	t.session = s
	if to != "" {
		c, err := s.resolve(ctx, to)
		if err != nil {
			return err
		}
		t.with = &c
	}
	events, stop, err := s.follow(ctx)
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
				if t.terminal != nil {
					return inputErr
				}
				t.ended, lines = true, nil
				deadline = time.After(t.linger)
				continue
			}
			if err := t.typed(ctx, line); errors.Is(err, errQuit) {
				return nil
			} else if err != nil {
				return err
			}
		case e, ok := <-events:
			if !ok {
				stop()
				if err := t.takeOver(ctx); err != nil {
					return err
				}
				defer t.session.Close()
				if events, stop, err = t.session.follow(ctx); err != nil {
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
		case <-deadline:
			t.note("%d of the messages are not there yet. They are kept, and go out when this profile is open and both are there.", len(t.waiting))
			return inputErr
		}
		if t.out.err != nil {
			return t.out.err
		}
	}
}

// takeOver goes on alone when the program that had the profile open has ended.
func (t *talk) takeOver(ctx context.Context) error {
	s, err := t.app.session(ctx)
	if err != nil {
		return err
	}
	t.session = s
	if t.terminal != nil {
		t.say("The program that had the profile open has ended; this chat goes on.")
	}
	return nil
}

// read sends the lines of the input to lines, until it ends.
func (t *talk) read(ctx context.Context, lines chan<- string) error {
	next := t.pipedLine()
	if t.terminal != nil {
		next = t.terminal.readLine
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
	in := bufio.NewScanner(t.in)
	in.Buffer(nil, chat.MaxText+len("\r\n"))
	return func() (string, error) {
		if in.Scan() {
			return in.Text(), nil
		}
		if err := in.Err(); err != nil {
			return "", err
		}
		return "", io.EOF
	}
}

// say prints something of the chat's own.
func (t *talk) say(format string, args ...any) {
	t.out.line("%s", block("· ", fmt.Sprintf(format, args...), t.columns()))
}

func (t *talk) columns() int {
	if t.terminal == nil {
		return 0
	}
	return t.terminal.width
}

// begin greets: with the last messages, or with the people to choose from.
func (t *talk) begin(ctx context.Context) error {
	if t.terminal == nil {
		return nil
	}
	if t.with != nil {
		return t.enter(ctx)
	}
	return t.list(ctx)
}

// enter shows the conversation that was chosen.
func (t *talk) enter(ctx context.Context) error {
	title := single(t.with.Title)
	if t.with.Kind == chat.Plain {
		t.say("You talk with %s: not encrypted, and who it is is not known. /help lists what you can type.", title)
	} else {
		t.say("You talk with %s. /help lists what you can type.", title)
	}
	return t.history(ctx, recent)
}

// history shows the last messages.
func (t *talk) history(ctx context.Context, limit int) error {
	last, err := t.session.newest(ctx, t.with.ID, limit)
	if err != nil {
		return err
	}
	lines := transcript{out: t.out, width: t.columns()}
	for _, m := range last {
		lines.message(m.Message)
	}
	return t.session.MarkSeen(ctx, t.with.ID)
}

// list shows whom one can talk to.
func (t *talk) list(ctx context.Context) error {
	t.choices = nil
	peers, err := t.session.Peers(ctx)
	if err != nil {
		return err
	}
	conversations, err := t.session.Conversations(ctx)
	if err != nil {
		return err
	}
	// Who is there comes first, then those one has talked with.
	rows := [][]string{}
	offer := func(title, state, to string) {
		if slices.ContainsFunc(t.choices, func(c choice) bool { return c.to == to }) {
			return
		}
		t.choices = append(t.choices, choice{title, to})
		rows = append(rows, []string{fmt.Sprintf("%3d", len(t.choices)), title, state})
	}
	states := make(map[string]string)
	for _, p := range peers {
		t.names.learn(p.ID.String(), p.Name)
	}
	for _, p := range peers {
		id := p.ID.String()
		states[id] = string(p.State)
		if p.State == chat.Online && p.Trust != chat.Blocked {
			offer(t.names.of(id), "online", id)
		}
	}
	for _, c := range conversations {
		switch {
		case c.Peer != "":
			offer(single(c.Title), states[c.Peer], c.Peer)
		case c.Address != "":
			offer(single(c.Title), "raw UDP", c.Address)
		default:
			offer(single(c.Title), string(c.Kind), c.ID.String())
		}
	}
	if len(t.choices) == 0 {
		t.say("Nobody is here yet. Looking on %s …", t.cards(ctx))
		return nil
	}
	t.out.table(rows)
	t.say("With whom do you want to talk? Type a number or a name.")
	return nil
}

// cards names the network interfaces that are searched.
func (t *talk) cards(ctx context.Context) string {
	interfaces, err := t.session.Interfaces(ctx)
	if err != nil {
		return "the network"
	}
	var list []string
	for _, i := range interfaces {
		if len(i.Addresses) > 0 && !i.Loopback {
			list = append(list, fmt.Sprintf("%s (%s)", single(i.Name), i.Addresses[0]))
		}
	}
	if len(list) == 0 {
		return "this machine only: no network is up"
	}
	return strings.Join(list, ", ")
}

// choose takes an answer to list.
func (t *talk) choose(ctx context.Context, answer string) error {
	if n, err := strconv.Atoi(answer); err == nil && n >= 1 && n <= len(t.choices) {
		answer = t.choices[n-1].to
	}
	c, err := t.session.resolve(ctx, answer)
	if err != nil {
		return t.recover(err)
	}
	t.with = &c
	return t.enter(ctx)
}

// recover tells of an error that a person can do something about, and returns
// any other.
func (t *talk) recover(err error) error {
	var answer *control.Error
	if t.terminal == nil || !errors.As(err, &answer) {
		return err
	}
	t.say("%v", err)
	return nil
}

const chatHelp = `Type a line and press Enter to send it. A line that begins with / is a command:
/to NAME       talk with somebody else
/peers         who is there
/history [N]   the last messages
/quit          leave (as Ctrl+C does)
//text         send "/text"`

// typed takes one line of input.
func (t *talk) typed(ctx context.Context, line string) error {
	if t.terminal == nil {
		if strings.TrimSpace(line) == "" {
			return nil // nothing was said
		}
		return t.send(ctx, line)
	}
	words := strings.Fields(line)
	switch {
	case len(words) == 0 && t.with == nil:
		return t.list(ctx)
	case len(words) == 0:
		return nil
	case strings.HasPrefix(line, "//"):
		line = line[1:]
	case strings.HasPrefix(line, "/"):
		return t.command(ctx, words[0], strings.TrimSpace(strings.TrimPrefix(line, words[0])))
	}
	if t.with == nil {
		return t.choose(ctx, strings.TrimSpace(line))
	}
	return t.send(ctx, line)
}

func (t *talk) command(ctx context.Context, name, argument string) error {
	switch name {
	case "/quit":
		return errQuit
	case "/help":
		t.say("%s", chatHelp)
	case "/to":
		if argument == "" {
			t.with = nil
			return t.list(ctx)
		}
		return t.choose(ctx, argument)
	case "/peers":
		return t.peers(ctx)
	case "/history":
		if t.with == nil {
			t.say("Choose somebody first.")
			return nil
		}
		n := 2 * recent
		if argument != "" {
			var err error
			if n, err = strconv.Atoi(argument); err != nil || n < 1 {
				t.say("/history %s: that is not a number above 0.", argument)
				return nil
			}
		}
		return t.history(ctx, n)
	default:
		t.say("There is no %s; /help lists what there is. To send a line that begins with /, type // instead.", name)
	}
	return nil
}

func (t *talk) peers(ctx context.Context) error {
	peers, err := t.session.Peers(ctx)
	if err != nil {
		return err
	}
	if len(peers) == 0 {
		t.say("Nobody else is here. Looking on %s …", t.cards(ctx))
		return nil
	}
	var rows [][]string
	for _, p := range peers {
		t.names.learn(p.ID.String(), p.Name)
		rows = append(rows, []string{"· " + single(p.Name), string(p.State), string(p.Trust), p.ID.Short()})
	}
	t.out.table(rows)
	return nil
}

func (t *talk) send(ctx context.Context, text string) error {
	m, err := t.session.Send(ctx, t.with.ID, text)
	if err != nil {
		return t.recover(err)
	}
	t.waiting[m.ID] = &waiting{Placed: m, since: time.Now()}
	return nil
}

// happened takes one event.
func (t *talk) happened(ctx context.Context, e control.Event) error {
	if t.JSON && t.with != nil {
		switch body := e.Body.(type) {
		case control.Message:
			if body.Conversation == t.with.ID {
				t.out.raw(e.Line)
			}
		case control.StateChange:
			if t.waiting[body.Message] != nil {
				t.out.raw(e.Line)
			}
		}
	}
	switch body := e.Body.(type) {
	case control.Ready:
		t.there = make(map[string]bool)
	case control.Peer:
		t.peer(body)
	case control.Message:
		if !body.Own() {
			return t.received(ctx, body)
		}
		if t.terminal != nil && t.waiting[body.ID] == nil && t.with != nil && body.Conversation == t.with.ID {
			t.out.line("%s", block(heading(body, ""), body.Text, t.columns())) // written in another program
		}
	case control.StateChange:
		if w := t.waiting[body.Message]; w != nil {
			return t.lookUp(ctx, w, &body)
		}
	case control.Notice:
		if !t.JSON {
			t.notice(body.Text)
		}
	case nil:
		if e.Name != control.EventLagged {
			break
		}
		if t.terminal != nil {
			t.say("Too much happened at once; /history shows what was said.")
		}
		return t.lookUpAll(ctx)
	}
	return nil
}

// peer takes the news of a peer.
func (t *talk) peer(p control.Peer) {
	id := p.ID.String()
	t.names.learn(id, p.Name)
	was, is := t.there[id], p.State == chat.Online
	if is {
		t.there[id] = true
	} else {
		delete(t.there, id)
	}
	if was == is || t.terminal == nil || p.Trust == chat.Blocked {
		return
	}
	switch {
	case t.with != nil && t.with.Peer == id && is:
		t.say("%s is here.", t.names.of(id))
	case t.with != nil && t.with.Peer == id:
		t.say("%s left. What you write is kept until both are here.", t.names.of(id))
	case t.with == nil && is:
		if !slices.ContainsFunc(t.choices, func(c choice) bool { return c.to == id }) {
			t.choices = append(t.choices, choice{t.names.of(id), id})
			t.out.line("%3d  %s  online", len(t.choices), t.names.of(id))
		}
	}
}

// received shows a message of somebody else.
func (t *talk) received(ctx context.Context, m control.Message) error {
	if t.JSON {
		return nil // printed already
	}
	t.names.learn(m.From.ID, m.From.Name)
	who := t.names.of(m.From.ID)
	if t.with != nil && m.Conversation == t.with.ID {
		t.out.line("%s", block(heading(m, who), m.Text, t.columns()))
		return t.session.MarkSeen(ctx, m.Conversation)
	}
	if t.terminal != nil {
		t.say("%s says elsewhere: %s", who, excerpt(m.Text, 60))
	}
	return nil
}

// lookUpAll finds which of the waiting messages have arrived.
func (t *talk) lookUpAll(ctx context.Context) error {
	for _, w := range t.waiting {
		if err := t.lookUp(ctx, w, nil); err != nil {
			return err
		}
	}
	return nil
}

// lookUp finds whether a message has arrived.
func (t *talk) lookUp(ctx context.Context, w *waiting, change *control.StateChange) error {
	state, err := t.session.stateOf(ctx, w.Placed, change)
	if errors.Is(err, control.ErrNotRunning) {
		return nil // the end of the events follows
	}
	if err == nil && arrived(w.Kind, state) {
		if w.told {
			t.say("Delivered: %s", excerpt(w.Text, 60))
		}
		delete(t.waiting, w.ID)
	}
	return err
}

// remind says, once, that a message has not arrived.
func (t *talk) remind() {
	if t.terminal == nil {
		return
	}
	for _, w := range t.waiting {
		if !w.told && time.Since(w.since) > patience {
			w.told = true
			t.say("Not there yet, and kept until it is: %s", excerpt(w.Text, 60))
		}
	}
}
