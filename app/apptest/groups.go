package apptest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/parlance-chat/parlance/netcore"
	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
)

// AddGroup adds a group of oneself and others, with messages by the first of them;
// those beginning with ">" are one's own. The last one is ago old.
func (f *Core) AddGroup(name string, ago time.Duration, others []chat.Peer, texts ...string) chat.ConversationID {
	var nonce [16]byte
	copy(nonce[:], name)
	id := chat.GroupID(f.Me.ID, nonce)
	f.Talks[id] = chat.Conversation{ID: id, Kind: chat.Group, Title: name, Members: 1 + len(others)}
	f.Groups[id] = f.members(others)
	f.say(id, others, ago, texts)
	return id
}

// AddLobby adds the lobby with messages by the first of those known.
func (f *Core) AddLobby(ago time.Duration, texts ...string) {
	f.Talks[chat.LobbyID] = chat.Conversation{ID: chat.LobbyID, Kind: chat.Lobby, Title: "Lobby"}
	f.Groups[chat.LobbyID] = f.members(f.Known)
	f.say(chat.LobbyID, f.Known, ago, texts)
}

func (f *Core) say(id chat.ConversationID, others []chat.Peer, ago time.Duration, texts []string) {
	for i, text := range texts {
		at := f.Now.Add(-ago - time.Duration(len(texts)-1-i)*time.Minute)
		from := chat.Author{}
		if len(others) > 0 {
			from = chat.Author{Device: others[0].ID, Name: others[0].Name}
		}
		f.AddMessage(id, from, strings.TrimPrefix(text, ">"), strings.HasPrefix(text, ">"), at)
	}
}

func (f *Core) members(others []chat.Peer) []chat.Member {
	out := []chat.Member{{Peer: chat.Peer{ID: f.Me.ID, Name: f.Me.Name}, Self: true}}
	for _, p := range others {
		out = append(out, chat.Member{Peer: p, Removable: true})
	}
	return out
}

// Change changes a conversation and tells of it.
func (f *Core) Change(id chat.ConversationID, change func(*chat.Conversation)) {
	f.Lock()
	c := f.Talks[id]
	change(&c)
	f.Talks[id] = c
	f.Unlock()
	f.Emit(chat.ConversationChanged{Conversation: c})
}

// ChangeMessage changes a message and tells of it.
func (f *Core) ChangeMessage(id chat.ConversationID, message chat.MessageID, change func(*chat.Message)) {
	f.Lock()
	var out []chat.Message
	for i, m := range f.Messages[id] {
		if m.ID == message {
			change(&m)
			f.Messages[id][i] = m
			out = append(out, m)
		}
	}
	f.Unlock()
	f.Emit(chat.MessagesChanged{Messages: out})
}

// Take is a message of any kind that comes in.
func (f *Core) Take(id chat.ConversationID, from chat.Peer, text string, change func(*chat.Message)) chat.Message {
	f.Lock()
	f.Now = f.Now.Add(time.Second)
	f.AddMessage(id, chat.Author{Device: from.ID, Name: from.Name}, text, false, f.Now)
	list := f.Messages[id]
	m := &list[len(list)-1]
	if change != nil {
		change(m)
	}
	c := f.Talks[id]
	last := *m
	c.Last = &last
	if m.Change == nil {
		c.Unread++
	}
	c.Mentioned = c.Mentioned || m.Mentioned
	f.Talks[id] = c
	out := last
	f.Unlock()
	f.Emit(chat.MessagesAdded{Messages: []chat.Message{out}})
	return out
}

// Reply is Send, with what it answers.
func (f *Core) Reply(ctx context.Context, id chat.ConversationID, to chat.MessageID, text string) (chat.Message, error) {
	f.Lock()
	f.called("Reply %s", text)
	err := f.ChangeErr
	f.Unlock()
	if err != nil {
		return chat.Message{}, err
	}
	return f.Send(ctx, id, text)
}

func (f *Core) asks(format string, args ...any) error {
	f.Lock()
	defer f.Unlock()
	f.called(format, args...)
	return f.ChangeErr
}

func (f *Core) asksGroup(format string, args ...any) error {
	f.Lock()
	defer f.Unlock()
	f.called(format, args...)
	return f.GroupErr
}

func (f *Core) Edit(_ context.Context, id chat.ConversationID, message chat.MessageID, text string) error {
	err := f.asks("Edit %s", text)
	if err == nil {
		f.ChangeMessage(id, message, func(m *chat.Message) { m.Text, m.Edited = text, f.Now })
	}
	return err
}

