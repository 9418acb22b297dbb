package directory

import (
	"errors"
	"testing"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
)

// TestSign: messages bear the names of now, and hide what is not to be seen.
func TestSign(t *testing.T) {
	self, friend, blocked, author, stranger := identity.DeviceID{1}, identity.DeviceID{2}, identity.DeviceID{3}, identity.DeviceID{4}, identity.DeviceID{5}
	group, left := chat.ConversationID{1}, chat.ConversationID{2}
	var d Directory
	d.SetSelf(self, "me")
	d.Put(chat.Peer{ID: friend, Name: "Ada"})
	d.Put(chat.Peer{ID: blocked, Name: "Bob", Trust: chat.Blocked})
	d.Call(author, "Cleo")
	all := map[identity.DeviceID]bool{self: true, friend: true, author: true}
	d.PutGroup(group, Group{Member: true, Ever: true, All: all})
	d.PutGroup(left, Group{All: all})
	for _, tc := range []struct {
		name   string
		m      chat.Message
		from   string
		hidden bool
	}{
		{"one's own", chat.Message{Own: true}, "me", false},
		{"one's own, with an earlier key", chat.Message{Own: true, From: chat.Author{Device: identity.DeviceID{9}, Name: "old"}}, "me", false},
		{"a peer's", chat.Message{From: chat.Author{Device: friend, Name: "old"}}, "Ada", false},
		{"somebody's never met", chat.Message{From: chat.Author{Device: author}}, "Cleo", false},
		{"somebody's unknown", chat.Message{From: chat.Author{Device: stranger, Name: "as stored"}}, "as stored", false},
		{"somebody's blocked", chat.Message{From: chat.Author{Device: blocked}}, "Bob", true},
		{"a member's", chat.Message{Conversation: group, From: chat.Author{Device: author}}, "Cleo", false},
		{"of somebody who never was a member", chat.Message{Conversation: group, From: chat.Author{Device: stranger, Name: "as stored"}}, "as stored", true},
		{"in a group of others", chat.Message{Conversation: left, From: chat.Author{Device: stranger, Name: "as stored"}}, "as stored", false},
	} {
		m := tc.m
		m.Text = "hello"
		d.Sign(&m)
		if m.From.Name != tc.from || (m.Text == "") != tc.hidden {
			t.Errorf("%s: from %q, %q, hidden should be %t", tc.name, m.From.Name, m.Text, tc.hidden)
		}
	}
	m := chat.Message{
		From:    chat.Author{Device: friend},
		Answers: &chat.Quote{From: chat.Author{Device: blocked}, Text: "secret"},
	}
	quote := *m.Answers
	stored := m
	stored.Answers = &quote
	d.Sign(&stored)
	if stored.Answers.Text != "" || stored.Answers.From.Name != "Bob" || quote.Text != "secret" {
		t.Errorf("the quote of somebody blocked is %+v, and was made %+v", *stored.Answers, quote)
	}
}

// TestAdmit: no link comes up with somebody blocked.
func TestAdmit(t *testing.T) {
	var d Directory
	d.Put(chat.Peer{ID: identity.DeviceID{1}, Trust: chat.Blocked})
	d.Put(chat.Peer{ID: identity.DeviceID{2}, Trust: chat.New})
	for id, want := range map[identity.DeviceID]error{{1}: errBlocked, {2}: nil, {3}: nil} {
		if err := d.Admit(id); !errors.Is(err, want) {
			t.Errorf("%v: %v, want %v", id[0], err, want)
		}
	}
}
