package talk

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/control"
)

func TestNumbers(t *testing.T) {
	var n numbers
	in := chat.ConversationID{1}
	message := func(minute int, own bool) control.Message {
		m := control.Message{ID: uuid.Must(uuid.NewV7()), Conversation: in}
		m.Sent.Time = time.Unix(int64(60*minute), 0)
		if own {
			m.State = chat.Queued
		}
		return m
	}
	if _, ok := n.last(in, true); ok {
		t.Error("a last message of none")
	}
	theirs, own := message(2, false), message(3, true)
	n.learn(theirs)
	n.learn(own)
	n.learn(theirs) // again
	n.learn(message(1, false))
	if n.label(theirs) != "#1" || n.label(own) != "#2" || n.label(message(1, false)) != "" {
		t.Errorf("labels %s, %s", n.label(theirs), n.label(own))
	}
	if m, ok := n.last(in, false); !ok || m.ID != theirs.ID {
		t.Errorf("an earlier message that was shown later is the last: %+v", m)
	}
	if m, ok := n.last(in, true); !ok || m.ID != own.ID {
		t.Errorf("the last own message is %+v", m)
	}
	if _, ok := n.last(chat.ConversationID{2}, true); ok {
		t.Error("a last message elsewhere")
	}
	change := message(4, false)
	change.Change = &control.Change{Kind: chat.Left}
	if n.learn(change); n.label(change) != "" {
		t.Error("a change of the group has a number")
	}
	for range numbered {
		n.learn(message(5, false))
	}
	if _, ok := n.at(1); ok || len(n.list) != numbered || len(n.byID) != numbered {
		t.Errorf("%d and %d have numbers", len(n.list), len(n.byID))
	}
	if m, ok := n.at(numbered + 3); !ok || n.label(m) != "#1003" {
		t.Errorf("the newest is %+v", m)
	}
	for _, number := range []int{0, -1, numbered + 4} {
		if _, ok := n.at(number); ok {
			t.Errorf("there is a message %d", number)
		}
	}
}
