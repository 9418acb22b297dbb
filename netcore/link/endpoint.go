package link

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"sync"
	"time"

	"github.com/quic-go/quic-go"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
)

// DefaultPort is the UDP port of links where it is free.
const DefaultPort = 47475

// Config says how an Endpoint works. Only Key is required. The functions are
// called on goroutines of the endpoint, several at a time; Close waits for them
// to return, so none of them may wait for whoever calls Close.
type Config struct {
	// Key is the device's key.
	Key *identity.Key

	// Port is the UDP port to listen on; Listen fails if it is taken. Zero:
	// DefaultPort, or any free port if that is taken.
	Port uint16

	// Accept is called once for each link that another device opened, when its
	// first frame begins to arrive, on a goroutine that is the link's own: Accept
	// may receive frames there for as long as the link lasts. When Accept returns
	// the link goes on. Nil: links from others are refused as Busy.
	Accept func(*Link)

	// Admit says whether links with a device are wanted; an error refuses them as
	// Blocked, with a text that stays here. Nil: all are wanted.
	Admit func(identity.DeviceID) error

	// Double is called when another device with this device's own key, a copy of
	// the profile, opened a link, which is refused. Nil: nothing is called.
	Double func(from netip.AddrPort)

	// Ready is called after Send returned ErrFull, when there is room again or the
	// link has ended. Nil: nothing is called.
	Ready func(*Link)

	// Datagram is called with each datagram that a link's peer sent, one after the
	// other for each link; it may keep the bytes. It may be called before Dial or
	// Accept has told of the link. While it does not return, datagrams are lost.
	// Nil: peers are told that none are taken, and send none.
	Datagram func(*Link, []byte)

	// Log takes what is worth a line. Nil: nothing is logged.
	Log *slog.Logger

	// Socket opens the socket on a port, 0 for any; it is how tests put a
	// simulated network below. Nil: UDP on all addresses, IPv4 and IPv6.
	Socket func(port uint16) (net.PacketConn, error)
}

// Endpoint listens for links and dials them. Its methods may be called from any
// goroutine.
type Endpoint struct {
	cfg      Config
	id       identity.DeviceID
	cert     tls.Certificate
	resetKey quic.StatelessResetKey
	bounds   bounds
	guard    *guard
	routable func(netip.AddrPort) error

	ctx  context.Context // ends when Close begins
	stop context.CancelFunc
	// calls are the goroutines that dial, serve or receive datagrams, and ends are those that clear up
	// after a connection. Add to calls only under mu while not closed, and to ends
	// only from a call or while the transport is open.
	calls, ends sync.WaitGroup
	retry       chan struct{} // Rebind was called; holds one

	mu     sync.Mutex
	closed bool
	path   *path // nil while a broken socket is not yet replaced
	port   uint16
	links  map[*Link]struct{}
	held   int                 // links, and those on their way to be one
	from   map[netip.Addr]int  // those of held that others opened, by address
	dials  map[string]*attempt // those of this side under way, by the name each goes by
	stats  Stats
	wrong  map[netip.Addr]WrongKeys
}

// path is a socket with QUIC on it.
type path struct {
	socket    net.PacketConn
	transport *quic.Transport
	listener  *quic.Listener
}

// Listen opens the socket. Links can be dialled from then on; Run accepts those
// of others.
func Listen(cfg Config) (*Endpoint, error) { return listen(cfg, defaultBounds) }

func listen(cfg Config, b bounds) (*Endpoint, error) {
	if cfg.Key == nil {
		return nil, errors.New("link endpoint without a key")
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	route := func(netip.AddrPort) error { return nil } // of a simulated network nothing is known
	if cfg.Socket == nil {
		cfg.Socket, route = listenUDP, routable
	}
	cert, err := cfg.Key.Certificate()
	if err != nil {
		return nil, err
	}
	e := &Endpoint{
		cfg:  cfg,
		id:   cfg.Key.ID(),
		cert: cert,
		// The same after a restart, so that links of before are reset at once (RFC
		// 9000 section 10.3) instead of dying of silence.
		resetKey: sha256.Sum256(cfg.Key.Sign([]byte("parlance stateless reset 1\x00"))),
		bounds:   b,
		guard:    newGuard(b),
		routable: route,
		retry:    make(chan struct{}, 1),
		links:    make(map[*Link]struct{}),
		from:     make(map[netip.Addr]int),
		dials:    make(map[string]*attempt),
		wrong:    make(map[netip.Addr]WrongKeys),
	}
	p, err := e.open(cfg.Port)
	if err != nil {
		return nil, err
	}
	e.ctx, e.stop = context.WithCancel(context.Background())
	e.use(p)
	return e, nil
}

// quietQUIC keeps quic-go from printing about receive buffers on its first
// socket; it knows no other way.
var quietQUIC = sync.OnceFunc(func() { os.Setenv("QUIC_GO_DISABLE_RECEIVE_BUFFER_WARNING", "true") })

// open opens a socket with QUIC on it.
func (e *Endpoint) open(port uint16) (*path, error) {
	quietQUIC()
	sock, err := openSocket(e.cfg.Socket, port)
	if err != nil {
		return nil, err
	}
	p := &path{socket: sock, transport: &quic.Transport{
		Conn:                sock,
		StatelessResetKey:   &e.resetKey,
		VerifySourceAddress: func(a net.Addr) bool { return e.guard.mustProve(time.Now(), addrPort(a).Addr()) },
		ConnContext:         e.begin,
	}}
	p.listener, err = p.transport.Listen(listenTLS(e.cert), e.quicConfig(1))
	if err != nil {
		p.close()
		return nil, fmt.Errorf("listen on %s: %w", sock.LocalAddr(), err)
	}
	return p, nil
}

// close ends the path and all connections on it; they are not told.
func (p *path) close() error {
	return errors.Join(p.transport.Close(), p.socket.Close())
}

// use makes p the endpoint's path; it returns false if the endpoint is closed.
func (e *Endpoint) use(p *path) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return false
	}
	e.path = p
	e.port = addrPort(p.socket.LocalAddr()).Port()
	return true
}

