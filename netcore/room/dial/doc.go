// Package dial reaches the servers of rooms: what an address means, how the server
// there is spoken to, whether its certificate is to be trusted, and the bytes of a
// connection. Of what is said over it, it knows only where messages end.
//
// A certificate that no authority vouches for is trusted on first use and kept by its
// fingerprint; another one later is an error that is not cured by trying again. A server
// that was encrypted once is never looked for without.
//
// A connection takes no more to be written than a bound, waits for what it reads to be
// taken, and ends with nothing on its way if it is lost.
package dial

import (
	"crypto/tls"
	"crypto/x509"

	"github.com/parlance-chat/parlance/netcore/store"
)

// Dialer makes connections. Store and Certificate are needed.
type Dialer struct {
	Store       *store.Store     // keeps what is known of servers
	Certificate *tls.Certificate // this device's, presented where encryption is
	Roots       *x509.CertPool   // of the authorities that are trusted; nil: the system's
}
