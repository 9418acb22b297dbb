package link

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"

	"github.com/quic-go/quic-go"

	"github.com/parlance-chat/parlance/netcore/identity"
)

// Dial opens a link to the device want at an address. If want is zero, any
// device will do; the link says which it is. The caller sends a frame at once:
// the other side does not see the link before it.
//
// Errors wrap WrongKeyError, ErrNoAnswer, ErrForeign, ErrSelf, chat.ErrRefused,
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

	conn, err := e.handshake(ctx, p, to, want)
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
		if errors.Is(err, ErrSelf) {
			e.showSelf(ctx, conn)
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

// showSelf waits until the device with this one's own key has closed the
// connection. It does so once it has seen the key; closed from here, the
// connection may end before that, for the certificate is the last thing sent.
func (e *Endpoint) showSelf(ctx context.Context, conn *quic.Conn) {
	select {
	case <-conn.Context().Done():
	case <-ctx.Done():
	case <-e.ctx.Done():
	}
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
func (e *Endpoint) handshake(ctx context.Context, p *path, to netip.AddrPort, want identity.DeviceID) (*quic.Conn, error) {
	if err := e.routable(to); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(e.ctx, func() { cancel(net.ErrClosed) })()

	a := &attempt{address: to}
	conn, err := p.transport.Dial(ctx, net.UDPAddrFromAddrPort(to), dialTLS(e.cert, a, want), e.quicConfig(0))
	if err == nil {
		return conn, nil
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	wrong, ok := errors.AsType[*WrongKeyError](err)
	if claim, claimed := a.claimed(); !ok && claimed && unproven(err) {
		wrong, ok = &WrongKeyError{Address: to, Claimed: claim, Shown: claim}, true
	}
	if ok {
		e.wrongKey(wrong)
		return nil, wrong
	}
	return nil, dialError(err)
}
