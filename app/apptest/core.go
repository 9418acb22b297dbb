// Package apptest holds a node in memory, for the tests of the screens.
package apptest

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/parlance-chat/parlance/netcore"
	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
)

// Core is a node in memory, an app.Core. Its fields may be changed before it is
// used; later only by its methods, or with its lock.
type Core struct {
	sync.Mutex
	Me       netcore.Self
	Known    []chat.Peer
	Talks    map[chat.ConversationID]chat.Conversation
	Messages map[chat.ConversationID][]chat.Message
	Cards    []chat.Interface
	Settings map[string]string
	PlainNow netcore.PlainStatus
	Found    netcore.Report
	Now      time.Time

	Groups    map[chat.ConversationID][]chat.Member // and rooms
	Servers   []netcore.RoomStatus
	Answers   map[string]string // what RoomCommand says to a line
	Versions  map[chat.MessageID][]chat.Revision
	Got       map[chat.MessageID][]chat.Receipt
	Missing   netcore.Report // what DoctorFor answers
	MarksOff  bool
	Shared    string // where a double of this device is
	GroupErr  error  // what the methods of groups answer
	ChangeErr error  // what Reply, Edit, Retract and React answer

	SendErr    error // what Send answers
	ConnectErr error
	JoinErr    error // what JoinRoom answers
	CommandErr error // what RoomCommand answers
	PlainErr   error
	NameErr    error
	Told       []chat.Notice
	Held       chan struct{} // if not nil, Send waits until it is closed
	calls      []string      // what was asked for, in order
	subs       []*subscription
}

type subscription struct {
	events chan chat.Event
	once   sync.Once
	done   chan struct{}
}

// ID returns a device ID made of one byte.
func ID(b byte) identity.DeviceID {
	var id identity.DeviceID
	for i := range id {
		id[i] = b
	}
	return id
}

// NewCore returns the node of somebody called Me, who knows nobody.
func NewCore() *Core {
	return &Core{
		Me:       netcore.Self{ID: ID(1), Name: "Me", Named: true, Profile: "/home/me/.config/parlance"},
		Talks:    make(map[chat.ConversationID]chat.Conversation),
		Messages: make(map[chat.ConversationID][]chat.Message),
		Groups:   make(map[chat.ConversationID][]chat.Member),
		Versions: make(map[chat.MessageID][]chat.Revision),
		Got:      make(map[chat.MessageID][]chat.Receipt),
		Settings: make(map[string]string),
		Now:      time.Date(2025, 11, 20, 15, 30, 0, 0, time.Local),
	}
}

// AddPeer adds somebody.
func (f *Core) AddPeer(b byte, name string, state chat.Presence, trust chat.Trust) chat.Peer {
	p := chat.Peer{
		ID: ID(b), Name: name, State: state, Trust: trust, LastSeen: f.Now.Add(-time.Hour),
		Addresses: []netip.AddrPort{netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, 0, b}), 47475)},
	}
	f.Known = append(f.Known, p)
	return p
}

// AddTalk adds a conversation with a peer and messages in it; those beginning with
// ">" are one's own. The last one is ago old.
func (f *Core) AddTalk(p chat.Peer, ago time.Duration, texts ...string) chat.ConversationID {
	id := chat.DirectID(f.Me.ID, p.ID)
	f.Talks[id] = chat.Conversation{ID: id, Kind: chat.Direct, Title: p.Name, Peer: p.ID}
	for i, text := range texts {
		at := f.Now.Add(-ago - time.Duration(len(texts)-1-i)*time.Minute)
		own := strings.HasPrefix(text, ">")
		f.AddMessage(id, chat.Author{Device: p.ID, Name: p.Name}, strings.TrimPrefix(text, ">"), own, at)
	}
	return id
}

// AddMessage adds a message to a conversation.
func (f *Core) AddMessage(id chat.ConversationID, from chat.Author, text string, own bool, at time.Time) chat.Message {
	c := f.Talks[id]
	m := chat.Message{
		ID: uuid.New(), Conversation: id, Kind: c.Kind, From: from, Own: own,
		Text: text, Sent: at, Received: at,
	}
	if own {
		m.From, m.State = chat.Author{Device: f.Me.ID, Name: f.Me.Name}, chat.Delivered
	}
	n := at.UnixNano()
	for i := range 8 {
		m.Position[i] = byte(n >> (56 - 8*i))
	}
	m.Position[23] = byte(len(f.Messages[id]))
	f.Messages[id] = append(f.Messages[id], m)
	c.Last = &m
	f.Talks[id] = c
	return m
}