func (f *Core) Retract(_ context.Context, id chat.ConversationID, message chat.MessageID) error {
	err := f.asks("Retract")
	if err == nil {
		f.ChangeMessage(id, message, func(m *chat.Message) { m.Text, m.Retracted = "", true })
	}
	return err
}

func (f *Core) React(_ context.Context, id chat.ConversationID, message chat.MessageID, text string) error {
	return f.asks("React %s", text)
}

func (f *Core) Message(_ context.Context, id chat.ConversationID, message chat.MessageID) (chat.Message, error) {
	f.Lock()
	defer f.Unlock()
	f.called("Message")
	for _, m := range f.Messages[id] {
		if m.ID == message {
			return m, nil
		}
	}
	return chat.Message{}, fmt.Errorf("%w message %s", chat.ErrUnknown, message)
}

func (f *Core) Receipts(_ context.Context, _ chat.ConversationID, message chat.MessageID) ([]chat.Receipt, error) {
	f.Lock()
	defer f.Unlock()
	return slices.Clone(f.Got[message]), nil
}

func (f *Core) Revisions(_ context.Context, _ chat.ConversationID, message chat.MessageID) ([]chat.Revision, error) {
	f.Lock()
	defer f.Unlock()
	return slices.Clone(f.Versions[message]), nil
}

func (f *Core) SetTyping(_ chat.ConversationID, active bool) {
	f.Lock()
	defer f.Unlock()
	f.called("SetTyping %v", active)
}

func (f *Core) CreateGroup(_ context.Context, name string, who []identity.DeviceID) (chat.ConversationID, error) {
	if err := f.asksGroup("CreateGroup %s %s", name, shorts(who)); err != nil {
		return chat.ConversationID{}, err
	}
	f.Lock()
	defer f.Unlock()
	var others []chat.Peer
	for _, p := range f.Known {
		if slices.Contains(who, p.ID) {
			others = append(others, p)
		}
	}
	return f.AddGroup(name, 0, others), nil
}

func (f *Core) AddMembers(_ context.Context, id chat.ConversationID, who []identity.DeviceID) error {
	return f.asksGroup("AddMembers %s", shorts(who))
}

func (f *Core) RemoveMembers(_ context.Context, id chat.ConversationID, who []identity.DeviceID) error {
	return f.asksGroup("RemoveMembers %s", shorts(who))
}

func (f *Core) RenameGroup(_ context.Context, id chat.ConversationID, name string) error {
	err := f.asksGroup("RenameGroup %s", name)
	if err == nil {
		f.Change(id, func(c *chat.Conversation) { c.Title = name })
	}
	return err
}

func (f *Core) Leave(_ context.Context, id chat.ConversationID) error {
	err := f.asksGroup("Leave")
	if err == nil {
		f.Change(id, func(c *chat.Conversation) { c.Closed, c.Request = "You left.", false })
	}
	return err
}

func (f *Core) Join(_ context.Context, id chat.ConversationID) error {
	err := f.asksGroup("Join")
	if err == nil {
		f.Change(id, func(c *chat.Conversation) { c.Closed, c.Request = "", false })
	}
	return err
}

func (f *Core) Members(_ context.Context, id chat.ConversationID) ([]chat.Member, error) {
	f.Lock()
	defer f.Unlock()
	return slices.Clone(f.Groups[id]), nil
}

func (f *Core) SetMuted(_ context.Context, id chat.ConversationID, muted bool) error {
	err := f.asksGroup("SetMuted %v", muted)
	if err == nil {
		f.Change(id, func(c *chat.Conversation) { c.Muted = muted })
	}
	return err
}

func (f *Core) ReadMarks() bool {
	f.Lock()
	defer f.Unlock()
	return !f.MarksOff
}

func (f *Core) SetReadMarks(_ context.Context, on bool) error {
	f.Lock()
	defer f.Unlock()
	f.called("SetReadMarks %v", on)
	f.MarksOff = !on
	return nil
}

func (f *Core) DoctorFor(_ context.Context, who string) netcore.Report {
	f.Lock()
	defer f.Unlock()
	f.called("DoctorFor %s", who)
	return f.Missing
}

func (f *Core) SharedIdentity() string {
	f.Lock()
	defer f.Unlock()
	return f.Shared
}

// shorts names devices, in order.
func shorts(who []identity.DeviceID) string {
	var out []string
	for _, id := range who {
		out = append(out, id.Short())
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}
