package talk

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/control"
)

const help = `Type a line and press Enter to send it. A line that begins with / is a command:
/to NAME            talk with somebody else, a group or the lobby
/peers              who is there
/members            who is in this group
/history [N]        the last messages, with their numbers
/reply [#N] TEXT    answer a message: number N, or the last of somebody else
/react [#N] EMOJI   say what you think of it; without EMOJI, take that back
/edit [#N] TEXT     give a message of yours another text: number N, or your last
/retract [#N]       take it back, everywhere
/join, /leave       stay in this group, or go
/quit               leave the chat (as Ctrl+C does)
//text              send "/text"`

// typed takes one line of input.
func (t *talk) typed(ctx context.Context, line string) error {
	if t.Terminal == nil {
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

// inside are the commands about the conversation on the screen.
var inside = map[string]func(t *talk, ctx context.Context, argument string) error{
	"/history": (*talk).showHistory,
	"/members": func(t *talk, ctx context.Context, _ string) error { return t.members(ctx) },
	"/reply":   (*talk).reply,
	"/react":   (*talk).react,
	"/edit":    (*talk).edit,
	"/retract": (*talk).retract,
	"/join":    (*talk).join,
	"/leave":   (*talk).leave,
}

func (t *talk) command(ctx context.Context, name, argument string) error {
	switch name {
	case "/quit":
		return errQuit
	case "/help":
		t.say("%s", help)
		if t.with != nil && t.with.Kind == chat.Room {
			return t.roomCommand(ctx, name)
		}
	case "/to":
		if argument == "" {
			t.with = nil
			t.stopped()
			return t.list(ctx)
		}
		return t.choose(ctx, argument)
	case "/peers":
		return t.peers(ctx)
	default:
		do := inside[name]
		switch {
		case t.with != nil && t.with.Kind == chat.Room && (do == nil || name == "/join"):
			return t.roomCommand(ctx, strings.TrimSpace(name+" "+argument))
		case do == nil:
			t.say("There is no %s; /help lists what there is. To send a line that begins with /, type // instead.", name)
		case t.with == nil:
			t.say("Choose somebody first.")
		default:
			return do(t, ctx, argument)
		}
	}
	return nil
}

// roomCommand has the room do what only rooms know.
func (t *talk) roomCommand(ctx context.Context, line string) error {
	text, err := t.session.RoomCommand(ctx, t.with.ID, line)
	if err != nil {
		return t.recover(err)
	}
	if text != "" {
		t.say("%s", text)
	}
	return nil
}

func (t *talk) showHistory(ctx context.Context, argument string) error {
	n := 2 * recent
	if argument != "" {
		var err error
		if n, err = strconv.Atoi(argument); err != nil || n < 1 {
			t.say("/history %s: that is not a number above 0.", argument)
			return nil
		}
	}
	return t.history(ctx, n)
}

func (t *talk) send(ctx context.Context, text string) error {
	m, err := t.session.Send(ctx, t.with.ID, text)
	return t.sent(m, err)
}

// sent notes a message that was sent.
func (t *talk) sent(m control.Placed, err error) error {
	t.typing = time.Time{} // the message says that the user has stopped
	if err != nil {
		return t.recover(err)
	}
	t.waiting[m.ID] = &waiting{Message: m.Message, since: time.Now()}
	t.shown.Learn(m.Message)
	t.numbers.learn(m.Message)
	return nil
}

// target returns the message that a command is about and the rest of the
// argument: "#N …" names a number, otherwise it is the last message of the user
// (own) or of anybody else. ok is false if there is none, which was said.
func (t *talk) target(argument string, own bool) (m control.Message, rest string, ok bool) {
	if number, after, _ := strings.Cut(argument, " "); strings.HasPrefix(number, "#") {
		n, err := strconv.Atoi(number[1:])
		if m, ok = t.numbers.at(n); err != nil || !ok {
			t.say("There is no message %s here; /history shows the numbers.", number)
		}
		return m, strings.TrimSpace(after), err == nil && ok
	}
	if m, ok = t.numbers.last(t.with.ID, own); !ok {
		t.say("There is no message to do that with here; /history shows what there is.")
	}
	return m, argument, ok
}

func (t *talk) reply(ctx context.Context, argument string) error {
	to, text, ok := t.target(argument, false)
	if !ok {
		return nil
	}
	m, err := t.session.Reply(ctx, to.Conversation, to.ID, text)
	return t.sent(m, err)
}

func (t *talk) react(ctx context.Context, argument string) error {
	to, emoji, ok := t.target(argument, false)
	if !ok {
		return nil
	}
	return t.recover(t.session.React(ctx, to.Conversation, to.ID, emoji))
}

func (t *talk) edit(ctx context.Context, argument string) error {
	m, text, ok := t.target(argument, true)
	if !ok {
		return nil
	}
	return t.recover(t.session.Edit(ctx, m.Conversation, m.ID, text))
}

func (t *talk) retract(ctx context.Context, argument string) error {
	m, _, ok := t.target(argument, true)
	if !ok {
		return nil
	}
	return t.recover(t.session.Retract(ctx, m.Conversation, m.ID))
}

func (t *talk) join(ctx context.Context, _ string) error {
	c, err := t.session.Join(ctx, t.with.ID)
	if err != nil {
		return t.recover(err)
	}
	t.with = &c
	t.say("You take part.")
	return t.seen(ctx)
}

func (t *talk) leave(ctx context.Context, _ string) error {
	if err := t.session.Leave(ctx, t.with.ID); err != nil {
		return t.recover(err)
	}
	t.say("You left. /to NAME to talk elsewhere.")
	return nil
}
