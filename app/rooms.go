package app

import (
	"context"
	"strings"

	"github.com/parlance-chat/parlance/app/composer"
	"github.com/parlance-chat/parlance/netcore"
	"github.com/parlance-chat/parlance/netcore/chat"
)

// commands are those that a room's server is asked for, and the list of them.
func commands() []netcore.RoomHelp {
	return append(netcore.RoomCommands(), netcore.RoomHelp{Name: "help", Does: "lists the commands"})
}

// offered are the commands as the box offers them.
func offered() []composer.Command {
	var out []composer.Command
	for _, c := range commands() {
		out = append(out, composer.Command(c))
	}
	return out
}

// joinRoom asks which room to join.
func (w *window) joinRoom() { w.rooms.Join("") }

// learnRooms asks how all conversations on servers stand, once at a time.
func (w *window) learnRooms() {
	if w.asking {
		w.askAgain = true
		return
	}
	w.asking = true
	w.ask(func(context.Context) func() {
		list := w.core.Rooms()
		return func() {
			w.asking = false
			w.model.SetRooms(list)
			w.refresh()
			if w.askAgain {
				w.askAgain = false
				w.learnRooms()
			}
		}
	})
}

// suit gives the box what goes with a conversation: names to call, and commands.
func (w *window) suit(c chat.Conversation) {
	w.talk.composer.SetNames(w.model.Names(c.ID), w.model.HasMembers(c))
	if w.model.Commands(c) {
		w.talk.composer.SetCommands(offered())
	} else {
		w.talk.composer.SetCommands(nil)
	}
}

// slash says what a text means in a conversation: a command, or, of one that begins
// with two slashes, a text that begins with one.
func (w *window) slash(c chat.Conversation, text string) (command bool, said string) {
	switch {
	case !w.model.Commands(c) || !strings.HasPrefix(text, "/"):
		return false, text
	case strings.HasPrefix(text, "//"):
		return false, text[1:]
	}
	return true, text
}

// command takes a line that begins with a slash from the box. It returns at once;
// what could not be done comes back into the box with the reason.
func (w *window) command(id chat.ConversationID, line string) error {
	name, rest, _ := strings.Cut(strings.TrimPrefix(line, "/"), " ")
	if name = strings.ToLower(name); name == "help" {
		w.rooms.Help(commands())
		return nil
	}
	run := w.tasks.Read // for a server that takes its time holds up nobody else
	if name == "me" || name == "msg" {
		run = w.tasks.Write // in their order with other messages, and as little to be lost
		w.drafts.sending(id, line)
	}
	run(func(ctx context.Context) {
		text, err := w.core.RoomCommand(ctx, id, line)
		if err != nil {
			w.do(func() { w.unsent(id, nil, line, err) })
			return
		}
		w.drafts.sent(id, line)
		w.do(func() {
			w.answer(id, line, text)
			w.goTo(id, name, rest)
		})
	})
	return nil
}

// answer shows what came of a command: under the box it was typed in where that is a
// line, else on a card.
func (w *window) answer(id chat.ConversationID, line, text string) {
	const most = 200 // about as much as two lines of the box have room for
	switch {
	case text == "":
	case w.shown == id && len(text) <= most && !strings.Contains(text, "\n"):
		w.talk.composer.Tell(text)
	default:
		w.rooms.Answer(line, text)
	}
}

// goTo opens what a command made: the room, or the conversation with one person.
func (w *window) goTo(from chat.ConversationID, name, rest string) {
	words := strings.Fields(rest)
	st, ok := w.model.Rooms[from]
	if !ok || len(words) == 0 || w.shown != from {
		return
	}
	target := strings.ToLower(words[0])
	switch name {
	case "msg":
	case "join":
		if !strings.ContainsAny(target[:1], "#&+!") {
			target = "#" + target
		}
	default:
		return
	}
	w.rooms.Open(chat.RoomID(st.Server, target))
}
