package roomserver

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/parlance-chat/parlance/netcore/roomserver/core"
	"github.com/parlance-chat/parlance/netcore/roomserver/plain"
)

// handshakeTime is how long a TLS handshake may take.
const handshakeTime = 10 * time.Second

// A plain-text client answers no PING: what is half open is found by the system.
var keepAlive = net.KeepAliveConfig{Enable: true, Idle: time.Minute, Interval: 15 * time.Second, Count: 4}

// Shared address space of carriers (RFC 6598), which overlay networks use too.
var carrier = netip.MustParsePrefix("100.64.0.0/10")

type listener struct {
	net.Listener
	tls  bool
	port *plain.Port // of a plain dialect, owned by the loop; nil for IRC
}

func (s *Server) listen() error {
	add := func(address string, secure bool, port *plain.Port) error {
		config := net.ListenConfig{KeepAliveConfig: keepAlive}
		l, err := config.Listen(context.Background(), "tcp", address)
		if err != nil {
			return err
		}
		s.listeners = append(s.listeners, listener{l, secure, port})
		return nil
	}
	for _, address := range s.cfg.Listen {
		if err := add(address, false, nil); err != nil {
			return err
		}
	}
	for _, address := range s.cfg.TLSListen {
		err := add(address, true, nil)
		if s.cfg.TLSSpare && err != nil && len(s.listeners) > 0 {
			s.log.Warn("TLS is not served here", "address", address, "error", err)
		} else if err != nil {
			return err
		}
	}
	for _, p := range s.cfg.Plain {
		room := p.Room
		if room == "" {
			room = DefaultRoom
		}
		port := &plain.Port{Dialect: p.Dialect, Room: room, Name: s.cfg.Name, Password: s.cfg.Password, Number: s.number}
		if err := add(p.Address, false, port); err != nil {
			return err
		}
	}
	return nil
}

func (s *Server) serve() {
	for _, l := range s.listeners {
		s.workers.Go(func() { s.accept(l) })
	}
}

func (s *Server) accept(l listener) {
	config := s.tlsConfig()
	for {
		accepted, err := l.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil { // out of file descriptors, as a rule: some will come back
			s.log.Warn("a connection cannot be accepted", "error", err)
			time.Sleep(50 * time.Millisecond)
			continue
		}
		addr, err := netip.ParseAddrPort(accepted.RemoteAddr().String())
		if err != nil {
			accepted.Close()
			continue
		}
		addr = netip.AddrPortFrom(addr.Addr().Unmap().WithZone(""), addr.Port())
		c := &conn{s: s, net: accepted, addr: addr}
		c.exempt = s.limits.Load().exempt(addr.Addr())
		if err := s.admit(c); err != nil {
			s.metrics.turnedAway.Add(1)
			s.log.Debug("a connection was turned away", "address", addr, "error", err)
			if !l.tls {
				accepted.SetWriteDeadline(time.Now().Add(time.Millisecond)) // it has room for this
				fmt.Fprintf(accepted, "ERROR :Closing Link: %s (%s)\r\n", addr.Addr(), err)
			}
			accepted.Close()
			continue
		}
		if l.tls {
			c.net = tls.Server(accepted, config)
		} else if tcp, ok := accepted.(*net.TCPConn); ok {
			if c.raw, err = tcp.SyscallConn(); err != nil {
				c.raw = nil // it is closed, which reading will tell
			}
		}
		s.workers.Go(func() { c.serve(l.port) })
	}
}

// serve takes a connection through its life.
func (c *conn) serve(port *plain.Port) {
	s := c.s
	defer s.conns.remove(c)
	defer c.net.Close()
	in := core.Connected{Client: c.id, Address: c.addr, NoLimits: c.exempt || port != nil}
	if secure, ok := c.net.(*tls.Conn); ok {
		ctx, cancel := context.WithTimeout(context.Background(), handshakeTime)
		err := secure.HandshakeContext(ctx)
		cancel()
		if err != nil {
			s.metrics.turnedAway.Add(1)
			s.log.Debug("a TLS handshake failed", "address", c.addr, "error", err)
			return
		}
		in.TLS = true
		if certs := secure.ConnectionState().PeerCertificates; len(certs) > 0 {
			in.Fingerprint = fingerprint(certs[0].Raw)
		}
	}
	s.metrics.accepted.Add(1)
	s.metrics.clients.Add(1)
	defer s.metrics.clients.Add(-1)
	s.loop.call(func() {
		s.loop.conns[c.id] = c
		s.step(in)
		if port != nil {
			var first plain.Result
			c.guest, first = port.New(c.addr.String())
			c.toGuest(first)
		}
	})
	var err error
	if port == nil {
		err = c.readLines()
	} else {
		err = c.readTexts()
	}
	s.loop.post(item{in: core.Disconnected{Client: c.id, Reason: c.why(err)}, do: func() {
		if c.guest != nil {
			c.guest.Gone()
		}
	}})
	// Its last words may still be on the way.
	for c.isWriting() {
		time.Sleep(time.Millisecond)
	}
}

// isWriting says whether a goroutine writes; none starts when nothing is.
func (c *conn) isWriting() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.ending {
		c.ending = true
		c.net.SetWriteDeadline(time.Now().Add(lastWords))
		c.startWriting() // what is queued may wait for the loop's rest
	}
	return c.writing
}

// conns counts the connections.
type conns struct {
	last   atomic.Uint64 // ClientID
	guests atomic.Int64

	mu  sync.Mutex
	all map[*conn]bool
	by  map[netip.Addr]int
}

func (x *conns) init() {
	x.all = map[*conn]bool{}
	x.by = map[netip.Addr]int{}
}

// admit says whether a connection is served.
func (s *Server) admit(c *conn) error {
	x, limits, addr := &s.conns, s.limits.Load(), c.addr.Addr()
	if !s.cfg.Public && !private(addr) {
		return errPublic
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if len(x.all) >= limits.Clients {
		return errors.New("the server is full")
	}
	if !c.exempt && x.by[group(addr)] >= limits.PerAddress {
		return errors.New("too many connections from your address")
	}
	x.all[c] = true
	x.by[group(addr)]++
	c.id = core.ClientID(x.last.Add(1))
	return nil
}

func (x *conns) remove(c *conn) {
	x.mu.Lock()
	defer x.mu.Unlock()
	delete(x.all, c)
	g := group(c.addr.Addr())
	if x.by[g]--; x.by[g] == 0 {
		delete(x.by, g)
	}
}

func (x *conns) count() int {
	x.mu.Lock()
	defer x.mu.Unlock()
	return len(x.all)
}

func (x *conns) closeAll() {
	x.mu.Lock()
	defer x.mu.Unlock()
	for c := range x.all {
		c.net.SetDeadline(time.Unix(1, 0))
	}
}

// private says whether an address belongs to this machine or to a network that
// the Internet does not reach.
func private(addr netip.Addr) bool {
	return addr.IsLoopback() || addr.IsPrivate() || addr.IsLinkLocalUnicast() || carrier.Contains(addr)
}

// group returns what counts as one address: of IPv6 a host has a whole /64.
func group(addr netip.Addr) netip.Addr {
	if addr.Is4() {
		return addr
	}
	prefix, err := addr.Prefix(64)
	if err != nil {
		return addr
	}
	return prefix.Addr()
}
