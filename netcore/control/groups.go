package control

import (
	"context"
	"net/http"
	"net/url"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
)

func (s *Server) createGroup(r *http.Request) (any, error) {
	var in struct {
		Name    string   `json:"name"`
		Members []string `json:"members"`
	}
	if err := read(r, &in); err != nil {
		return nil, err
	}
	who, err := findPeers(s.node.Peers(), in.Members)
	if err != nil {
		return nil, err
	}
	id, err := s.node.CreateGroup(r.Context(), in.Name, who)
	if err != nil {
		return nil, err
	}
	return s.conversation(r, id)
}

// membership is a request to add or to remove members.
type membership struct {
	target
	Peers []string `json:"peers"`
}

func (s *Server) readMembership(r *http.Request) (membership, chat.ConversationID, error) {
	var in membership
	if err := read(r, &in); err != nil {
		return in, chat.ConversationID{}, err
	}
	if len(in.Peers) == 0 {
		return in, chat.ConversationID{}, badRequest("the request names no peers")
	}
	id, err := s.find(r, in.target)
	return in, id, err
}

func (s *Server) addMembers(r *http.Request) (any, error) {
	in, id, err := s.readMembership(r)
	if err != nil {
		return nil, err
	}
	who, err := findPeers(s.node.Peers(), in.Peers)
	if err != nil {
		return nil, err
	}
	if err := s.node.AddMembers(r.Context(), id, who); err != nil {
		return nil, err
	}
	return s.conversation(r, id)
}

func (s *Server) removeMembers(r *http.Request) (any, error) {
	in, id, err := s.readMembership(r)
	if err != nil {
		return nil, err
	}
	who, err := s.findMembers(r, id, in.Peers)
	if err != nil {
		return nil, err
	}
	if err := s.node.RemoveMembers(r.Context(), id, who); err != nil {
		return nil, err
	}
	return s.conversation(r, id)
}

// findMembers finds names among those who are in a group, whom this device may
// never have met otherwise.
func (s *Server) findMembers(r *http.Request, id chat.ConversationID, names []string) ([]identity.DeviceID, error) {
	members, err := s.node.Members(r.Context(), id)
	if err != nil {
		return nil, err
	}
	var others []chat.Peer
	for _, m := range members {
		if !m.Self {
			others = append(others, m.Peer)
		}
	}
	return findPeers(others, names)
}

func (s *Server) renameGroup(r *http.Request) (any, error) {
	var in struct {
		target
		Name string `json:"name"`
	}
	if err := read(r, &in); err != nil {
		return nil, err
	}
	id, err := s.find(r, in.target)
	if err != nil {
		return nil, err
	}
	if err := s.node.RenameGroup(r.Context(), id, in.Name); err != nil {
		return nil, err
	}
	return s.conversation(r, id)
}

type memberList struct {
	Members []Member `json:"members"`
}

func (s *Server) members(r *http.Request) (any, error) {
	id, err := s.find(r, targetOf(r.URL.Query()))
	if err != nil {
		return nil, err
	}
	list, err := s.node.Members(r.Context(), id)
	if err != nil {
		return nil, err
	}
	out := memberList{make([]Member, len(list))}
	for i, m := range list {
		out.Members[i] = toMember(m)
	}
	return out, nil
}

func (s *Server) leave(r *http.Request) (any, error) {
	var in target
	if err := read(r, &in); err != nil {
		return nil, err
	}
	id, err := s.find(r, in)
	if err != nil {
		return nil, err
	}
	return nothing{}, s.node.Leave(r.Context(), id)
}

func (s *Server) join(r *http.Request) (any, error) {
	var in target
	if err := read(r, &in); err != nil {
		return nil, err
	}
	id, err := s.find(r, in)
	if err != nil {
		return nil, err
	}
	if err := s.node.Join(r.Context(), id); err != nil {
		return nil, err
	}
	return s.conversation(r, id)
}

