// Package controltest has a control.Node in memory, for tests of the API and
// of the command line: peers come and go, messages arrive and calls fail as
// the test says. It keeps nothing, reaches nobody, and neutralises nothing, so
// that tests can be as hostile as they like.
package controltest

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/parlance-chat/parlance/netcore"
	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/control"
	"github.com/parlance-chat/parlance/netcore/identity"
)

// backlog is how many events wait for one subscriber.
const backlog = 1024

// Node is a control.Node in memory. Its methods may be used at the same time.
type Node struct {
	mu       sync.Mutex
	self     netcore.Self
	peers    []chat.Peer
	plain    map[chat.ConversationID]netip.AddrPort
	messages map[chat.ConversationID][]chat.Message
	seen     map[chat.ConversationID]int // messages seen
	seq      uint64
	subs     map[*subscription]bool
	closed   bool
	fail     map[string]error
	report   netcore.Report
	deliver  bool
	refusal  string // of servers of rooms; "": they take what is said
	nets     []chat.Interface
	groups   map[chat.ConversationID]*group
	rooms    map[chat.ConversationID]*room
	outside  bool // of the lobby
	muted    map[chat.ConversationID]bool
	typing   map[chat.ConversationID]bool
	earlier  map[chat.MessageID][]chat.Revision
	hidden   bool // read marks are off
	shared   string
}

var _ control.Node = (*Node)(nil)

// New returns a node called name, alone on its network. What it sends to
// peers that are online is delivered at once.
func New(name string) *Node {
	return &Node{
		self: netcore.Self{
			ID:    ID(name),
			Name:  name,
			Named: true,
			Link:  []netip.AddrPort{netip.MustParseAddrPort("127.0.0.1:47475"), netip.MustParseAddrPort("10.77.0.1:47475")},
		},
		plain:    make(map[chat.ConversationID]netip.AddrPort),
		messages: make(map[chat.ConversationID][]chat.Message),
		seen:     make(map[chat.ConversationID]int),
		subs:     make(map[*subscription]bool),
		fail:     make(map[string]error),
		groups:   make(map[chat.ConversationID]*group),
		rooms:    make(map[chat.ConversationID]*room),
		muted:    make(map[chat.ConversationID]bool),
		typing:   make(map[chat.ConversationID]bool),
		earlier:  make(map[chat.MessageID][]chat.Revision),
		deliver:  true,
		nets: []chat.Interface{
			{Name: "lo", Addresses: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/8")}, Loopback: true},
			{Name: "eth0", Addresses: []netip.Prefix{netip.MustParsePrefix("10.77.0.1/24")}},
		},
		report: netcore.Report{
			Findings: []netcore.Finding{{Topic: "cards", State: "good", Text: "eth0 is up"}},
			Sentence: "All is well.",
		},
	}
}

// ID returns the device ID that belongs to a seed, always the same.
func ID(seed string) identity.DeviceID {
	var s [32]byte
	copy(s[:], seed)
	return identity.KeyFromSeed(s).ID()
}

// Put adds a peer, or replaces the one with its ID, and returns the direct
// conversation with it.
func (n *Node) Put(p chat.Peer) chat.ConversationID {
	n.mu.Lock()
	defer n.mu.Unlock()
	i := slices.IndexFunc(n.peers, func(q chat.Peer) bool { return q.ID == p.ID })
	if i < 0 {
		n.peers = append(n.peers, p)
	} else {
		n.peers[i] = p
	}
	slices.SortFunc(n.peers, func(a, b chat.Peer) int { return strings.Compare(a.Name, b.Name) })
	n.emit(chat.PeerChanged{Peer: p})
	return chat.DirectID(n.self.ID, p.ID)
}

// Bob returns a peer of that name who is online.
func Bob() chat.Peer {
	return chat.Peer{
		ID:        ID("bob"),
		Name:      "Bob",
		State:     chat.Online,
		Linked:    true,
		Addresses: []netip.AddrPort{netip.MustParseAddrPort("10.77.0.2:47475")},
		Ways:      []string{"multicast eth0"},
		Trust:     chat.Accepted,
	}
}

// Receive has texts arrive from p in one batch.
func (n *Node) Receive(p chat.Peer, texts ...string) []chat.Message {
	return n.ReceiveIn(chat.DirectID(n.self.ID, p.ID), p, texts...)
}

// ReceiveIn is Receive in a group, or the lobby.
func (n *Node) ReceiveIn(id chat.ConversationID, p chat.Peer, texts ...string) []chat.Message {
	n.mu.Lock()
	defer n.mu.Unlock()
	var batch []chat.Message
	for _, text := range texts {
		batch = append(batch, n.add(id, chat.Author{Device: p.ID, Name: p.Name}, text))
	}
	n.emit(chat.MessagesAdded{Messages: batch})
	return batch
}

// Move says that own messages to p came further.
func (n *Node) Move(p chat.Peer, state chat.State, ids ...chat.MessageID) {
	n.MoveIn(chat.DirectID(n.self.ID, p.ID), p, state, ids...)
}

// MoveIn is Move in a group, or the lobby.
func (n *Node) MoveIn(id chat.ConversationID, p chat.Peer, state chat.State, ids ...chat.MessageID) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.move(id, p.ID, state, ids)
}

