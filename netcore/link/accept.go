package link

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/quic-go/quic-go"

	"github.com/parlance-chat/parlance/netcore/chat"
)

// begin is called for each incoming handshake before anything is spent on it;
// an error refuses it.
func (e *Endpoint) begin(ctx context.Context, info *quic.ClientInfo) (context.Context, error) {
	from := addrPort(info.RemoteAddr)
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed || e.held >= e.bounds.links {
		e.stats.Busy++
		return nil, fmt.Errorf("%w: no room for a link with %s", chat.ErrRefused, from)
	}
	if err := e.guard.admit(time.Now(), from.Addr(), info.AddrVerified); err != nil {
		if errors.Is(err, errNoPlace) {
			e.stats.Busy++
		} else {
			e.stats.RateRefused++
		}
		return nil, fmt.Errorf("%w: from %s: %w", chat.ErrRefused, from.Addr(), err)
	}
	a := &attempt{address: from, proven: info.AddrVerified}
	ctx = withAttempt(ctx, a)
	e.ends.Add(1)
	context.AfterFunc(ctx, func() {
		defer e.ends.Done()
		e.ended(a, context.Cause(ctx))
	})
	return ctx, nil
}

// ended is called when an incoming connection has ended, for whatever reason.
func (e *Endpoint) ended(a *attempt, cause error) {
	e.settle(a)
	if id, ok := a.claimed(); ok && unproven(cause) {
		e.wrongKey(&WrongKeyError{Address: a.address, Claimed: id, Shown: id})
	}
}

// settle notes that a handshake is no longer under way.
func (e *Endpoint) settle(a *attempt) {
	if a.settled.CompareAndSwap(false, true) {
		e.guard.over(a.address.Addr(), a.proven)
	}
}

// serve makes a link of an incoming connection whose handshake is complete.
func (e *Endpoint) serve(conn *quic.Conn) {
	if a, ok := conn.Context().Value(attemptKey{}).(*attempt); ok {
		e.settle(a)
	}
	from := addrPort(conn.RemoteAddr())
	refuse := func(code Code, err error) {
		e.cfg.Log.Debug("link refused", "from", from, "code", code, "error", err)
		conn.CloseWithError(quic.ApplicationErrorCode(code), "")
	}
	peer, err := presentedID(conn.ConnectionState().TLS)
	if err != nil { // the handshake has seen to it
		refuse(Protocol, err)
		return
	}
	if peer == e.id && !e.isOwn(conn.ConnectionState().TLS.ServerName) && e.cfg.Double != nil {
		e.cfg.Double(from)
	}
	if err := e.admit(peer); err != nil {
		refuse(Blocked, err)
		return
	}
	if e.cfg.Accept == nil {
		refuse(Busy, fmt.Errorf("%w: links from others are not accepted", chat.ErrRefused))
		return
	}
	if err := e.hold(from.Addr()); err != nil {
		refuse(Busy, err)
		return
	}
	ctx, cancel := context.WithTimeout(e.ctx, e.bounds.firstFrame)
	defer cancel()
	stream, err := conn.AcceptStream(ctx)
	if err != nil {
		e.release(from.Addr())
		switch {
		case e.ctx.Err() != nil:
			refuse(Goodbye, err)
		case ctx.Err() != nil:
			e.count(func(s *Stats) { s.Malformed++ })
			refuse(Protocol, fmt.Errorf("no frame within %s: %w", e.bounds.firstFrame, err))
		}
		return
	}
	l := newLink(e, conn, stream, peer, from.Addr())
	if !e.add(l) {
		l.Close(Goodbye, "")
		return
	}
	e.cfg.Accept(l)
}