func (s *Server) mute(r *http.Request) (any, error) {
	var in struct {
		target
		Muted *bool `json:"muted"` // a pointer: what was forgotten is not false
	}
	if err := read(r, &in); err != nil {
		return nil, err
	}
	if in.Muted == nil {
		return nil, badRequest("the request does not say whether \"muted\" is true or false")
	}
	id, err := s.find(r, in.target)
	if err != nil {
		return nil, err
	}
	if err := s.node.SetMuted(r.Context(), id, *in.Muted); err != nil {
		return nil, err
	}
	return s.conversation(r, id)
}

// readMarks is whether others are told what was read.
type readMarks struct {
	On *bool `json:"on"`
}

func (s *Server) readMarks(*http.Request) (any, error) {
	on := s.node.ReadMarks()
	return readMarks{&on}, nil
}

func (s *Server) setReadMarks(r *http.Request) (any, error) {
	var in readMarks
	if err := read(r, &in); err != nil {
		return nil, err
	}
	if in.On == nil {
		return nil, badRequest("the request does not say whether read marks are \"on\"")
	}
	if err := s.node.SetReadMarks(r.Context(), *in.On); err != nil {
		return nil, err
	}
	return s.readMarks(r)
}

// CreateGroup founds a group with peers named as for findPeer: whole names,
// beginnings of IDs or of names.
func (c *Client) CreateGroup(ctx context.Context, name string, members []string) (Conversation, error) {
	if err := checkUTF8(name); err != nil {
		return Conversation{}, err
	}
	return post[Conversation](ctx, c, "/v1/group", map[string]any{"name": name, "members": members})
}

// AddMembers adds peers to a group.
func (c *Client) AddMembers(ctx context.Context, id chat.ConversationID, peers []string) (Conversation, error) {
	return post[Conversation](ctx, c, "/v1/group/add", map[string]any{"conversation": id, "peers": peers})
}

// RemoveMembers removes members from a group, named as they are called there.
func (c *Client) RemoveMembers(ctx context.Context, id chat.ConversationID, peers []string) (Conversation, error) {
	return post[Conversation](ctx, c, "/v1/group/remove", map[string]any{"conversation": id, "peers": peers})
}

// RenameGroup gives a group another name.
func (c *Client) RenameGroup(ctx context.Context, id chat.ConversationID, name string) (Conversation, error) {
	if err := checkUTF8(name); err != nil {
		return Conversation{}, err
	}
	return post[Conversation](ctx, c, "/v1/group/rename", map[string]any{"conversation": id, "name": name})
}

// Members returns the members of a group, or who is in the lobby.
func (c *Client) Members(ctx context.Context, id chat.ConversationID) ([]Member, error) {
	out, err := get[memberList](ctx, c, "/v1/members", url.Values{"conversation": {id.String()}})
	return out.Members, err
}

// Leave leaves a group, or the lobby.
func (c *Client) Leave(ctx context.Context, id chat.ConversationID) error {
	_, err := post[nothing](ctx, c, "/v1/leave", map[string]any{"conversation": id})
	return err
}

// Join accepts a request, or takes part in the lobby again.
func (c *Client) Join(ctx context.Context, id chat.ConversationID) (Conversation, error) {
	return post[Conversation](ctx, c, "/v1/join", map[string]any{"conversation": id})
}

// SetMuted says whether a conversation may disturb the user.
func (c *Client) SetMuted(ctx context.Context, id chat.ConversationID, muted bool) (Conversation, error) {
	return post[Conversation](ctx, c, "/v1/mute", map[string]any{"conversation": id, "muted": muted})
}

// ReadMarks says whether others are told what was read.
func (c *Client) ReadMarks(ctx context.Context) (bool, error) {
	out, err := get[readMarks](ctx, c, "/v1/readmarks", nil)
	return out.On != nil && *out.On, err
}

// SetReadMarks says whether others are told what was read.
func (c *Client) SetReadMarks(ctx context.Context, on bool) error {
	_, err := post[readMarks](ctx, c, "/v1/readmarks", readMarks{&on})
	return err
}