// HoldBack says whether messages to peers stay queued, whoever is online.
func (n *Node) HoldBack(on bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.deliver = !on
}

// Fail has the named method return err from now on; nil heals it.
func (n *Node) Fail(method string, err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.fail[method] = err
}

// SetSelf changes what the node says of itself.
func (n *Node) SetSelf(change func(*netcore.Self)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	change(&n.self)
}

// SetReport changes what the doctor says.
func (n *Node) SetReport(r netcore.Report) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.report = r
}

// Emit tells subscribers of an event.
func (n *Node) Emit(e chat.Event) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.emit(e)
}

// Subscribers returns how many subscriptions are open.
func (n *Node) Subscribers() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.subs)
}

// Close ends the subscriptions.
func (n *Node) Close() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.closed = true
	for s := range n.subs {
		n.drop(s)
	}
	return nil
}

// Self implements control.Node.
func (n *Node) Self() netcore.Self {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.self
}

// SetName implements control.Node.
func (n *Node) SetName(_ context.Context, name string) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if name == "" {
		return fmt.Errorf("%w: a name cannot be empty", chat.ErrText)
	}
	n.self.Name, n.self.Named = name, true
	return n.fail["SetName"]
}

// Interfaces implements control.Node.
func (n *Node) Interfaces() []chat.Interface {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.nets
}

// Peers implements control.Node.
func (n *Node) Peers() []chat.Peer {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.peers)
}

// Conversations implements control.Node.
func (n *Node) Conversations(context.Context) ([]chat.Conversation, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	var out []chat.Conversation
	for id := range n.messages {
		if c, ok := n.conversation(id); ok {
			out = append(out, c)
		}
	}
	sent := func(c chat.Conversation) (at time.Time) {
		if c.Last != nil {
			at = c.Last.Sent
		}
		return at
	}
	slices.SortFunc(out, func(a, b chat.Conversation) int { return sent(b).Compare(sent(a)) })
	if len(n.messages[chat.LobbyID]) == 0 { // it is always there
		lobby, _ := n.conversation(chat.LobbyID)
		out = append(out, lobby)
	}
	return out, n.fail["Conversations"]
}

// Conversation implements control.Node.
func (n *Node) Conversation(_ context.Context, id chat.ConversationID) (chat.Conversation, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	c, ok := n.conversation(id)
	if !ok {
		return c, fmt.Errorf("%w conversation %s", chat.ErrUnknown, id)
	}
	return c, n.fail["Conversation"]
}

