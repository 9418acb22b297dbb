package room

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
)

// ErrCertificate is wrapped when a server's certificate is not the one it had.
var ErrCertificate = errors.New("another certificate")

const (
	trustKey = "room/trust/" // and the server's host and port
	// vouched is kept in place of a fingerprint for servers that an authority vouched
	// for once: they are not to lose that without a word.
	vouched = "vouched"
)

// certificate is what a server presented.
type certificate struct {
	fingerprint string // SHA-256, in pairs of hexadecimal digits
	before      string // of the one that is trusted, if this is another; vouched or ""
	vouched     bool   // by an authority the system trusts
	first       bool   // it was taken on trust just now
}

// fingerprint returns the SHA-256 of a certificate as people compare it.
func fingerprint(cert *x509.Certificate) string {
	return strings.ReplaceAll(fmt.Sprintf("% X", sha256.Sum256(cert.Raw)), " ", ":")
}

// judge says whether a server's certificates are to be trusted, known being what is
// kept about it.
func judge(state tls.ConnectionState, host, known string, roots *x509.CertPool) (certificate, error) {
	if len(state.PeerCertificates) == 0 {
		return certificate{}, fmt.Errorf("%w: %s presents none", ErrCertificate, host)
	}
	leaf := state.PeerCertificates[0]
	c := certificate{fingerprint: fingerprint(leaf)}
	others := x509.NewCertPool()
	for _, cert := range state.PeerCertificates[1:] {
		others.AddCert(cert)
	}
	_, err := leaf.Verify(x509.VerifyOptions{DNSName: host, Intermediates: others, Roots: roots})
	switch {
	case err == nil:
		c.vouched = true
	case known == "":
		c.first = true
	case known == vouched:
		c.before = known
		return c, fmt.Errorf("%w: until now an authority vouched for %s, and for the certificate %s it presents now none does (%v). "+
			"Somebody may stand between you and the server. Ask who runs it before you accept the new certificate", ErrCertificate, host, c.fingerprint, err)
	case known != c.fingerprint:
		c.before = known
		return c, fmt.Errorf("%w: %s had the certificate %s until now and presents %s. Either it was renewed, or somebody stands between "+
			"you and the server. Ask who runs it before you accept the new certificate", ErrCertificate, host, known, c.fingerprint)
	}
	return c, nil
}

// dial connects and, where it is due, agrees on encryption. An error that wraps
// ErrCertificate is not cured by trying again.
func (s *server) dial(ctx context.Context) (net.Conn, certificate, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTime)
	defer cancel()
	conn, err := dialTo(ctx, s.address.host)
	if err != nil {
		return nil, certificate{}, err
	}
	if !s.address.secure() {
		return conn, certificate{}, nil
	}
	host, _, err := net.SplitHostPort(s.address.host)
	if err != nil {
		return nil, certificate{}, errors.Join(err, conn.Close())
	}
	settings, err := s.n.cfg.Store.Settings(ctx)
	if err != nil {
		return nil, certificate{}, errors.Join(err, conn.Close())
	}
	known := settings[trustKey+s.address.host]
	var cert certificate
	var judged error
	config := &tls.Config{
		MinVersion:         tls.VersionTLS12,
		ServerName:         host,
		InsecureSkipVerify: true, // judge does it: it knows what was trusted before
		VerifyConnection: func(state tls.ConnectionState) error {
			cert, judged = judge(state, host, known, s.n.roots)
			return judged
		},
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return s.n.certificate, nil },
	}
	secured := tls.Client(conn, config)
	if err := secured.HandshakeContext(ctx); err != nil {
		if judged != nil {
			err = judged
		}
		return nil, cert, errors.Join(err, conn.Close())
	}
	keep := cert.fingerprint
	if cert.vouched {
		keep = vouched
	}
	if keep != known {
		if err := s.n.cfg.Store.SetSetting(ctx, trustKey+s.address.host, keep); err != nil {
			return nil, cert, errors.Join(err, secured.Close())
		}
	}
	return secured, cert, nil
}

// dialTime is how long a connection and its encryption may take to come about.
const dialTime = 30 * time.Second

// Trust accepts the certificate with a fingerprint for the server that a
// conversation belongs to, in place of the one it had, and connects.
func (n *Network) Trust(ctx context.Context, id chat.ConversationID, fingerprint string) error {
	s, _, err := n.find(id)
	if err != nil {
		return err
	}
	if err := n.cfg.Store.SetSetting(ctx, trustKey+s.address.host, strings.ToUpper(strings.TrimSpace(fingerprint))); err != nil {
		return err
	}
	return s.call(ctx, func() { s.retry() })
}
