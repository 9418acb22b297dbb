package link

import (
	"errors"
	"fmt"
	"net/netip"

	"github.com/quic-go/quic-go"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
)

// Errors that callers tell apart with errors.Is.
var (
	// ErrLost is wrapped when a link ended without either side closing it: no
	// packet came for too long, the other side restarted, or the address this
	// side was reached at is gone.
	ErrLost = errors.New("link lost")
	// ErrFull says that a link's queue has no room now; Config.Ready tells when it
	// has.
	ErrFull = errors.New("link's queue is full")
	// ErrWrongKey is wrapped by WrongKeyError.
	ErrWrongKey = errors.New("wrong key")
	// ErrNoAnswer is wrapped when nothing answers at a dialled address: nobody is
	// there, or a firewall stands between.
	ErrNoAnswer = errors.New("no answer")
	// ErrForeign is wrapped when something answers that does not speak this
	// protocol.
	ErrForeign = errors.New("speaks another protocol")
	// ErrSelf is wrapped when the device at the other end is this one, at whatever
	// address.
	ErrSelf = errors.New("that is this device itself")
	// ErrDouble is wrapped when the device at the other end is another one with this
	// one's key: one of two copies of a profile.
	ErrDouble = errors.New("another machine has this device's key")

	errBroken = errors.New("the socket broke and is not yet replaced")
)

// WrongKeyError says that at an address somebody claimed to be a device and did
// not prove it.
type WrongKeyError struct {
	Address netip.AddrPort
	// Claimed is the device that should have been there.
	Claimed identity.DeviceID
	// Shown is the device whose certificate was presented instead. It is Claimed
	// itself if its certificate was presented by somebody without its key.
	Shown identity.DeviceID
}

// Error implements error.
func (e *WrongKeyError) Error() string {
	if e.Shown == e.Claimed {
		return fmt.Sprintf("%s claims to be %s and does not have its key", e.Address, e.Claimed.Short())
	}
	return fmt.Sprintf("%s should be %s and has the key of %s", e.Address, e.Claimed.Short(), e.Shown.Short())
}

// Unwrap returns ErrWrongKey.
func (e *WrongKeyError) Unwrap() error { return ErrWrongKey }

// Alerts of TLS (RFC 8446 section 6), which QUIC carries as 0x100 and more (RFC
// 9001 section 4.8).
const (
	alertBadCertificate = 0x100 + 42
	alertDecryptError   = 0x100 + 51
)

// unproven says whether a handshake failed here because the other side did not
// have the key of the certificate it presented.
func unproven(err error) bool {
	te, ok := errors.AsType[*quic.TransportError](err)
	return ok && !te.Remote && te.ErrorCode == alertDecryptError
}

// dialError puts an error of opening a connection or its stream into this package's words. It
// does not wrap QUIC's own, which claim to be net.ErrClosed: here that means
// that this side closed.
func dialError(err error) error {
	switch e := err.(type) {
	case *quic.ApplicationError:
		return closeError(e)
	case *quic.HandshakeTimeoutError, *quic.IdleTimeoutError:
		return ErrNoAnswer
	case *quic.VersionNegotiationError, *quic.StreamLimitReachedError:
		return fmt.Errorf("%w: %v", ErrForeign, err)
	case *quic.TransportError:
		if e.Remote && (e.ErrorCode == quic.ConnectionRefused || e.ErrorCode == alertBadCertificate) {
			return fmt.Errorf("%w by the other side: %v", chat.ErrRefused, err)
		}
		return fmt.Errorf("%w: %v", ErrForeign, err)
	}
	if errors.Is(err, quic.ErrTransportClosed) {
		return errBroken
	}
	return err
}

// endError puts the cause of a connection's end into this package's words.
func endError(cause error) error {
	if ae, ok := errors.AsType[*quic.ApplicationError](cause); ok {
		return closeError(ae)
	}
	return fmt.Errorf("%w: %v", ErrLost, cause)
}

func closeError(ae *quic.ApplicationError) *CloseError {
	e := &CloseError{Code: Code(ae.ErrorCode), Reason: ae.ErrorMessage, Peer: ae.Remote}
	if e.Peer {
		e.Reason = cleanReason(e.Reason)
	}
	return e
}
