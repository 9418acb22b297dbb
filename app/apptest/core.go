package app

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

// fakeCore is a Core in memory. Its fields may be changed before it is used;
// later only by its methods.
type fakeCore struct {
	mu            sync.Mutex
	self          netcore.Self
	peers         []chat.Peer
	conversations map[chat.ConversationID]chat.Conversation
	history       map[chat.ConversationID][]chat.Message
	interfaces    []chat.Interface
	settings      map[string]string
	plain         netcore.PlainStatus
	report        netcore.Report
	now           time.Time

	sendErr    error // what Send answers
	connectErr error
	plainErr   error
	nameErr    error
	notices    []chat.Notice
	held       chan struct{} // if not nil, Send waits until it is closed
	calls      []string      // what was asked for, in order
	subs       []*fakeSubscription
}

type fakeSubscription struct {
	events chan chat.Event
	once   sync.Once
	done   chan struct{}
}

func (s *fakeSubscription) Events() <-chan chat.Event { return s.events }
func (s *fakeSubscription) Close()                    { s.once.Do(func() { close(s.done) }) }

// testID returns a device ID made of one byte.
func testID(b byte) identity.DeviceID {
	var id identity.DeviceID
	for i := range id {
		id[i] = b
	}
	return id
}

func newFakeCore() *fakeCore {
	return &fakeCore{
		self:          netcore.Self{ID: testID(1), Name: "Me", Named: true, Profile: "/home/me/.config/parlance"},
		conversations: make(map[chat.ConversationID]chat.Conversation),
		history:       make(map[chat.ConversationID][]chat.Message),
		settings:      make(map[string]string),
		now:           time.Date(2025, 11, 20, 15, 30, 0, 0, time.Local),
	}
}

// peer adds somebody.
func (f *fakeCore) peer(b byte, name string, state chat.Presence, trust chat.Trust) chat.Peer {
	p := chat.Peer{
		ID: testID(b), Name: name, State: state, Trust: trust, LastSeen: f.now.Add(-time.Hour),
		Addresses: []netip.AddrPort{netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, 0, b}), 47475)},
	}
	f.peers = append(f.peers, p)
	return p
}

// talk adds a conversation with a peer and messages in it; those beginning with
// ">" are one's own. The last one is ago old.
func (f *fakeCore) talk(p chat.Peer, ago time.Duration, texts ...string) chat.ConversationID {
	id := chat.DirectID(f.self.ID, p.ID)
	f.conversations[id] = chat.Conversation{ID: id, Kind: chat.Direct, Title: p.Name, Peer: p.ID}
	for i, text := range texts {
		at := f.now.Add(-ago - time.Duration(len(texts)-1-i)*time.Minute)
		own := strings.HasPrefix(text, ">")
		f.add(id, chat.Author{Device: p.ID, Name: p.Name}, strings.TrimPrefix(text, ">"), own, at)
	}
	return id
}

func (f *fakeCore) add(id chat.ConversationID, from chat.Author, text string, own bool, at time.Time) chat.Message {
	c := f.conversations[id]
	m := chat.Message{
		ID: uuid.New(), Conversation: id, Kind: c.Kind, From: from, Own: own,
		Text: text, Sent: at, Received: at,
	}
	if own {
		m.From, m.State = chat.Author{Device: f.self.ID, Name: f.self.Name}, chat.Delivered
	}
	n := at.UnixNano()
	for i := range 8 {
		m.Position[i] = byte(n >> (56 - 8*i))
	}
	m.Position[23] = byte(len(f.history[id]))
	f.history[id] = append(f.history[id], m)
	c.Last = &m
	f.conversations[id] = c
	return m
}

func (f *fakeCore) clock() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.now
}

func (f *fakeCore) card(name, prefix string) {
	f.interfaces = append(f.interfaces, chat.Interface{Name: name, Addresses: []netip.Prefix{netip.MustParsePrefix(prefix)}})
}

func (f *fakeCore) called(format string, args ...any) {
	f.calls = append(f.calls, fmt.Sprintf(format, args...))
}

// asked returns the calls so far that begin with prefix.
func (f *fakeCore) asked(prefix string) []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(f.calls), func(c string) bool { return !strings.HasPrefix(c, prefix) })
}

// emit tells every subscriber.
func (f *fakeCore) emit(events ...chat.Event) {
	f.mu.Lock()
	subs := slices.Clone(f.subs)
	f.mu.Unlock()
	for _, s := range subs {
		for _, ev := range events {
			select {
			case s.events <- ev:
			case <-s.done:
			}
		}
	}
}

// receive is a message coming in from a peer.
func (f *fakeCore) receive(p chat.Peer, text string) chat.Message {
	f.mu.Lock()
	id := chat.DirectID(f.self.ID, p.ID)
	if _, ok := f.conversations[id]; !ok {
		f.conversations[id] = chat.Conversation{ID: id, Kind: chat.Direct, Title: p.Name, Peer: p.ID}
	}
	f.now = f.now.Add(time.Second)
	m := f.add(id, chat.Author{Device: p.ID, Name: p.Name}, text, false, f.now)
	c := f.conversations[id]
	c.Unread++
	f.conversations[id] = c
	f.mu.Unlock()
	f.emit(chat.MessagesAdded{Messages: []chat.Message{m}}) // as the node does: not a word of the unread count
	return m
}

func (f *fakeCore) Self() netcore.Self {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.self
}

func (f *fakeCore) Notices() []chat.Notice { return f.notices }

