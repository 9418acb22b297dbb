package control

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
)

// Ready begins a stream of events.
type Ready struct {
	ID   identity.DeviceID `json:"id"`
	Name string            `json:"name"`
	Link string            `json:"link"`
}

// StateChange says that an own message moved on towards one recipient. Peer is
// a device ID, empty on networks without identities.
type StateChange struct {
	Message chat.MessageID `json:"message"`
	Peer    string         `json:"peer"`
	State   chat.State     `json:"state"`
}

// Network is what the network looks like now.
type Network struct {
	Interfaces []Interface `json:"interfaces"`
}

// Notice is something the user should know and may act on.
type Notice struct {
	Text string `json:"text"`
}

// Gone says that a conversation's messages before a position are no longer kept.
type Gone struct {
	Conversation chat.ConversationID `json:"conversation"`
	Before       chat.Position       `json:"before"`
}

// Typing says that somebody writes in a conversation, or no longer does. Who
// says nothing more for chat.TypingLasts has stopped.
type Typing struct {
	Conversation chat.ConversationID `json:"conversation"`
	From         Author              `json:"from"`
	Active       bool                `json:"active"`
}

// Identity says that another machine uses this device's key.
type Identity struct {
	Address string `json:"address"`
}

// The names of the events.
const (
	EventReady        = "ready"
	EventPeer         = "peer"
	EventMessage      = "message"
	EventChanged      = "changed"
	EventGone         = "gone"
	EventState        = "state"
	EventTyping       = "typing"
	EventConversation = "conversation"
	EventNetwork      = "network"
	EventIdentity     = "identity"
	EventNotice       = "notice"
	EventLagged       = "lagged"
)

// Event is one line of a stream.
type Event struct {
	Name string // one of the names above, or one of a newer version
	Time time.Time
	// Body is a Ready, Peer, Message (of message and changed), Gone, StateChange,
	// Typing, Conversation, Network, Identity or Notice, as the name says; nil for
	// lagged and for unknown names.
	Body any
	// Line is the event as it came, without the line feed.
	Line []byte
}

// head is what every line of a stream has.
type head struct {
	Event string `json:"event"`
	Time  Time   `json:"time"`
}

func parseEvent(line []byte) (Event, error) {
	var h head
	if err := json.Unmarshal(line, &h); err != nil {
		return Event{}, fmt.Errorf("event %q: %w", line, err)
	}
	e := Event{Name: h.Event, Time: h.Time.Time, Line: line}
	var err error
	switch h.Event {
	case EventReady:
		e.Body, err = parse[Ready](line)
	case EventPeer:
		e.Body, err = parse[Peer](line)
	case EventMessage, EventChanged:
		e.Body, err = parse[Message](line)
	case EventGone:
		e.Body, err = parse[Gone](line)
	case EventState:
		e.Body, err = parse[StateChange](line)
	case EventTyping:
		e.Body, err = parse[Typing](line)
	case EventConversation:
		e.Body, err = parse[Conversation](line)
	case EventNetwork:
		e.Body, err = parse[Network](line)
	case EventIdentity:
		e.Body, err = parse[Identity](line)
	case EventNotice:
		e.Body, err = parse[Notice](line)
	}
	if err != nil {
		return Event{}, fmt.Errorf("event %q: %w", line, err)
	}
	return e, nil
}

func parse[T any](line []byte) (T, error) {
	var v T
	err := json.Unmarshal(line, &v)
	return v, err
}

// lines returns the lines of a stream that say event, none for events that are
// not told.
func lines(now time.Time, event chat.Event) []any {
	at := func(name string) head { return head{Event: name, Time: Time{now}} }
	switch e := event.(type) {
	case chat.PeerChanged:
		return []any{struct {
			head
			Peer
		}{at(EventPeer), toPeer(e.Peer)}}
	case chat.MessagesAdded:
		return messageLines(at(EventMessage), e.Messages)
	case chat.MessagesChanged:
		return messageLines(at(EventChanged), e.Messages)
	case chat.MessagesGone:
		return []any{struct {
			head
			Gone
		}{at(EventGone), Gone{e.Conversation, e.Before}}}
	case chat.StateChanged:
		peer := ""
		if !e.Peer.IsZero() {
			peer = e.Peer.String()
		}
		out := make([]any, len(e.Messages))
		for i, id := range e.Messages {
			out[i] = struct {
				head
				StateChange
			}{at(EventState), StateChange{Message: id, Peer: peer, State: e.State}}
		}
		return out
	case chat.Typing:
		return []any{struct {
			head
			Typing
		}{at(EventTyping), Typing{e.Conversation, toAuthor(e.From), e.Active}}}
	case chat.ConversationChanged:
		return []any{struct {
			head
			Conversation
		}{at(EventConversation), toConversation(e.Conversation)}}
	case chat.InterfacesChanged:
		return []any{struct {
			head
			Network
		}{at(EventNetwork), Network{toInterfaces(e.Interfaces)}}}
	case chat.IdentityShared:
		return []any{struct {
			head
			Identity
		}{at(EventIdentity), Identity{e.Address}}}
	case chat.Notice:
		return []any{struct {
			head
			Notice
		}{at(EventNotice), Notice{e.Text}}}
	case chat.Lagged:
		return []any{at(EventLagged)}
	}
	return nil
}

func messageLines(at head, messages []chat.Message) []any {
	out := make([]any, len(messages))
	for i, m := range messages {
		out[i] = struct {
			head
			Message
		}{at, toMessage(m)}
	}
	return out
}
