package link

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"

	"github.com/quic-go/quic-go"

	"github.com/parlance-chat/parlance/netcore/identity"
)

// Dial opens a link to the device want at an address. If want is zero, any
// device will do; the link says which it is. The caller sends a frame at once:
// the other side does not see the link before it.
//
// Errors wrap WrongKeyError, ErrNoAnswer, ErrForeign, ErrSelf, ErrDouble, chat.ErrRefused,
// the error of Config.Admit, the system's (no route), or the cause of ctx's end.
// A refusal by the other side may also come later, as the end of the link.
func (e *Endpoint) Dial(ctx context.Context, to netip.AddrPort, want identity.DeviceID) (*Link, error) {
	to = netip.AddrPortFrom(to.Addr().Unmap(), to.Port())
	l, err := e.dial(ctx, to, want)
	if err != nil {
		return nil, fmt.Errorf("dial %s: %w", to, err)
	}
	return l, nil
}

func (e *Endpoint) dial(ctx context.Context, to netip.AddrPort, want identity.DeviceID) (*Link, error) {
	if want == e.id {
		return nil, ErrSelf
	}
	if err := e.hold(netip.Addr{}); err != nil {
		return nil, err
	}
	p, err := e.enter()
	if err != nil {
		e.release(netip.Addr{})
		return nil, err
	}
	defer e.calls.Done()

	a := e.begun(to)
	defer e.over(a)
	conn, err := e.handshake(ctx, p, a, want)
	if err != nil {
		e.release(netip.Addr{})
		return nil, err
	}
	fail := func(code Code, err error) (*Link, error) {
		e.release(netip.Addr{})
		conn.CloseWithError(quic.ApplicationErrorCode(code), "")
		return nil, err
	}
	peer, err := presentedID(conn.ConnectionState().TLS)
	if err != nil {
		return fail(Protocol, err)
	}
	if err := e.admit(peer); err != nil {
		if errors.Is(err, ErrDouble) {
			err = e.showDouble(ctx, conn, a)
		}
		return fail(Blocked, err)
	}
	stream, err := conn.OpenStream()
	if err != nil {
		return fail(Protocol, dialError(err)) // it may have closed already
	}
	l := newLink(e, conn, stream, peer, netip.Addr{})
	if !e.add(l) {
		l.Close(Goodbye, "")
		return nil, net.ErrClosed
	}
	return l, nil
}

// showDouble waits until the side with this device's own key has closed the
// connection, and says which device that is. It closes once it has seen the key;
// closed from here, the connection may end before that, for the certificate is the
// last thing sent.
func (e *Endpoint) showDouble(ctx context.Context, conn *quic.Conn, a *attempt) error {
	select {
	case <-conn.Context().Done():
	case <-ctx.Done():
	case <-e.ctx.Done():
	}
	if a.looped.Load() {
		return ErrSelf
	}
	return ErrDouble
}

// begun notes a handshake that this side begins, by a name that nobody else can
// have given it. A router that sends back what is for its own address, or somebody
// who passes packets on, may have it end here.
func (e *Endpoint) begun(to netip.AddrPort) *attempt {
	a := &attempt{address: to, name: strings.ToLower(rand.Text())}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.dials[a.name] = a
	return a
}

func (e *Endpoint) over(a *attempt) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.dials, a.name)
}

// isOwn says whether the handshake of a name was begun by this endpoint itself.
func (e *Endpoint) isOwn(name string) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	a, own := e.dials[name] // there is none without a name
	if own {
		a.looped.Store(true)
	}
	return own
}

// enter counts the caller among the endpoint's calls and returns the path.
func (e *Endpoint) enter() (*path, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case e.closed:
		return nil, net.ErrClosed
	case e.path == nil:
		return nil, errBroken
	}
	e.calls.Add(1)
	return e.path, nil
}

// handshake connects; it ends with ctx or the endpoint.
func (e *Endpoint) handshake(ctx context.Context, p *path, a *attempt, want identity.DeviceID) (*quic.Conn, error) {
	if err := e.routable(a.address); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(e.ctx, func() { cancel(net.ErrClosed) })()

	conn, err := p.transport.Dial(ctx, net.UDPAddrFromAddrPort(a.address), dialTLS(e.cert, a, want), e.quicConfig(0))
	if err == nil {
		return conn, nil
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	wrong, ok := errors.AsType[*WrongKeyError](err)
	if claim, claimed := a.claimed(); !ok && claimed && unproven(err) {
		wrong, ok = &WrongKeyError{Address: a.address, Claimed: claim, Shown: claim}, true
	}
	if ok {
		e.wrongKey(wrong)
		return nil, wrong
	}
	return nil, dialError(err)
}
