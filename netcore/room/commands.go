package room

import (
	"context"
	"fmt"
	"strings"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/irc"
	"github.com/parlance-chat/parlance/netcore/room/machine"
)

// command is one slash command.
type command struct {
	name, params, does string
	least              int // words it needs
	run                func(r *run) (string, error)
}

// run is one use of a command.
type run struct {
	ctx    context.Context
	n      *Network
	s      *server
	id     chat.ConversationID
	target string
	words  []string
	line   string // all that follows the command
}

// Help describes one slash command, for completion.
type Help struct{ Name, Params, Does string }

// Commands returns the slash commands in the order of /help.
func Commands() []Help {
	list := make([]Help, len(commands))
	for i, c := range commands {
		list[i] = Help{c.name, c.params, c.does}
	}
	return list
}

var commands = []command{
	{"join", "#room [key]", "joins a room on this server", 1, (*run).join},
	{"leave", "", "leaves this room", 0, (*run).leave},
	{"me", "what", "says what you do", 1, (*run).me},
	{"msg", "nick [text]", "opens a conversation with one person", 1, (*run).msg},
	{"nick", "name", "changes what you are called here", 1, (*run).nick},
	{"topic", "[text]", "tells or changes the room's topic", 0, (*run).topic},
	{"away", "[why]", "says that you are away, or without a reason that you are back", 0, (*run).away},
	{"whois", "nick", "asks who somebody is", 1, (*run).whois},
	{"kick", "nick [why]", "removes somebody from the room", 1, (*run).kick},
	{"invite", "nick", "invites somebody to the room", 1, (*run).invite},
	{"mode", "modes", "changes the room's modes, such as +o nick", 1, (*run).mode},
}

// Command carries out a line that begins with a slash, typed in a conversation, and
// returns what is to be told about it, "" if there is nothing.
func (n *Network) Command(ctx context.Context, id chat.ConversationID, line string) (string, error) {
	s, target, err := n.find(id)
	if err != nil {
		return "", err
	}
	name, rest, _ := strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "/"), " ")
	rest = strings.TrimSpace(rest)
	if strings.EqualFold(name, "help") {
		var b strings.Builder
		for _, c := range commands {
			fmt.Fprintf(&b, "/%s – %s\n", strings.TrimSpace(c.name+" "+c.params), c.does)
		}
		return strings.TrimSuffix(b.String(), "\n"), nil
	}
	if s.irc == nil {
		return "", fmt.Errorf("%w: %s knows no commands", chat.ErrRefused, s.address.Host)
	}
	for _, c := range commands {
		if !strings.EqualFold(name, c.name) {
			continue
		}
		words := strings.Fields(rest)
		if len(words) < c.least {
			return "", fmt.Errorf("%w command: it is /%s %s", chat.ErrUnknown, c.name, c.params)
		}
		if strings.ContainsAny(rest, "\r\n\x00") {
			return "", fmt.Errorf("%w: a command is one line", chat.ErrText)
		}
		return c.run(&run{ctx, n, s, id, target, words, rest})
	}
	return "", fmt.Errorf("%w command /%s; /help lists them", chat.ErrUnknown, name)
}

// after returns what follows the first words of the line, as it was typed.
func (r *run) after(words int) string {
	rest := r.line
	for range words {
		_, rest, _ = strings.Cut(strings.TrimSpace(rest), " ")
	}
	return strings.TrimSpace(rest)
}

// send sends a command, and waits for what the server says to it.
func (r *run) send(params ...string) (string, error) {
	m := irc.New("", params[0], params[1:]...)
	if _, err := irc.AppendMessage(nil, &m); err != nil {
		return "", err
	}
	done := make(chan machine.Done, 1)
	if err := r.s.call(r.ctx, func() {
		r.s.asked = append(r.s.asked, done)
		r.s.step(machine.Command{Message: m})
	}); err != nil {
		return "", err
	}
	end, err := await(r, done)
	if end.Why != "" {
		err = fmt.Errorf("%w: %s", chat.ErrRefused, chat.CleanText(end.Why))
	}
	return chat.CleanText(end.Text), err
}

// await waits for what ends a command.
func await[T any](r *run, done <-chan T) (end T, err error) {
	select {
	case end = <-done:
	case <-r.s.done:
		err = fmt.Errorf("%w: the server was left", chat.ErrUnknown)
	case <-r.ctx.Done():
		err = r.ctx.Err()
	}
	return end, err
}

// channel is send for what makes sense in a channel only.
func (r *run) channel(params ...string) (string, error) {
	if !strings.ContainsAny(r.target[:min(1, len(r.target))], "#&+!") {
		return "", fmt.Errorf("%w: this is no room", chat.ErrRefused)
	}
	return r.send(params...)
}

func (r *run) join() (string, error) {
	key := ""
	if len(r.words) > 1 {
		key = r.words[1]
	}
	_, err := r.n.Join(r.ctx, r.s.address.Server()+"/"+r.words[0], Options{Key: key})
	return "", err
}

func (r *run) leave() (string, error) {
	return "", r.n.Leave(r.ctx, r.id)
}

func (r *run) me() (string, error) {
	_, err := r.n.Send(r.ctx, r.id, "/me "+r.line)
	return "", err
}

func (r *run) msg() (string, error) {
	with, err := r.n.Talk(r.ctx, r.id, r.words[0])
	if text := r.after(1); err == nil && text != "" {
		_, err = r.n.Send(r.ctx, with, text)
	}
	return "", err
}

func (r *run) nick() (string, error) { return r.send("NICK", r.words[0]) }

func (r *run) topic() (string, error) {
	if r.line != "" {
		return r.channel("TOPIC", r.target, r.line)
	}
	st, err := r.n.Room(r.ctx, r.id)
	if err == nil && st.Topic == "" {
		return "There is no topic.", nil
	}
	return st.Topic, err
}

func (r *run) away() (string, error) {
	if r.line == "" {
		return r.send("AWAY")
	}
	return r.send("AWAY", r.line)
}

func (r *run) whois() (string, error) {
	done := make(chan string, 1)
	nick := r.words[0]
	if err := r.s.call(r.ctx, func() {
		r.s.whois[nick] = append(r.s.whois[nick], done)
		r.s.step(machine.Whois{Nick: nick})
	}); err != nil {
		return "", err
	}
	text, err := await(r, done)
	return chat.CleanText(text), err
}

func (r *run) kick() (string, error) {
	if why := r.after(1); why != "" {
		return r.channel("KICK", r.target, r.words[0], why)
	}
	return r.channel("KICK", r.target, r.words[0])
}

func (r *run) invite() (string, error) { return r.channel("INVITE", r.words[0], r.target) }

func (r *run) mode() (string, error) {
	return r.channel(append([]string{"MODE", r.target}, r.words[:min(len(r.words), 12)]...)...)
}