// History implements control.Node.
func (n *Node) History(_ context.Context, id chat.ConversationID, page netcore.Page) ([]chat.Message, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	list := n.messages[id]
	if !page.After.IsZero() {
		i, found := place(list, page.After)
		if found {
			i++
		}
		list = list[i:]
		return slices.Clone(list[:min(len(list), page.Limit)]), n.fail["History"]
	}
	if !page.Before.IsZero() {
		i, _ := place(list, page.Before)
		list = list[:i]
	}
	return slices.Clone(list[max(0, len(list)-page.Limit):]), n.fail["History"]
}

// Search implements control.Node.
func (n *Node) Search(_ context.Context, words string, limit int) ([]chat.Message, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	var out []chat.Message
	for _, list := range n.messages {
		for _, m := range list {
			if strings.Contains(strings.ToLower(m.Text), strings.ToLower(words)) {
				out = append(out, m)
			}
		}
	}
	slices.SortFunc(out, func(a, b chat.Message) int { return strings.Compare(string(b.Position[:]), string(a.Position[:])) })
	return out[:min(len(out), limit)], n.fail["Search"]
}

// Resolve implements control.Node.
func (n *Node) Resolve(_ context.Context, to string) (chat.ConversationID, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if err := n.fail["Resolve"]; err != nil {
		return chat.ConversationID{}, err
	}
	if address, ok := strings.CutPrefix(to, "udp://"); ok {
		a, err := netip.ParseAddrPort(address)
		if err != nil {
			return chat.ConversationID{}, fmt.Errorf("%w address %q", chat.ErrUnknown, address)
		}
		id := chat.PlainID(a)
		n.plain[id] = a
		return id, nil
	}
	if strings.EqualFold(to, "lobby") {
		return chat.LobbyID, nil
	}
	var found, all []string
	var id chat.ConversationID
	for room, r := range n.rooms {
		all = append(all, r.Address)
		if strings.EqualFold(r.Name, to) || r.Address == to {
			found = append(found, r.Address)
			id = room
		}
	}
	for group, g := range n.groups {
		all = append(all, g.name)
		if strings.EqualFold(g.name, to) {
			found = append(found, g.name)
			id = group
		}
	}
	for _, p := range n.peers {
		label := fmt.Sprintf("%s (%s)", p.Name, p.ID.Short())
		all = append(all, label)
		if strings.EqualFold(p.Name, to) || p.ID.HasPrefix(to) {
			found = append(found, label)
			id = chat.DirectID(n.self.ID, p.ID)
		}
	}
	switch len(found) {
	case 0:
		return chat.ConversationID{}, &resolveError{chat.ErrUnknown, netcore.ResolveError{To: to, Candidates: all}}
	case 1:
		return id, nil
	}
	return chat.ConversationID{}, &resolveError{chat.ErrAmbiguous, netcore.ResolveError{To: to, Candidates: found}}
}

// resolveError is what netcore returns for a name that fits nobody or several.
type resolveError struct {
	kind error
	netcore.ResolveError
}

func (e *resolveError) Error() string {
	return fmt.Sprintf("%q is %v: %s", e.To, e.kind, strings.Join(e.Candidates, ", "))
}

func (e *resolveError) Unwrap() []error { return []error{e.kind, &e.ResolveError} }

// MarkSeen implements control.Node.
func (n *Node) MarkSeen(_ context.Context, id chat.ConversationID) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.seen[id] = len(n.messages[id])
	return n.fail["MarkSeen"]
}

// SetTrust implements control.Node.
func (n *Node) SetTrust(_ context.Context, peer identity.DeviceID, trust chat.Trust) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	for i := range n.peers {
		if n.peers[i].ID == peer {
			n.peers[i].Trust = trust
			n.emit(chat.PeerChanged{Peer: n.peers[i]})
			return n.fail["SetTrust"]
		}
	}
	return fmt.Errorf("%w peer %s", chat.ErrUnknown, peer)
}

