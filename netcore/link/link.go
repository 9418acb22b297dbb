package link

import (
	"context"
	"net/netip"
	"time"

	"github.com/quic-go/quic-go"

	"github.com/parlance-chat/parlance/netcore/identity"
)

// Link is a session with one device. Its methods may be called from any
// goroutine, but only one at a time may call Receive.
type Link struct {
	endpoint *Endpoint
	conn     *quic.Conn
	stream   *quic.Stream
	peer     identity.DeviceID
	from     netip.Addr // whose place the link holds; invalid if this side dialled
	opened   time.Time

	in     inbox
	out    outbox
	dgrams datagrams
}

// newLink makes a link, which from then on holds the place reserved for it. It
// is called within one of the endpoint's calls.
func newLink(e *Endpoint, conn *quic.Conn, stream *quic.Stream, peer identity.DeviceID, from netip.Addr) *Link {
	l := &Link{
		endpoint: e,
		conn:     conn,
		stream:   stream,
		peer:     peer,
		from:     from,
		opened:   time.Now(),
		dgrams:   datagrams{taken: conn.ConnectionState().SupportsDatagrams.Remote},
	}
	e.ends.Add(1)
	context.AfterFunc(conn.Context(), func() {
		defer e.ends.Done()
		l.finish()
	})
	return l
}

// add enters a new link in the endpoint's list, unless it is closed.
func (e *Endpoint) add(l *Link) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return false
	}
	if l.conn.Context().Err() == nil { // else finish has been here, or waits for mu
		e.links[l] = struct{}{}
	}
	if l.Dialled() {
		e.stats.Dialled++
	} else {
		e.stats.Accepted++
	}
	if e.cfg.Datagram != nil {
		e.calls.Go(l.receiveDatagrams)
	}
	return true
}

// finish clears up when the link has ended.
func (l *Link) finish() {
	l.endOutbox()
	l.endDatagrams()
	e := l.endpoint
	e.mu.Lock()
	delete(e.links, l)
	e.mu.Unlock()
	e.release(l.from)
	e.cfg.Log.Debug("link ended", "peer", l.peer.Short(), "error", l.Err())
}

// Peer returns the device at the other end, which has proved its key.
func (l *Link) Peer() identity.DeviceID { return l.peer }

// Remote returns the address at which the peer is now; a peer that dialled may
// move to another without the link ending.
func (l *Link) Remote() netip.AddrPort { return addrPort(l.conn.RemoteAddr()) }

// Dialled says whether this side opened the link.
func (l *Link) Dialled() bool { return !l.from.IsValid() }

// Received returns how many packets have come on the link.
func (l *Link) Received() uint64 { return l.conn.ConnectionStats().PacketsReceived }

// Done returns a channel that is closed when the link has ended.
func (l *Link) Done() <-chan struct{} { return l.conn.Context().Done() }

// Err returns nil while the link lasts, and then why it ended: a *CloseError if
// one of the two sides closed it (net.ErrClosed if this one), or an error that
// wraps ErrLost.
func (l *Link) Err() error {
	if l.conn.Context().Err() == nil {
		return nil
	}
	return endError(context.Cause(l.conn.Context()))
}

// Close ends the link and tells the other side why; frames that are still
// queued are dropped. It returns when the link has ended, which takes about a
// millisecond. Only the first Close counts.
func (l *Link) Close(code Code, reason string) {
	l.conn.CloseWithError(quic.ApplicationErrorCode(code), clipReason(reason))
}

// breach closes the link because the peer broke the rules, and returns why the
// link has ended, which may be something that came before.
func (l *Link) breach(reason error) error {
	l.Close(Protocol, reason.Error())
	err := l.Err()
	if e, ok := err.(*CloseError); ok && !e.Peer && e.Code == Protocol {
		l.endpoint.count(func(s *Stats) { s.Malformed++ })
	}
	return err
}

// origin returns what Keep needs to know.
func (l *Link) origin() origin {
	dialler := l.peer
	if l.Dialled() {
		dialler = l.endpoint.id
	}
	return origin{dialler: dialler, opened: l.opened}
}