// Clock returns what time it is.
func (f *Core) Clock() time.Time {
	f.Lock()
	defer f.Unlock()
	return f.Now
}

// AddCard adds a network interface.
func (f *Core) AddCard(name, prefix string) {
	f.Cards = append(f.Cards, chat.Interface{Name: name, Addresses: []netip.Prefix{netip.MustParsePrefix(prefix)}})
}

func (f *Core) called(format string, args ...any) {
	f.calls = append(f.calls, fmt.Sprintf(format, args...))
}

// Asked returns the calls so far that begin with prefix.
func (f *Core) Asked(prefix string) []string {
	f.Lock()
	defer f.Unlock()
	return slices.DeleteFunc(slices.Clone(f.calls), func(c string) bool { return !strings.HasPrefix(c, prefix) })
}

// Emit tells every subscriber.
func (f *Core) Emit(events ...chat.Event) {
	f.Lock()
	subs := slices.Clone(f.subs)
	f.Unlock()
	for _, s := range subs {
		for _, ev := range events {
			select {
			case s.events <- ev:
			case <-s.done:
			}
		}
	}
}

// Receive is a message coming in from a peer.
func (f *Core) Receive(p chat.Peer, text string) chat.Message {
	f.Lock()
	id := chat.DirectID(f.Me.ID, p.ID)
	if _, ok := f.Talks[id]; !ok {
		f.Talks[id] = chat.Conversation{ID: id, Kind: chat.Direct, Title: p.Name, Peer: p.ID}
	}
	f.Now = f.Now.Add(time.Second)
	m := f.AddMessage(id, chat.Author{Device: p.ID, Name: p.Name}, text, false, f.Now)
	c := f.Talks[id]
	c.Unread++
	f.Talks[id] = c
	f.Unlock()
	f.Emit(chat.MessagesAdded{Messages: []chat.Message{m}}) // as the node does: not a word of the unread count
	return m
}

func (f *Core) Self() netcore.Self {
	f.Lock()
	defer f.Unlock()
	return f.Me
}

func (f *Core) Notices() []chat.Notice { return f.Told }

func (f *Core) SetName(_ context.Context, name string) error {
	f.Lock()
	defer f.Unlock()
	f.called("SetName %s", name)
	if f.NameErr != nil {
		return f.NameErr
	}
	f.Me.Name, f.Me.Named = name, true
	return nil
}

func (f *Core) Interfaces() []chat.Interface {
	f.Lock()
	defer f.Unlock()
	return slices.Clone(f.Cards)
}

func (f *Core) Peers() []chat.Peer {
	f.Lock()
	defer f.Unlock()
	return slices.Clone(f.Known)
}

func (f *Core) Conversations(context.Context) ([]chat.Conversation, error) {
	f.Lock()
	defer f.Unlock()
	f.called("Conversations")
	var out []chat.Conversation
	for _, c := range f.Talks {
		out = append(out, c)
	}
	return out, nil
}

func (f *Core) Conversation(_ context.Context, id chat.ConversationID) (chat.Conversation, error) {
	f.Lock()
	defer f.Unlock()
	c, ok := f.Talks[id]
	if !ok {
		return c, fmt.Errorf("%w conversation %s", chat.ErrUnknown, id)
	}
	return c, nil
}

func (f *Core) History(_ context.Context, id chat.ConversationID, page netcore.Page) ([]chat.Message, error) {
	f.Lock()
	defer f.Unlock()
	var out []chat.Message
	for _, m := range f.Messages[id] {
		if (page.Before.IsZero() || m.Position.Less(page.Before)) && (page.After.IsZero() || page.After.Less(m.Position)) {
			out = append(out, m)
		}
	}
	limit := page.Limit
	if limit == 0 {
		limit = 100
	}
	if len(out) > limit {
		if page.After.IsZero() {
			out = out[len(out)-limit:]
		} else {
			out = out[:limit]
		}
	}
	return out, nil
}

func (f *Core) Count(_ context.Context, id chat.ConversationID) (int, error) {
	f.Lock()
	defer f.Unlock()
	return len(f.Messages[id]), nil
}

func (f *Core) Search(_ context.Context, words string, limit int) ([]chat.Message, error) {
	f.Lock()
	defer f.Unlock()
	f.called("Search %s", words)
	var out []chat.Message
	for _, list := range f.Messages {
		for _, m := range list {
			if strings.Contains(strings.ToLower(m.Text), strings.ToLower(words)) && len(out) < limit {
				out = append(out, m)
			}
		}
	}
	return out, nil
}

