package control

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"time"

	"github.com/parlance-chat/parlance/netcore"
	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
)

// Time is a time in the API's form.
type Time struct{ time.Time }

const timeForm = "2006-01-02T15:04:05.000000000Z"

// MarshalJSON implements json.Marshaler. Times come from others too: a year
// that RFC 3339 cannot write becomes the nearest one that it can.
func (t Time) MarshalJSON() ([]byte, error) {
	u := t.UTC()
	switch year := u.Year(); {
	case year < 0:
		u = time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC)
	case year > 9999:
		u = time.Date(9999, 12, 31, 23, 59, 59, 999_999_999, time.UTC)
	}
	return u.AppendFormat(nil, `"`+timeForm+`"`), nil
}

// Self is this device.
type Self struct {
	ID        identity.DeviceID `json:"id"`
	Name      string            `json:"name"`
	Link      string            `json:"link"`      // where others reach it, the likeliest address
	Addresses []netip.AddrPort  `json:"addresses"` // all of them
	Profile   string            `json:"profile"`
	Named     bool              `json:"named"` // false until the user chose a name
	Since     Time              `json:"since"` // when the program began to answer here
}

// Interface is one network interface as discovery uses it.
type Interface struct {
	Name      string         `json:"name"`
	Addresses []netip.Prefix `json:"addresses"`
	Loopback  bool           `json:"loopback"`
}

// Peer is another device.
type Peer struct {
	ID        identity.DeviceID `json:"id"`
	Name      string            `json:"name"`
	State     chat.Presence     `json:"state"`
	Addresses []netip.AddrPort  `json:"addresses"`
	Trust     chat.Trust        `json:"trust"`
}

// PeerDetails is a peer with what the calls say of it beyond the events.
type PeerDetails struct {
	Peer
	Status string   `json:"status,omitempty"`
	Linked bool     `json:"linked"`
	Ways   []string `json:"ways,omitempty"`
	Seen   Time     `json:"seen,omitzero"`
}

// Author is who wrote a message: ID is a device ID, or an address on networks
// without identities.
type Author struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Message is one message. State is there on own messages only.
type Message struct {
	Conversation chat.ConversationID `json:"conversation"`
	Kind         chat.Kind           `json:"kind"`
	ID           chat.MessageID      `json:"id"`
	From         Author              `json:"from"`
	Text         string              `json:"text"`
	Sent         Time                `json:"sent"`
	Received     Time                `json:"received"`
	State        chat.State          `json:"state,omitempty"`
}

// Own says whether this device wrote the message.
func (m Message) Own() bool { return m.State != "" }

// Placed is a message with its place in the conversation, the cursor of
// netcore.Page.
type Placed struct {
	Message
	Position chat.Position `json:"position"`
}

// Beginning is a position before every message: History after it begins with
// the oldest.
var Beginning = chat.Position{len(chat.Position{}) - 1: 1}

// Conversation is one line of the conversation list.
type Conversation struct {
	ID      chat.ConversationID `json:"id"`
	Kind    chat.Kind           `json:"kind"`
	Title   string              `json:"title"`
	Peer    string              `json:"peer,omitempty"`    // of a direct conversation: the device ID
	Address string              `json:"address,omitempty"` // of a plain conversation: udp://host:port
	Unread  int                 `json:"unread"`
	Draft   string              `json:"draft,omitempty"`
	Last    *Message            `json:"last,omitempty"`
}

// Finding is one thing the doctor found.
type Finding struct {
	Topic  string `json:"topic"`
	State  string `json:"state"` // good, note or bad
	Text   string `json:"text"`
	Advice string `json:"advice,omitempty"`
}

// Report is what the doctor says: the findings, and the one thing to do.
type Report struct {
	Findings []Finding `json:"findings"`
	Sentence string    `json:"sentence"`
}

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

// The names of the events.
const (
	EventReady        = "ready"
	EventPeer         = "peer"
	EventMessage      = "message"
	EventState        = "state"
	EventConversation = "conversation"
	EventNetwork      = "network"
	EventNotice       = "notice"
	EventLagged       = "lagged"
)

// Event is one line of a stream.
type Event struct {
	Name string // one of the names above, or one of a newer version
	Time time.Time
	// Body is a Ready, Peer, Message, StateChange, Conversation, Network or
	// Notice, as the name says; nil for lagged and for unknown names.
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
	case EventMessage:
		e.Body, err = parse[Message](line)
	case EventState:
		e.Body, err = parse[StateChange](line)
	case EventConversation:
		e.Body, err = parse[Conversation](line)
	case EventNetwork:
		e.Body, err = parse[Network](line)
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
		out := make([]any, len(e.Messages))
		for i, m := range e.Messages {
			out[i] = struct {
				head
				Message
			}{at(EventMessage), toMessage(m)}
		}
		return out
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

func toSelf(s netcore.Self, since time.Time) Self {
	return Self{
		ID:        s.ID,
		Name:      s.Name,
		Link:      likeliest(s.Link),
		Addresses: filled(s.Link),
		Profile:   s.Profile,
		Named:     s.Named,
		Since:     Time{since},
	}
}

// likeliest returns the address most likely to be reachable from elsewhere.
func likeliest(addresses []netip.AddrPort) string {
	best, score := "", -1
	for _, a := range addresses {
		s := 2
		switch ip := a.Addr(); {
		case ip.IsLoopback():
			s = 0
		case ip.IsLinkLocalUnicast():
			s = 1
		case ip.Unmap().Is4():
			s = 3
		}
		if s > score {
			best, score = a.String(), s
		}
	}
	return best
}

func toInterfaces(interfaces []chat.Interface) []Interface {
	out := make([]Interface, len(interfaces))
	for i, in := range interfaces {
		out[i] = Interface{Name: in.Name, Addresses: filled(in.Addresses), Loopback: in.Loopback}
	}
	return out
}

func toPeer(p chat.Peer) Peer {
	return Peer{ID: p.ID, Name: p.Name, State: p.State, Addresses: filled(p.Addresses), Trust: p.Trust}
}

func toPeerDetails(p chat.Peer) PeerDetails {
	return PeerDetails{Peer: toPeer(p), Status: p.Status, Linked: p.Linked, Ways: p.Ways, Seen: Time{p.LastSeen}}
}

func toMessage(m chat.Message) Message {
	out := Message{
		Conversation: m.Conversation,
		Kind:         m.Kind,
		ID:           m.ID,
		From:         Author{ID: m.From.ID(), Name: m.From.Name},
		Text:         m.Text,
		Sent:         Time{m.Sent},
		Received:     Time{m.Received},
	}
	if m.Own {
		out.State = m.State
	}
	return out
}

func toPlaced(m chat.Message) Placed { return Placed{Message: toMessage(m), Position: m.Position} }

func toConversation(c chat.Conversation) Conversation {
	out := Conversation{ID: c.ID, Kind: c.Kind, Title: c.Title, Unread: c.Unread, Draft: c.Draft}
	if !c.Peer.IsZero() {
		out.Peer = c.Peer.String()
	}
	if c.Address.IsValid() {
		out.Address = "udp://" + c.Address.String()
	}
	if c.Last != nil {
		last := toMessage(*c.Last)
		out.Last = &last
	}
	return out
}

func toReport(r netcore.Report) Report {
	out := Report{Findings: make([]Finding, len(r.Findings)), Sentence: r.Sentence}
	for i, f := range r.Findings {
		out.Findings[i] = Finding(f)
	}
	return out
}

// filled makes an empty list an empty JSON array, not null.
func filled[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
