// Package plain is the network of programs that send raw UDP text: each
// datagram is one UTF-8 text and nothing else.
//
// A conversation is with one address. Nothing is encrypted, nobody proves who
// they are, and nothing says whether a text arrived: the furthest state is
// "sent". The network is off until it is switched on, because a port that
// listens for anybody's text should be somebody's wish. It knows nothing of
// devices, keys or links.
package plain

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/store"
	"github.com/parlance-chat/parlance/netcore/wire"
)

// DefaultPort is the local UDP port where none is chosen.
const DefaultPort = 12345

// ErrOff is wrapped when the network is asked to send while it is off.
var ErrOff = errors.New("plain UDP is switched off")

// Config holds what the network needs; Store and Emit are needed.
type Config struct {
	Store *store.Store
	Emit  func(chat.Event)
	Log   *slog.Logger // nil: none
}

// Network is the plain UDP network. It implements chat.Network.
type Network struct {
	cfg Config

	mu       sync.Mutex // guards socket, its reader's life, and waiting
	socket   *net.UDPConn
	waiting  []waiting
	readers  sync.WaitGroup
	position positions
	dropped  atomic.Uint64
}

var _ chat.Network = (*Network)(nil)

// New returns the network, switched off.
func New(cfg Config) *Network {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Network{cfg: cfg}
}

// Run tries again what could not be sent, until ctx ends; then it switches the
// network off and waits for its reader.
func (n *Network) Run(ctx context.Context) error {
	defer n.SwitchOff()
	if err := n.recall(ctx); err != nil && ctx.Err() == nil {
		return err
	}
	ticker := time.NewTicker(retryEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
			if n.Port() != 0 {
				n.retry()
			}
		}
	}
}

// Serves says yes to plain conversations.
func (n *Network) Serves(kind chat.Kind) bool { return kind == chat.Plain }

// SwitchOn opens the local port (0 stands for DefaultPort) and begins to
// listen; a port already open is closed first. If the new port cannot be had
// the network is off.
func (n *Network) SwitchOn(port uint16) error {
	if port == 0 {
		port = DefaultPort
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.socket != nil && n.portLocked() == port {
		return nil
	}
	n.offLocked()
	socket, err := net.ListenUDP("udp", &net.UDPAddr{Port: int(port)})
	if err != nil {
		return fmt.Errorf("UDP port %d cannot be opened (%w); close the program that has it, or choose another port", port, err)
	}
	n.socket = socket
	n.readers.Go(func() { n.read(socket) })
	return nil
}

// SwitchOff closes the port. It is idempotent.
func (n *Network) SwitchOff() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.offLocked()
}

func (n *Network) offLocked() {
	if n.socket != nil {
		n.socket.Close()
		n.socket = nil
	}
	n.readers.Wait()
}

// Port returns the open local port, 0 if the network is off.
func (n *Network) Port() uint16 {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.socket == nil {
		return 0
	}
	return n.portLocked()
}

func (n *Network) portLocked() uint16 {
	return n.socket.LocalAddr().(*net.UDPAddr).AddrPort().Port()
}

// Dropped returns how many datagrams were not shown: empty ones, and those from
// new addresses past chat.MaxPlainAddresses.
func (n *Network) Dropped() uint64 { return n.dropped.Load() }

// Open makes the conversation with an address.
func (n *Network) Open(ctx context.Context, address netip.AddrPort) (chat.ConversationID, error) {
	address = netip.AddrPortFrom(address.Addr().Unmap(), address.Port())
	id := chat.PlainID(address)
	return id, n.cfg.Store.AddConversation(ctx, store.Conversation{
		ID: id, Kind: chat.Plain, Title: address.String(), Address: address,
	})
}

// Send stores text and sends it as one datagram. If the system refuses the
// datagram, as with no network, the text stays queued and is tried again.
func (n *Network) Send(ctx context.Context, id chat.ConversationID, text string) (chat.Message, error) {
	if len(text) > chat.MaxDatagramText {
		return chat.Message{}, fmt.Errorf("%w: it has %d bytes, one UDP datagram holds %d; send it in parts", chat.ErrText, len(text), chat.MaxDatagramText)
	}
	conversation, err := n.cfg.Store.Conversation(ctx, id)
	if err != nil {
		return chat.Message{}, err
	}
	if n.Port() == 0 {
		return chat.Message{}, fmt.Errorf("%w: switch it on to write to %s", ErrOff, conversation.Title)
	}
	m, err := n.message(ctx, id, chat.Author{}, text)
	if err != nil {
		return chat.Message{}, err
	}
	m.Own, m.State = true, chat.Queued
	if err := n.put(m); err != nil {
		return chat.Message{}, fmt.Errorf("the message could not be stored and was not sent: %w", err)
	}
	n.cfg.Emit(chat.MessagesAdded{Messages: []chat.Message{m}})
	if n.transmit(m, conversation.Address) {
		m.State = chat.Sent
	}
	return m, nil
}

// transmit hands a stored text to the system, or puts it among those to try
// again.
func (n *Network) transmit(m chat.Message, to netip.AddrPort) (sent bool) {
	n.mu.Lock()
	err := error(ErrOff)
	if n.socket != nil {
		_, err = n.socket.WriteToUDPAddrPort([]byte(m.Text), to)
	}
	if err != nil && len(n.waiting) < maxWaiting {
		n.waiting = append(n.waiting, waiting{m, to})
	}
	n.mu.Unlock()
	if err != nil {
		n.cfg.Log.Warn("plain text waits", "to", to, "error", err)
		return false
	}
	if err := n.cfg.Store.SetState(context.Background(), m.ID, chat.Sent); err != nil {
		n.cfg.Log.Warn("a sent text stays marked as queued", "message", m.ID, "error", err)
	}
	n.cfg.Emit(chat.StateChanged{Conversation: m.Conversation, Messages: []chat.MessageID{m.ID}, State: chat.Sent})
	return true
}

