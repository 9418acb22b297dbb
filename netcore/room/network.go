package room

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/room/dial"
	"github.com/parlance-chat/parlance/netcore/store"
)

// maxServers is how many servers there are at most: each takes a connection.
const maxServers = 50

// Config holds what the network needs; Store, Key and Emit are needed.
type Config struct {
	Store *store.Store
	Key   *identity.Key
	Name  string // the user's, for nicks and to be shown; "": the device's
	Emit  func(chat.Event)
	Log   *slog.Logger // nil: none
}

// Network is the network of rooms. It implements chat.Network.
type Network struct {
	cfg    Config
	dialer dial.Dialer

	begun chan struct{} // closed when Run has taken up what was kept

	mu      sync.Mutex // guards what follows
	ctx     context.Context
	name    string             // the user's
	ended   bool               // nothing is started any more
	servers map[string]*server // by Address.Server
	running sync.WaitGroup
}

var _ chat.Network = (*Network)(nil)

// New returns the network; nothing is connected before Run.
func New(cfg Config) (*Network, error) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	certificate, err := cfg.Key.Certificate()
	if err != nil {
		return nil, err
	}
	n := &Network{cfg: cfg, dialer: dial.Dialer{Store: cfg.Store, Certificate: &certificate}, servers: make(map[string]*server), begun: make(chan struct{})}
	n.SetName(cfg.Name)
	return n, nil
}

// SetName changes the user's name, for the nicks on servers that are joined from now
// on: elsewhere others know the user by the one there is.
func (n *Network) SetName(name string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.name = cmp.Or(name, n.cfg.Key.ID().Short())
}

func (n *Network) userName() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.name
}

// Serves says yes to rooms.
func (n *Network) Serves(kind chat.Kind) bool { return kind == chat.Room }

// Run connects to the servers that were joined before, and serves them and those
// joined later until ctx ends. It is called once.
func (n *Network) Run(ctx context.Context) error {
	kept, err := n.load(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return err
	}
	n.mu.Lock()
	n.ctx = ctx
	for _, k := range kept {
		if s, err := n.newServer(k); err != nil {
			n.cfg.Log.Warn("a server that was joined is left out", "server", k.Address, "error", err)
		} else {
			n.startLocked(s)
		}
	}
	n.mu.Unlock()
	close(n.begun)
	<-ctx.Done()
	n.mu.Lock()
	n.ended = true
	n.mu.Unlock()
	n.running.Wait()
	return nil
}

func (n *Network) startLocked(s *server) {
	n.servers[s.address.Server()] = s
	ctx, cancel := context.WithCancel(n.ctx)
	s.stop = cancel
	n.running.Go(func() { s.run(ctx) })
}

// server returns the goroutine of an address, and starts one if there is none. It
// takes over the connection that was found.
func (n *Network) server(ctx context.Context, at dial.Found, o Options) (s *server, fresh bool, err error) {
	a := at.Address
	defer func() {
		if at.Conn != nil && !(err == nil && fresh) {
			err = errors.Join(err, at.Conn.Close())
		}
	}()
	select {
	case <-n.begun:
	case <-ctx.Done():
		return nil, false, ctx.Err()
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.ended {
		return nil, false, context.Canceled
	}
	if s := n.servers[a.Server()]; s != nil {
		return s, false, nil
	}
	if len(n.servers) >= maxServers {
		return nil, false, fmt.Errorf("%w: there are %d servers already; leave one first", chat.ErrRefused, len(n.servers))
	}
	s, err = n.newServer(kept{Address: a.Server(), Nick: o.Nick, Account: o.Account, Secret: o.Secret, Password: o.Password})
	if err == nil {
		s.found = at.Conn
		n.startLocked(s)
	}
	return s, true, err
}

// forget ends a server in which nothing is wanted any more.
func (n *Network) forget(s *server) {
	n.mu.Lock()
	if n.servers[s.address.Server()] == s {
		delete(n.servers, s.address.Server())
	}
	n.mu.Unlock()
	s.stop()
}

// all returns the servers there are.
func (n *Network) all() []*server {
	n.mu.Lock()
	defer n.mu.Unlock()
	list := make([]*server, 0, len(n.servers))
	for _, s := range n.servers {
		list = append(list, s)
	}
	return list
}

// find returns the server and the target that a conversation is with.
func (n *Network) find(id chat.ConversationID) (*server, string, error) {
	for _, s := range n.all() {
		if target, ok := s.names.Target(id); ok {
			return s, target, nil
		}
	}
	return nil, "", fmt.Errorf("%w room: it was left; join it again", chat.ErrUnknown)
}
