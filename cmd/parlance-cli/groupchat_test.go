package main

import (
	"strings"
	"testing"

	"github.com/parlance-chat/parlance/cmd/parlance-cli/talk"
	"github.com/parlance-chat/parlance/netcore"
	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/control/controltest"
)

// newest returns the newest message of a conversation.
func (d *desk) newest(id chat.ConversationID) chat.Message {
	d.t.Helper()
	list, err := d.node.History(d.t.Context(), id, netcore.Page{Limit: 1})
	if err != nil || len(list) == 0 {
		d.t.Fatalf("no message: %v", err)
	}
	return list[0]
}

func TestGroupChat(t *testing.T) {
	d := newDesk(t)
	bob := controltest.Bob()
	d.people()
	group := d.node.Found("Lunch", false, bob, carol)
	d.node.ReceiveIn(group, bob, "one", "two")
	c := d.sit(100, "Lunch")
	c.out.wait(t, "You are in Lunch, with 3 members.", "· Bob founded the group “Lunch” with you and Carol\r\n", "Bob #1: one\r\n", "Bob #2: two\r\n")

	c.types("/reply yes\r")
	c.types("/react #1 👍\r")
	c.out.wait(t, "· You reacted to #1: 👍\r\n")
	m := d.newest(group)
	if m.Text != "yes" || m.Answers == nil || m.Answers.Text != "two" {
		t.Errorf("answered with %+v", m)
	}
	c.types("/edit yes, please\r")
	c.out.wait(t, "· You edited #3: yes, please\r\n")
	c.types("/react #1\r")
	c.out.wait(t, "· You took the 👍 back from #1\r\n")
	c.types("/retract\r")
	c.out.wait(t, "· You took back #3\r\n")
	if m = d.newest(group); !m.Retracted {
		t.Errorf("still there: %+v", m)
	}

	theirs := d.node.ReceiveIn(group, bob, "three, @Ada")[0]
	c.out.wait(t, "Bob #4: three, \x1b[1;7m@Ada\x1b[0m\r\n")
	d.node.EditOf(group, theirs.ID, "four")
	c.out.wait(t, "· Bob edited #4: four\r\n")
	d.node.ReactOf(carol, group, theirs.ID, "❤")
	c.out.wait(t, "· Carol reacted to #4: ❤\r\n")
	d.node.RetractOf(group, theirs.ID)
	c.out.wait(t, "· Bob took back #4\r\n")

	if err := d.node.AddMembers(t.Context(), group, ids(dan)); err != nil {
		t.Fatal(err)
	}
	c.out.wait(t, "· You added Dan\r\n")
	c.types("/members\r")
	c.out.wait(t, "· Ada (you)", "· Dan")
	c.types("/react #77 x\r")
	c.out.wait(t, "There is no message #77 here")
	c.types("/edit #1 mine now\r")
	c.out.wait(t, "the message is Bob's")
	c.types("/retract #x\r")
	c.out.wait(t, "There is no message #x here")
	c.types("/reply #1\r")
	c.out.wait(t, "there is nothing in it")
	c.types("/leave\r")
	c.out.wait(t, "You left.", "You left this group.")
	c.types("anybody?\r")
	c.out.wait(t, "refused: You left this group.")
	c.types("/to lobby\r")
	c.out.wait(t, "everyone near reads what you write")
	c.types("/edit x\r")
	c.out.wait(t, "There is no message to do that with")
	c.types("/quit\r")
	c.ends(exitDone)
}

// TestChatRequest finds that a stranger's group learns nothing before the user
// joins it.
func TestChatRequest(t *testing.T) {
	d := newDesk(t)
	d.people()
	group := d.node.Found("Party", true, dan)
	c := d.sit(100, "Party")
	c.out.wait(t, "Somebody new put you here. /join to stay, /leave to go.", talk.Prompt)
	d.node.ReceiveIn(group, dan, "hello")
	c.out.wait(t, "Dan #1: hello")
	if conversation, _ := d.node.Conversation(t.Context(), group); conversation.Unread == 0 {
		t.Error("it was marked as seen")
	}
	c.types("/join\r")
	c.out.wait(t, "You take part.")
	c.types("hello Dan\r")
	c.out.wait(t, "hello Dan")
	for d.newest(group).Text != "hello Dan" {
		wait(t)
	}
	if conversation, _ := d.node.Conversation(t.Context(), group); conversation.Unread != 0 || conversation.Request {
		t.Errorf("after joining: %+v", conversation)
	}
}