// waiting is a stored text that the system did not take.
type waiting struct {
	message chat.Message
	to      netip.AddrPort
}

const (
	// maxWaiting is how many texts are tried again; the rest stay queued until
	// the network is switched on the next time.
	maxWaiting = 1000
	retryEvery = 5 * time.Second
	// recallPage is how far back the texts that wait are looked for, in messages
	// of each conversation.
	recallPage = 200
)

// retry tries again what waits.
func (n *Network) retry() {
	n.mu.Lock()
	list := n.waiting
	n.waiting = nil
	n.mu.Unlock()
	for _, w := range list {
		n.transmit(w.message, w.to)
	}
}

// recall finds the texts that an earlier run left queued.
func (n *Network) recall(ctx context.Context) error {
	all, err := n.cfg.Store.Conversations(ctx)
	if err != nil {
		return err
	}
	for _, c := range all {
		if c.Kind != chat.Plain {
			continue
		}
		page, err := n.cfg.Store.History(ctx, c.ID, store.Page{Limit: recallPage})
		if err != nil {
			return err
		}
		n.mu.Lock()
		for _, m := range page {
			if m.Own && m.State == chat.Queued {
				n.waiting = append(n.waiting, waiting{m.Message, c.Address})
			}
		}
		n.mu.Unlock()
	}
	return nil
}

func (n *Network) read(socket *net.UDPConn) {
	buffer := make([]byte, 1<<16)
	for {
		size, from, err := socket.ReadFromUDPAddrPort(buffer)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			continue // such as a port that was unreachable for an earlier text
		}
		from = netip.AddrPortFrom(from.Addr().Unmap(), from.Port())
		if err := n.receive(from, buffer[:size]); err != nil {
			n.dropped.Add(1)
			n.cfg.Log.Warn("plain text not shown", "from", from, "error", err)
		}
	}
}

// receive keeps and shows one datagram.
func (n *Network) receive(from netip.AddrPort, datagram []byte) error {
	// The simplest programs send the line feed or the zero that ended their input.
	text := chat.CleanText(strings.TrimRight(string(datagram), "\r\n\x00"))
	if text == "" {
		return errors.New("empty datagram")
	}
	ctx := context.Background()
	id, err := n.conversationOf(ctx, from)
	if err != nil {
		return err
	}
	m, err := n.message(ctx, id, chat.Author{Address: "udp://" + from.String(), Name: from.String()}, text)
	if err != nil {
		return err
	}
	if err := n.put(m); err != nil {
		return err
	}
	n.cfg.Emit(chat.MessagesAdded{Messages: []chat.Message{m}})
	return nil
}

// conversationOf finds where a text from an address belongs: the conversation
// with that address; else, because the simplest programs send from a socket of
// its own, the latest with its host; else a new one.
func (n *Network) conversationOf(ctx context.Context, from netip.AddrPort) (chat.ConversationID, error) {
	all, err := n.cfg.Store.Conversations(ctx)
	if err != nil {
		return chat.ConversationID{}, err
	}
	var sameHost *chat.Conversation
	count := 0
	for i, c := range all {
		if c.Kind != chat.Plain {
			continue
		}
		count++
		if c.Address == from {
			return c.ID, nil
		}
		if sameHost == nil && c.Address.Addr() == from.Addr() {
			sameHost = &all[i].Conversation
		}
	}
	if sameHost != nil {
		return sameHost.ID, nil
	}
	if count >= chat.MaxPlainAddresses {
		return chat.ConversationID{}, fmt.Errorf("%w: there are %d conversations with plain addresses already", chat.ErrRefused, count)
	}
	return n.Open(ctx, from)
}

func (n *Network) message(ctx context.Context, id chat.ConversationID, from chat.Author, text string) (chat.Message, error) {
	messageID, err := uuid.NewV7()
	if err != nil {
		return chat.Message{}, fmt.Errorf("make message ID: %w", err)
	}
	now := time.Now()
	position, err := n.position.next(ctx, n.cfg.Store, id, now)
	if err != nil {
		return chat.Message{}, err
	}
	return chat.Message{
		ID: messageID, Conversation: id, Kind: chat.Plain, Position: position,
		From: from, Text: text, Sent: now.Truncate(time.Millisecond), Received: now,
	}, nil
}

// put stores m, or its new state, and waits until it is on disk.
func (n *Network) put(m chat.Message) error {
	done := make(chan error, 1)
	n.cfg.Store.Enqueue(store.Write{Message: &m, Received: m.Received, Done: func(err error) { done <- err }})
	return <-done
}

// positions gives each message of a conversation a place after the one before,
// also when the clock was set back.
type positions struct {
	mu   sync.Mutex
	last map[chat.ConversationID]wire.HybridTime
}

func (p *positions) next(ctx context.Context, s *store.Store, id chat.ConversationID, now time.Time) (chat.Position, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	last, known := p.last[id]
	if !known {
		newest, err := s.History(ctx, id, store.Page{Limit: 1})
		if err != nil {
			return chat.Position{}, err
		}
		if len(newest) > 0 {
			last = wire.TimeOf(newest[0].Position)
		}
	}
	next := max(last+1, wire.HybridAt(now))
	if p.last == nil {
		p.last = make(map[chat.ConversationID]wire.HybridTime)
	}
	p.last[id] = next
	return wire.Entry{Time: next}.Position(), nil
}
