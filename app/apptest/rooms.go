package apptest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/parlance-chat/parlance/netcore"
	"github.com/parlance-chat/parlance/netcore/chat"
)

// AddRoom adds a conversation on a server, of which st says what it is, with its
// members. The ID and the title follow from it.
func (f *Core) AddRoom(st netcore.RoomStatus, members ...chat.Member) chat.ConversationID {
	st.ID = chat.RoomID(st.Server, strings.ToLower(st.Name))
	st.Address = st.Server
	if st.Name != "" {
		st.Address += "/" + st.Name
	}
	if st.Members == 0 {
		st.Members = len(members)
	}
	title := st.Name
	if title == "" {
		_, title, _ = strings.Cut(st.Server, "://")
	}
	f.Servers = append(f.Servers, st)
	f.Talks[st.ID] = chat.Conversation{ID: st.ID, Kind: chat.Room, Title: title, Members: st.Members}
	f.Groups[st.ID] = members
	return st.ID
}

// InRoom returns a member of a room.
func InRoom(nick, status string) chat.Member {
	return chat.Member{Peer: chat.Peer{Name: nick, Status: status, State: chat.Online}}
}

// ChangeRoom changes what there is to say about a room, and tells of it.
func (f *Core) ChangeRoom(id chat.ConversationID, change func(*netcore.RoomStatus)) {
	f.Lock()
	for i := range f.Servers {
		if f.Servers[i].ID == id {
			change(&f.Servers[i])
		}
	}
	c := f.Talks[id]
	f.Unlock()
	f.Emit(chat.ConversationChanged{Conversation: c})
}

// JoinRoom answers with JoinErr, or adds a room that is not encrypted.
func (f *Core) JoinRoom(ctx context.Context, url string, o netcore.RoomOptions) (chat.ConversationID, error) {
	f.Lock()
	f.called("JoinRoom %s %s", url, o.Nick)
	held := f.Held
	f.Unlock()
	if held != nil {
		select {
		case <-held:
		case <-ctx.Done():
			return chat.ConversationID{}, ctx.Err()
		}
	}
	f.Lock()
	defer f.Unlock()
	if f.JoinErr != nil {
		return chat.ConversationID{}, f.JoinErr
	}
	server, name, _ := strings.Cut(strings.TrimPrefix(url, "irc://"), "/")
	return f.AddRoom(netcore.RoomStatus{
		Server: "irc://" + server, Name: name, Channel: name != "", Connected: true, Joined: true, Nick: f.Me.Name,
	}, InRoom("op", "operator")), nil
}

// Rooms returns what AddRoom added.
func (f *Core) Rooms() []netcore.RoomStatus {
	f.Lock()
	defer f.Unlock()
	return slices.Clone(f.Servers)
}

// RoomCommand answers with what Answers has, or CommandErr; to /whois when Held is
// closed.
func (f *Core) RoomCommand(ctx context.Context, _ chat.ConversationID, line string) (string, error) {
	f.Lock()
	f.called("RoomCommand %s", line)
	held := f.Held
	f.Unlock()
	if held != nil && strings.HasPrefix(line, "/whois") {
		select {
		case <-held:
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
	f.Lock()
	defer f.Unlock()
	return f.Answers[line], f.CommandErr
}

// TalkTo makes the conversation with a nick.
func (f *Core) TalkTo(_ context.Context, id chat.ConversationID, nick string) (chat.ConversationID, error) {
	f.Lock()
	defer f.Unlock()
	f.called("TalkTo %s", nick)
	i := slices.IndexFunc(f.Servers, func(st netcore.RoomStatus) bool { return st.ID == id })
	if i < 0 {
		return chat.ConversationID{}, fmt.Errorf("%w room", chat.ErrUnknown)
	}
	st := f.Servers[i]
	st.Name, st.Channel, st.Topic, st.Members = nick, false, "", 0
	return f.AddRoom(st), nil
}

// RetryServer connects a room.
func (f *Core) RetryServer(_ context.Context, id chat.ConversationID) error {
	f.Lock()
	f.called("RetryServer")
	f.Unlock()
	f.ChangeRoom(id, func(st *netcore.RoomStatus) {
		st.Connected, st.Joined, st.RetryAt, st.Why = true, true, time.Time{}, ""
	})
	return nil
}

// TrustServer unblocks a room.
func (f *Core) TrustServer(_ context.Context, id chat.ConversationID, fingerprint string) error {
	f.Lock()
	f.called("TrustServer %s", fingerprint)
	f.Unlock()
	f.ChangeRoom(id, func(st *netcore.RoomStatus) { st.Blocked, st.Connected, st.Joined = false, true, true })
	return nil
}