func (f *fakeCore) SetName(_ context.Context, name string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.called("SetName %s", name)
	if f.nameErr != nil {
		return f.nameErr
	}
	f.self.Name, f.self.Named = name, true
	return nil
}

func (f *fakeCore) Interfaces() []chat.Interface {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.interfaces)
}

func (f *fakeCore) Peers() []chat.Peer {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.peers)
}

func (f *fakeCore) Conversations(context.Context) ([]chat.Conversation, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.called("Conversations")
	var out []chat.Conversation
	for _, c := range f.conversations {
		out = append(out, c)
	}
	return out, nil
}

func (f *fakeCore) Conversation(_ context.Context, id chat.ConversationID) (chat.Conversation, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	c, ok := f.conversations[id]
	if !ok {
		return c, fmt.Errorf("%w conversation %s", chat.ErrUnknown, id)
	}
	return c, nil
}

func (f *fakeCore) History(_ context.Context, id chat.ConversationID, page netcore.Page) ([]chat.Message, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []chat.Message
	for _, m := range f.history[id] {
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

func (f *fakeCore) Count(_ context.Context, id chat.ConversationID) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.history[id]), nil
}

func (f *fakeCore) Search(_ context.Context, words string, limit int) ([]chat.Message, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.called("Search %s", words)
	var out []chat.Message
	for _, list := range f.history {
		for _, m := range list {
			if has(strings.Fields(strings.ToLower(words)), m.Text) && len(out) < limit {
				out = append(out, m)
			}
		}
	}
	return out, nil
}

func (f *fakeCore) Direct(_ context.Context, peer identity.DeviceID) (chat.ConversationID, error) {
	f.mu.Lock()
	id := chat.DirectID(f.self.ID, peer)
	f.called("Direct %s", peer.Short())
	c := chat.Conversation{ID: id, Kind: chat.Direct, Peer: peer}
	for _, p := range f.peers {
		if p.ID == peer {
			c.Title = p.Name
		}
	}
	f.conversations[id] = c
	f.mu.Unlock()
	f.emit(chat.ConversationChanged{Conversation: c})
	return id, nil
}

func (f *fakeCore) OpenPlain(_ context.Context, address string) (chat.ConversationID, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.called("OpenPlain %s", address)
	a, err := netip.ParseAddrPort(address)
	if err != nil {
		return chat.ConversationID{}, err
	}
	id := chat.PlainID(a)
	if _, ok := f.conversations[id]; !ok {
		f.conversations[id] = chat.Conversation{ID: id, Kind: chat.Plain, Title: a.String(), Address: a}
	}
	return id, nil
}

func (f *fakeCore) Send(ctx context.Context, id chat.ConversationID, text string) (chat.Message, error) {
	f.mu.Lock()
	f.called("Send %s", text)
	err, held := f.sendErr, f.held
	f.mu.Unlock()
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
	f.mu.Lock()
	f.now = f.now.Add(time.Second)
	m := f.add(id, chat.Author{}, text, true, f.now)
	f.mu.Unlock()
	f.emit(chat.MessagesAdded{Messages: []chat.Message{m}})
	return m, nil
}

func (f *fakeCore) SetDraft(_ context.Context, id chat.ConversationID, text string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.called("SetDraft %q", text)
	c := f.conversations[id]
	c.Draft = text
	f.conversations[id] = c
	return nil
}

func (f *fakeCore) MarkSeen(_ context.Context, id chat.ConversationID) error {
	f.mu.Lock()
	c := f.conversations[id]
	f.called("MarkSeen %s", c.Title)
	c.Unread = 0
	f.conversations[id] = c
	f.mu.Unlock()
	f.emit(chat.ConversationChanged{Conversation: c})
	return nil
}

func (f *fakeCore) SetTrust(_ context.Context, peer identity.DeviceID, t chat.Trust) error {
	f.mu.Lock()
	f.called("SetTrust %s %s", peer.Short(), t)
	i := slices.IndexFunc(f.peers, func(p chat.Peer) bool { return p.ID == peer })
	if i < 0 {
		f.mu.Unlock()
		return fmt.Errorf("%w device %s", chat.ErrUnknown, peer)
	}
	f.peers[i].Trust = t
	p := f.peers[i]
	f.mu.Unlock()
	f.emit(chat.PeerChanged{Peer: p})
	return nil
}

func (f *fakeCore) Connect(_ context.Context, address string) (chat.Peer, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.called("Connect %s", address)
	if f.connectErr != nil {
		return chat.Peer{}, f.connectErr
	}
	return f.peers[0], nil
}

func (f *fakeCore) Plain() netcore.PlainStatus {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.plain
}

func (f *fakeCore) SetPlain(_ context.Context, on bool, port uint16) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.called("SetPlain %v %d", on, port)
	if f.plainErr != nil {
		return f.plainErr
	}
	f.plain.On, f.plain.Port = on, port
	return nil
}

func (f *fakeCore) Setting(key string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.settings[key]
}

func (f *fakeCore) SetSetting(_ context.Context, key, value string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.called("SetSetting %s=%s", key, value)
	f.settings[key] = value
	return nil
}

func (f *fakeCore) Doctor(context.Context) netcore.Report {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.report
}

func (f *fakeCore) Subscribe() Subscription {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := &fakeSubscription{events: make(chan chat.Event, 64), done: make(chan struct{})}
	f.subs = append(f.subs, s)
	return s
}

var errDiskFull = errors.New("the disk is full: the message was not kept")