func (f *Core) Direct(_ context.Context, peer identity.DeviceID) (chat.ConversationID, error) {
	f.Lock()
	id := chat.DirectID(f.Me.ID, peer)
	f.called("Direct %s", peer.Short())
	c := chat.Conversation{ID: id, Kind: chat.Direct, Peer: peer}
	for _, p := range f.Known {
		if p.ID == peer {
			c.Title = p.Name
		}
	}
	f.Talks[id] = c
	f.Unlock()
	f.Emit(chat.ConversationChanged{Conversation: c})
	return id, nil
}

func (f *Core) OpenPlain(_ context.Context, address string) (chat.ConversationID, error) {
	f.Lock()
	defer f.Unlock()
	f.called("OpenPlain %s", address)
	a, err := netip.ParseAddrPort(address)
	if err != nil {
		return chat.ConversationID{}, err
	}
	id := chat.PlainID(a)
	if _, ok := f.Talks[id]; !ok {
		f.Talks[id] = chat.Conversation{ID: id, Kind: chat.Plain, Title: a.String(), Address: a}
	}
	return id, nil
}

func (f *Core) Send(ctx context.Context, id chat.ConversationID, text string) (chat.Message, error) {
	f.Lock()
	f.called("Send %s", text)
	err, held := f.SendErr, f.Held
	f.Unlock()
	if held != nil {
		select {
		case <-held:
		case <-ctx.Done():
			return chat.Message{}, ctx.Err()
		}
	}
	if err != nil {
		return chat.Message{}, err
	}
	f.Lock()
	f.Now = f.Now.Add(time.Second)
	m := f.AddMessage(id, chat.Author{}, text, true, f.Now)
	f.Unlock()
	f.Emit(chat.MessagesAdded{Messages: []chat.Message{m}})
	return m, nil
}

func (f *Core) SetDraft(_ context.Context, id chat.ConversationID, text string) error {
	f.Lock()
	defer f.Unlock()
	f.called("SetDraft %q", text)
	c := f.Talks[id]
	c.Draft = text
	f.Talks[id] = c
	return nil
}

func (f *Core) MarkSeen(_ context.Context, id chat.ConversationID) error {
	f.Lock()
	c := f.Talks[id]
	f.called("MarkSeen %s", c.Title)
	c.Unread = 0
	f.Talks[id] = c
	f.Unlock()
	f.Emit(chat.ConversationChanged{Conversation: c})
	return nil
}

func (f *Core) SetTrust(_ context.Context, peer identity.DeviceID, t chat.Trust) error {
	f.Lock()
	f.called("SetTrust %s %s", peer.Short(), t)
	i := slices.IndexFunc(f.Known, func(p chat.Peer) bool { return p.ID == peer })
	if i < 0 {
		f.Unlock()
		return fmt.Errorf("%w device %s", chat.ErrUnknown, peer)
	}
	f.Known[i].Trust = t
	p := f.Known[i]
	f.Unlock()
	f.Emit(chat.PeerChanged{Peer: p})
	return nil
}

func (f *Core) Connect(_ context.Context, address string) (chat.Peer, error) {
	f.Lock()
	defer f.Unlock()
	f.called("Connect %s", address)
	if f.ConnectErr != nil {
		return chat.Peer{}, f.ConnectErr
	}
	return f.Known[0], nil
}

func (f *Core) Plain() netcore.PlainStatus {
	f.Lock()
	defer f.Unlock()
	return f.PlainNow
}

func (f *Core) SetPlain(_ context.Context, on bool, port uint16) error {
	f.Lock()
	defer f.Unlock()
	f.called("SetPlain %v %d", on, port)
	if f.PlainErr != nil {
		return f.PlainErr
	}
	f.PlainNow.On, f.PlainNow.Port = on, port
	return nil
}

func (f *Core) Setting(key string) string {
	f.Lock()
	defer f.Unlock()
	return f.Settings[key]
}

func (f *Core) SetSetting(_ context.Context, key, value string) error {
	f.Lock()
	defer f.Unlock()
	f.called("SetSetting %s=%s", key, value)
	f.Settings[key] = value
	return nil
}

func (f *Core) Doctor(context.Context) netcore.Report {
	f.Lock()
	defer f.Unlock()
	return f.Found
}

func (f *Core) Subscribe() (events <-chan chat.Event, end func()) {
	f.Lock()
	defer f.Unlock()
	s := &subscription{events: make(chan chat.Event, 64), done: make(chan struct{})}
	f.subs = append(f.subs, s)
	return s.events, func() { s.once.Do(func() { close(s.done) }) }
}

// ErrDiskFull is an error that a Core may be told to answer with.
var ErrDiskFull = errors.New("the disk is full: the message was not kept")