// quicConfig returns the configuration of connections on which the peer may
// open so many streams, all in all.
func (e *Endpoint) quicConfig(streams int64) *quic.Config {
	c := &quic.Config{
		Versions:                       []quic.Version{quic.Version1},
		HandshakeIdleTimeout:           e.bounds.handshake,
		MaxIdleTimeout:                 e.bounds.idle,
		InitialStreamReceiveWindow:     initialWindow,
		MaxStreamReceiveWindow:         maxWindow,
		InitialConnectionReceiveWindow: initialWindow,
		MaxConnectionReceiveWindow:     maxWindow,
		MaxIncomingStreams:             streams,
		MaxIncomingUniStreams:          -1,
		RequireStreamCreditRelease:     true,
		EnableDatagrams:                e.cfg.Datagram != nil,
	}
	if streams == 0 {
		c.MaxIncomingStreams = -1
		c.KeepAlivePeriod = e.bounds.keepAlive // one side's packets keep both alive
	}
	return c
}

// Port returns the UDP port links come in by. It may change when the socket has
// to be opened afresh.
func (e *Endpoint) Port() uint16 {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.port
}

// Run accepts links until ctx ends or the endpoint is closed, and then returns
// nil with everything ended. If the socket breaks it opens another, on the same
// port if it can; links over the broken one are lost. Run is called once.
func (e *Endpoint) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(e.ctx, cancel)()
	for {
		e.mu.Lock()
		p := e.path
		e.mu.Unlock()
		if p == nil {
			if !e.reopen(ctx) {
				return e.Close()
			}
			continue
		}
		conn, err := p.listener.Accept(ctx)
		switch {
		case err == nil:
			if !e.start(func() { e.serve(conn) }) {
				conn.CloseWithError(quic.ApplicationErrorCode(Goodbye), "")
			}
		case ctx.Err() != nil, e.ctx.Err() != nil:
			return e.Close()
		default:
			e.cfg.Log.Warn("link socket broke", "port", e.Port(), "error", err)
			e.mu.Lock()
			e.path = nil
			e.mu.Unlock()
			p.close()
		}
	}
}

// reopen tries to replace a broken socket until it succeeds, and returns false
// if ctx ended first.
func (e *Endpoint) reopen(ctx context.Context) bool {
	for {
		p, err := e.open(e.Port())
		if err != nil && e.cfg.Port == 0 {
			p, err = e.open(0)
		}
		if err == nil {
			if !e.use(p) {
				p.close()
				return false
			}
			e.cfg.Log.Info("link socket opened afresh", "port", e.Port())
			return true
		}
		e.cfg.Log.Warn("link socket cannot be opened", "error", err)
		pause := time.NewTimer(e.bounds.rebindPause)
		select {
		case <-ctx.Done():
		case <-e.retry:
		case <-pause.C:
		}
		pause.Stop()
		if ctx.Err() != nil {
			return false
		}
	}
}

// Rebind says that the network changed: if the socket is broken, Run tries at
// once to open another. A socket that works is left alone, for it serves every
// address the host has or gets, and the links over it live on.
func (e *Endpoint) Rebind() {
	select {
	case e.retry <- struct{}{}:
	default:
	}
}

// Close says goodbye on all links, closes the socket and waits for everything
// that the endpoint started. It may be called several times.
func (e *Endpoint) Close() error {
	e.mu.Lock()
	first := !e.closed
	e.closed = true
	p := e.path
	e.path = nil
	links := make([]*Link, 0, len(e.links))
	for l := range e.links {
		links = append(links, l)
	}
	e.mu.Unlock()

	e.stop()
	for _, l := range links {
		l.Close(Goodbye, "")
	}
	e.calls.Wait() // which tells half-open links as well
	var err error
	if first && p != nil {
		err = p.close()
	}
	e.ends.Wait()
	return err
}

// start runs f as one of the endpoint's calls, unless it is closed.
func (e *Endpoint) start(f func()) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return false
	}
	e.calls.Go(f)
	return true
}

// hold reserves the place of a link that from opened; it is invalid if this
// side dials.
func (e *Endpoint) hold(from netip.Addr) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case e.closed:
		return net.ErrClosed
	case e.held >= e.bounds.links:
		e.stats.Busy++
		return fmt.Errorf("%w: %d links is the most", chat.ErrRefused, e.bounds.links)
	case from.IsValid() && e.from[from] >= e.bounds.linksPerAddress:
		e.stats.Busy++
		return fmt.Errorf("%w: %d links from %s is the most", chat.ErrRefused, e.bounds.linksPerAddress, from)
	}
	e.held++
	if from.IsValid() {
		e.from[from]++
	}
	return nil
}

// release gives back what hold reserved.
func (e *Endpoint) release(from netip.Addr) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.held--
	if !from.IsValid() {
		return
	}
	if e.from[from]--; e.from[from] == 0 {
		delete(e.from, from)
	}
}

// admit asks whether links with a device are wanted.
func (e *Endpoint) admit(id identity.DeviceID) error {
	if id == e.id {
		return ErrDouble
	}
	if e.cfg.Admit == nil {
		return nil
	}
	if err := e.cfg.Admit(id); err != nil {
		e.count(func(s *Stats) { s.NotAdmitted++ })
		return fmt.Errorf("device %s is not admitted: %w", id.Short(), err)
	}
	return nil
}