// TestChatTyping finds who types told on both sides.
func TestChatTyping(t *testing.T) {
	d := newDesk(t)
	bob := controltest.Bob()
	d.people()
	id := d.node.Put(bob)
	types := func(p chat.Peer, active bool) {
		d.node.Emit(chat.Typing{Conversation: id, From: chat.Author{Device: p.ID, Name: p.Name}, Active: active})
	}
	c := d.sit(100, "Bob")
	c.out.wait(t, talk.Prompt)
	c.types("hal")
	for !d.node.IsTyping(id) {
		wait(t)
	}
	types(bob, true)
	c.out.wait(t, "Bob is typing … > hal")
	types(carol, true)
	c.out.wait(t, "Bob and Carol are typing … > hal")
	types(dan, true)
	c.out.wait(t, "3 people are typing … > hal")
	types(dan, false)
	types(carol, false)
	d.node.Receive(bob, "here you are")
	c.out.wait(t, "Bob #1: here you are\r\n")
	c.types("\x15") // deletes the line
	c.types("/")
	for d.node.IsTyping(id) {
		wait(t)
	}
	c.types("help\r")
	c.out.wait(t, "/reply [#N] TEXT")
	screen := c.out.String()
	if last := screen[strings.LastIndex(screen, "here you are"):]; strings.Contains(last, "typing") {
		t.Errorf("who has written still types:\n%s", last)
	}
}

// TestPipedGroup has a script talk in a group.
func TestPipedGroup(t *testing.T) {
	d := newDesk(t)
	bob := controltest.Bob()
	d.people()
	group := d.node.Found("Lunch", false, bob)
	c := d.start("chat", "Lunch")
	c.types("one\n")
	for d.newest(group).Text != "one" {
		wait(t)
	}
	m := d.node.ReceiveIn(group, bob, "two")[0]
	c.out.wait(t, "Bob: two\n")
	d.node.EditOf(group, m.ID, "three")
	c.out.wait(t, "· Bob edited “two”: three\n")
	c.in.Close()
	c.ends(exitDone)
}

// TestUpTellsChanges follows a group with up.
func TestUpTellsChanges(t *testing.T) {
	d := newDesk(t)
	bob := controltest.Bob()
	d.people()
	early := d.node.Receive(bob, "before")[0]
	c := d.start("up")
	c.out.wait(t, "press Ctrl+C")
	group := d.node.Found("Lunch", false, bob, carol)
	c.out.wait(t, "  Bob founded the group “Lunch” with you and Carol in Lunch\n")
	m := d.node.ReceiveIn(group, bob, "hi @Ada")[0]
	c.out.wait(t, "  Bob in Lunch: hi @Ada\n")
	if _, err := d.node.Reply(t.Context(), group, m.ID, "hi Bob"); err != nil {
		t.Fatal(err)
	}
	c.out.wait(t, "       ┌ Bob: hi @Ada\n", "  You to Lunch: hi Bob\n", "  delivered to Bob\n")
	d.node.ReactOf(carol, group, m.ID, "❤")
	c.out.wait(t, "  Carol reacted to “hi @Ada” in Lunch: ❤\n")
	d.node.RetractOf(group, m.ID)
	c.out.wait(t, "  Bob took back “hi @Ada” in Lunch\n")
	d.node.ReactOf(carol, chat.DirectID(controltest.ID("Ada"), bob.ID), early.ID, "👎")
	c.out.wait(t, "  “before” is now: before  👎 Carol\n")
	c.leave()
	c.ends(exitDone)
}
