package talk

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/parlance-chat/parlance/cmd/parlance-cli/show"
	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/control"
)

// recent is how many messages a chat begins with.
const recent = 10

// choice is one line of the list to choose from.
type choice struct{ title, to string }

// begin greets: with the last messages, or with the people to choose from.
func (t *talk) begin(ctx context.Context) error {
	if t.Terminal == nil {
		return nil
	}
	if t.with != nil {
		return t.enter(ctx)
	}
	return t.list(ctx)
}

// enter shows the conversation that was chosen.
func (t *talk) enter(ctx context.Context) error {
	title := show.Single(t.with.Title)
	const help = "/help lists what you can type."
	switch {
	case t.with.Kind == chat.Plain:
		t.say("You talk with %s: not encrypted, and who it is is not known. %s", title, help)
	case t.with.Kind == chat.Lobby:
		t.say("You are in the lobby: everyone near reads what you write. %s", help)
	case t.with.Kind == chat.Room:
		if err := t.enterRoom(ctx, title); err != nil {
			return err
		}
	case t.with.Kind == chat.Group:
		t.say("You are in %s, with %d members. %s", title, t.with.Members, help)
	default:
		t.say("You talk with %s. %s", title, help)
	}
	switch {
	case t.with.Request:
		t.say("Somebody new put you here. /join to stay, /leave to go.")
	case t.with.Closed != "":
		t.say("%s", t.with.Closed)
	}
	t.stopped()
	return t.history(ctx, recent)
}

// enterRoom says which server a room is on, and how the connection is.
func (t *talk) enterRoom(ctx context.Context, title string) error {
	rooms, err := t.session.Rooms(ctx)
	if err != nil {
		return err
	}
	for _, r := range rooms {
		if r.ID == t.with.ID {
			t.say("You are in %s on %s: %s. /help lists what you can type.", title, show.Single(r.Server), show.Standing(r))
			if trouble := show.Trouble(r); trouble != "" {
				t.say("%s", trouble)
			}
		}
	}
	return nil
}

// history shows the last messages.
func (t *talk) history(ctx context.Context, limit int) error {
	last, err := t.session.Newest(ctx, t.with.ID, limit)
	if err != nil {
		return err
	}
	lines := show.Transcript{Out: t.Out, Viewer: t.viewer, Width: t.columns(), Label: t.numbers.label}
	for _, m := range last {
		t.shown.Learn(m.Message)
		t.numbers.learn(m.Message)
		lines.Message(m.Message)
	}
	return t.seen(ctx)
}

// seen says that the user has seen the conversation. A request is only looked
// at: its people learn nothing before the user joins.
func (t *talk) seen(ctx context.Context) error {
	if t.with.Request {
		return nil
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
		t.names.Learn(p.ID.String(), p.Name)
	}
	alone := true
	for _, p := range peers {
		id := p.ID.String()
		states[id] = string(p.State)
		if p.State == chat.Online && p.Trust != chat.Blocked {
			alone = false
			offer(t.names.Of(id), "online", id)
		}
	}
	for _, c := range conversations {
		switch {
		case c.Peer != "":
			offer(show.Single(c.Title), states[c.Peer], c.Peer)
		case c.Address != "":
			offer(show.Single(c.Title), "raw UDP", c.Address)
		default:
			offer(show.Single(c.Title), string(c.Kind), c.ID.String())
		}
	}
	if alone {
		t.say("Nobody is here yet. Looking on %s …", t.cards(ctx))
	}
	t.Out.Table(rows)
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
			list = append(list, fmt.Sprintf("%s (%s)", show.Single(i.Name), i.Addresses[0]))
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
	c, err := t.session.Find(ctx, answer)
	if err != nil {
		return t.recover(err)
	}
	t.with = &c
	return t.enter(ctx)
}

// peers says who is there.
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
		t.names.Learn(p.ID.String(), p.Name)
		rows = append(rows, []string{"· " + show.Single(p.Name), string(p.State), string(p.Trust), p.ID.Short()})
	}
	t.Out.Table(rows)
	return nil
}

// members says who is in the conversation.
func (t *talk) members(ctx context.Context) error {
	members, err := t.session.Members(ctx, t.with.ID)
	if err != nil {
		return t.recover(err)
	}
	rows := show.Members(members)
	for i := range rows {
		rows[i][0] = "· " + rows[i][0]
	}
	t.Out.Table(rows)
	return nil
}

// refresh takes the news of the conversation on the screen.
func (t *talk) refresh(c control.Conversation) {
	if t.with == nil || c.ID != t.with.ID {
		return
	}
	if t.Terminal != nil && c.Closed != "" && t.with.Closed == "" {
		t.say("%s", c.Closed)
	}
	t.with = &c
}
