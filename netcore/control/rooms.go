package control

import (
	"context"
	"net/http"

	"github.com/parlance-chat/parlance/netcore"
	"github.com/parlance-chat/parlance/netcore/chat"
)

// Room is what there is to say about a room, a person on a server, or the server
// itself.
type Room struct {
	ID      chat.ConversationID `json:"id"`
	Address string              `json:"address"` // such as ircs://host:6697/#room
	Server  string              `json:"server"`  // its address
	Name    string              `json:"name"`    // of the room or the person; empty: the server itself
	Channel bool                `json:"channel"` // a room with members

	Connected   bool   `json:"connected"`             // to the server
	Joined      bool   `json:"joined"`                // it can be written to now
	Why         string `json:"why,omitempty"`         // why not
	Retry       Time   `json:"retry,omitzero"`        // when it is tried again
	Blocked     bool   `json:"blocked,omitempty"`     // nothing goes on before its certificate is trusted
	Encrypted   bool   `json:"encrypted"`             // others on the way cannot read it
	Vouched     bool   `json:"vouched,omitempty"`     // an authority vouches for the server
	Fingerprint string `json:"fingerprint,omitempty"` // SHA-256 of the certificate
	Nick        string `json:"nick,omitempty"`        // what the user is called there
	Account     string `json:"account,omitempty"`     // signed in as
	Network     string `json:"network,omitempty"`     // what the server calls its network
	Topic       string `json:"topic,omitempty"`
	Members     int    `json:"members,omitempty"`
	// State is online or offline, of a person of whom the server says it.
	State chat.Presence `json:"state,omitempty"`
}

func toRoom(st netcore.RoomStatus) Room {
	out := Room{
		ID: st.ID, Address: st.Address, Server: st.Server, Name: st.Name, Channel: st.Channel,
		Connected: st.Connected, Joined: st.Joined, Why: st.Why, Retry: Time{st.RetryAt}, Blocked: st.Blocked,
		Encrypted: st.Encrypted, Vouched: st.Vouched, Fingerprint: st.Fingerprint, Nick: st.Nick, Account: st.Account,
		Network: st.Network, Topic: st.Topic, Members: st.Members,
	}
	switch {
	case st.Known && st.Online:
		out.State = chat.Online
	case st.Known:
		out.State = chat.Offline
	}
	return out
}

// RoomOptions are what may be said when a room is joined. All but Key belong to
// the server, and count when it is joined for the first time.
type RoomOptions struct {
	Nick     string `json:"nick,omitempty"`
	Account  string `json:"account,omitempty"` // to sign in with, besides the device's key
	Secret   string `json:"secret,omitempty"`  // of the account
	Password string `json:"password,omitempty"`
	Key      string `json:"key,omitempty"`
}

type roomList struct {
	Rooms []Room `json:"rooms"`
}

func (s *Server) rooms(*http.Request) (any, error) {
	list := s.node.Rooms()
	out := roomList{make([]Room, len(list))}
	for i, st := range list {
		out.Rooms[i] = toRoom(st)
	}
	return out, nil
}

type roomJoin struct {
	URL string `json:"url"`
	RoomOptions
}

func (s *Server) joinRoom(r *http.Request) (any, error) {
	var in roomJoin
	if err := read(r, &in); err != nil {
		return nil, err
	}
	if in.URL == "" {
		return nil, badRequest("the request names no \"url\" of a room")
	}
	id, err := s.node.JoinRoom(r.Context(), in.URL, netcore.RoomOptions(in.RoomOptions))
	if err != nil {
		return nil, err
	}
	return s.conversation(r, id)
}

// roomAnswer is what a slash command says.
type roomAnswer struct {
	Text string `json:"text"`
}

func (s *Server) roomCommand(r *http.Request) (any, error) {
	var in struct {
		target
		Line string `json:"line"`
	}
	if err := read(r, &in); err != nil {
		return nil, err
	}
	id, err := s.find(r, in.target)
	if err != nil {
		return nil, err
	}
	text, err := s.node.RoomCommand(r.Context(), id, in.Line)
	if err != nil {
		return nil, err
	}
	return roomAnswer{text}, nil
}

func (s *Server) trustServer(r *http.Request) (any, error) {
	var in struct {
		target
		Fingerprint string `json:"fingerprint"`
	}
	if err := read(r, &in); err != nil {
		return nil, err
	}
	if in.Fingerprint == "" {
		return nil, badRequest("the request names no \"fingerprint\"")
	}
	id, err := s.find(r, in.target)
	if err != nil {
		return nil, err
	}
	return nothing{}, s.node.TrustServer(r.Context(), id, in.Fingerprint)
}

// Rooms returns what there is to say about all that was joined, by address.
func (c *Client) Rooms(ctx context.Context) ([]Room, error) {
	out, err := get[roomList](ctx, c, "/v1/rooms", nil)
	return out.Rooms, err
}

// JoinRoom joins the room at an address such as ircs://host/#room, now and after
// each start; it waits until that is done.
func (c *Client) JoinRoom(ctx context.Context, url string, o RoomOptions) (Conversation, error) {
	return post[Conversation](ctx, c, "/v1/room/join", roomJoin{url, o})
}

// RoomCommand carries out a line that begins with a slash, and returns what it
// says, if anything.
func (c *Client) RoomCommand(ctx context.Context, id chat.ConversationID, line string) (string, error) {
	out, err := post[roomAnswer](ctx, c, "/v1/room/command", map[string]any{"conversation": id, "line": line})
	return out.Text, err
}

// TrustServer accepts the certificate with a fingerprint for the server of a room,
// in place of the one it had.
func (c *Client) TrustServer(ctx context.Context, id chat.ConversationID, fingerprint string) error {
	_, err := post[nothing](ctx, c, "/v1/room/trust", map[string]any{"conversation": id, "fingerprint": fingerprint})
	return err
}