// Connect implements control.Node: everyone's address is that of a peer named
// like it.
func (n *Node) Connect(_ context.Context, address string) (chat.Peer, error) {
	n.mu.Lock()
	err := n.fail["Connect"]
	n.mu.Unlock()
	if err != nil {
		return chat.Peer{}, err
	}
	p := chat.Peer{ID: ID(address), Name: address, State: chat.Online, Trust: chat.New}
	n.Put(p)
	return p, nil
}

// Doctor implements control.Node.
func (n *Node) Doctor(context.Context) netcore.Report {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.report
}

// DoctorFor implements control.Node: the report, and a finding about who.
func (n *Node) DoctorFor(_ context.Context, who string) netcore.Report {
	n.mu.Lock()
	defer n.mu.Unlock()
	r := n.report
	r.Findings = append(slices.Clone(r.Findings), netcore.Finding{Topic: who, State: netcore.Note, Text: "not here"})
	return r
}

// SharedIdentity implements control.Node.
func (n *Node) SharedIdentity() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.shared
}

// Share has another machine use the node's key.
func (n *Node) Share(address string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.shared = address
	n.emit(chat.IdentityShared{Address: address})
}

// Subscribe implements control.Node.
func (n *Node) Subscribe() control.Subscription {
	n.mu.Lock()
	defer n.mu.Unlock()
	s := &subscription{node: n, events: make(chan chat.Event, backlog)}
	if n.closed {
		close(s.events)
		return s
	}
	n.subs[s] = true
	return s
}

func (n *Node) conversation(id chat.ConversationID) (chat.Conversation, bool) {
	c := chat.Conversation{ID: id, Muted: n.muted[id]}
	if list := n.messages[id]; len(list) > 0 {
		c.Last = &list[len(list)-1]
		for _, m := range list[n.seen[id]:] {
			if !m.Own {
				c.Unread++
				c.Mentioned = c.Mentioned || m.Mentioned
			}
		}
	}
	if a, ok := n.plain[id]; ok {
		c.Kind, c.Title, c.Address = chat.Plain, a.String(), a
		return c, true
	}
	if id == chat.LobbyID {
		c.Kind, c.Title = chat.Lobby, "Lobby"
		if n.outside {
			c.Closed = "You left the lobby."
		}
		return c, true
	}
	if r := n.rooms[id]; r != nil {
		if c.Kind, c.Title, c.Members = chat.Room, r.Name, r.Members; r.left {
			c.Closed = "You left this room."
		}
		return c, true
	}
	if g := n.groups[id]; g != nil {
		c.Kind, c.Title, c.Members, c.Closed, c.Request = chat.Group, g.name, len(g.members), g.closed, g.request
		return c, true
	}
	for _, p := range n.peers {
		if chat.DirectID(n.self.ID, p.ID) == id {
			c.Kind, c.Title, c.Peer = chat.Direct, p.Name, p.ID
			return c, true
		}
	}
	return c, false
}

func (n *Node) emit(e chat.Event) {
	for s := range n.subs {
		s.put(e)
	}
}

func (n *Node) drop(s *subscription) {
	if n.subs[s] {
		delete(n.subs, s)
		close(s.events)
	}
}

func place(list []chat.Message, p chat.Position) (int, bool) {
	return slices.BinarySearchFunc(list, p, func(m chat.Message, p chat.Position) int {
		return strings.Compare(string(m.Position[:]), string(p[:]))
	})
}

// subscription drops its backlog and says so when it is full.
type subscription struct {
	node   *Node
	events chan chat.Event
}

func (s *subscription) put(e chat.Event) {
	select {
	case s.events <- e:
		return
	default:
	}
	for range cap(s.events) {
		select {
		case <-s.events:
		default:
		}
	}
	s.events <- chat.Lagged{}
}

// Events implements control.Subscription.
func (s *subscription) Events() <-chan chat.Event { return s.events }

// Close implements control.Subscription.
func (s *subscription) Close() {
	s.node.mu.Lock()
	defer s.node.mu.Unlock()
	s.node.drop(s)
}
