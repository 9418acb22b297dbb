package link

import (
	"context"
	"crypto/tls"
	"fmt"
	"net/netip"
	"sync/atomic"

	"github.com/parlance-chat/parlance/netcore/identity"
)

// alpn names the protocol and its version (RFC 7301).
const alpn = "parlance/1"

// attempt is one handshake. Its claim is the device whose certificate the other
// side presented; it is proven only if the handshake completes, for crypto/tls
// checks the signature after it has called VerifyConnection.
type attempt struct {
	address netip.AddrPort
	name    string // of one that this side began: see begun
	claim   atomic.Pointer[identity.DeviceID]
	proven  bool        // that an incoming one is from its address
	settled atomic.Bool // no longer counted as under way
	looped  atomic.Bool // it arrived at the endpoint that began it
}

func (a *attempt) claimed() (id identity.DeviceID, ok bool) {
	if p := a.claim.Load(); p != nil {
		return *p, true
	}
	return identity.DeviceID{}, false
}

// verify notes the claim, and refuses all but want if that is not zero.
func (a *attempt) verify(state tls.ConnectionState, want identity.DeviceID) error {
	id, err := presentedID(state)
	if err != nil {
		return err
	}
	a.claim.Store(&id)
	if !want.IsZero() && id != want {
		return &WrongKeyError{Address: a.address, Claimed: want, Shown: id}
	}
	return nil
}

// presentedID returns the device whose certificate the other side presented.
func presentedID(state tls.ConnectionState) (identity.DeviceID, error) {
	if n := len(state.PeerCertificates); n != 1 {
		return identity.DeviceID{}, fmt.Errorf("%d certificates, not one", n)
	}
	return identity.CertificateID(state.PeerCertificates[0])
}

type attemptKey struct{}

func withAttempt(ctx context.Context, a *attempt) context.Context {
	return context.WithValue(ctx, attemptKey{}, a)
}

// baseTLS is what both sides have in common. Chains and names are not verified:
// a device's certificate is self-signed, and who it is stands in its key.
func baseTLS(cert tls.Certificate) *tls.Config {
	return &tls.Config{
		Certificates:           []tls.Certificate{cert},
		MinVersion:             tls.VersionTLS13,
		MaxVersion:             tls.VersionTLS13,
		NextProtos:             []string{alpn},
		InsecureSkipVerify:     true, // VerifyConnection decides
		ClientAuth:             tls.RequireAnyClientCert,
		SessionTicketsDisabled: true,
	}
}

// listenTLS returns the configuration for incoming handshakes; the context of
// each carries its attempt.
func listenTLS(cert tls.Certificate) *tls.Config {
	base := baseTLS(cert)
	outer := base.Clone()
	outer.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		a, ok := hello.Context().Value(attemptKey{}).(*attempt)
		if !ok {
			return nil, fmt.Errorf("handshake from %v without an attempt", hello.Conn)
		}
		inner := base.Clone()
		inner.VerifyConnection = func(state tls.ConnectionState) error {
			return a.verify(state, identity.DeviceID{})
		}
		return inner, nil
	}
	return outer
}

// dialTLS returns the configuration for one outgoing handshake. Its name goes
// where TLS has the server's (RFC 6066 section 3).
func dialTLS(cert tls.Certificate, a *attempt, want identity.DeviceID) *tls.Config {
	c := baseTLS(cert)
	c.ServerName = a.name
	c.VerifyConnection = func(state tls.ConnectionState) error { return a.verify(state, want) }
	return c
}
