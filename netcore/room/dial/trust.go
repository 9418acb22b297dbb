package dial

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
)

// ErrCertificate is wrapped when a server's certificate is not the one it had.
var ErrCertificate = errors.New("another certificate")

const (
	trustKey = "room/trust/" // and the server's host and port
	// vouched is kept in place of a fingerprint for servers that an authority vouched
	// for once: they are not to lose that without a word.
	vouched = "vouched"
)

// Certificate is what a server presented.
type Certificate struct {
	Fingerprint string // SHA-256, in pairs of hexadecimal digits
	// Trusted is the fingerprint of the one that is trusted, if this is another; "" if
	// an authority vouched for it.
	Trusted string
	Vouched bool // by an authority the system trusts
	First   bool // it was taken on trust just now
}

// fingerprint returns the SHA-256 of a certificate as people compare it.
func fingerprint(cert *x509.Certificate) string {
	return strings.ReplaceAll(fmt.Sprintf("% X", sha256.Sum256(cert.Raw)), " ", ":")
}

// judge says whether a server's certificates are to be trusted, known being what is
// kept about it.
func judge(state tls.ConnectionState, host, known string, roots *x509.CertPool) (Certificate, error) {
	if len(state.PeerCertificates) == 0 {
		return Certificate{}, fmt.Errorf("%w: %s presents none", ErrCertificate, host)
	}
	leaf := state.PeerCertificates[0]
	c := Certificate{Fingerprint: fingerprint(leaf)}
	others := x509.NewCertPool()
	for _, cert := range state.PeerCertificates[1:] {
		others.AddCert(cert)
	}
	_, err := leaf.Verify(x509.VerifyOptions{DNSName: host, Intermediates: others, Roots: roots})
	switch {
	case err == nil:
		c.Vouched = true
	case known == "":
		c.First = true
	case known == vouched:
		return c, fmt.Errorf("%w: until now an authority vouched for %s, and for the certificate %s it presents now none does (%v). "+
			"Somebody may stand between you and the server. Ask who runs it before you accept the new certificate", ErrCertificate, host, c.Fingerprint, err)
	case known != c.Fingerprint:
		c.Trusted = known
		return c, fmt.Errorf("%w: %s had the certificate %s until now and presents %s. Either it was renewed, or somebody stands between "+
			"you and the server. Ask who runs it before you accept the new certificate", ErrCertificate, host, known, c.Fingerprint)
	}
	return c, nil
}

// dial connects and, where it is due, agrees on encryption. An error that wraps
// ErrCertificate is not cured by trying again.
func (d *Dialer) dial(ctx context.Context, a Address) (net.Conn, Certificate, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTime)
	defer cancel()
	conn, err := dialTo(ctx, a.Host)
	if err != nil {
		return nil, Certificate{}, err
	}
	if !a.Secure() {
		return conn, Certificate{}, nil
	}
	host, _, err := net.SplitHostPort(a.Host)
	if err != nil {
		return nil, Certificate{}, errors.Join(err, conn.Close())
	}
	settings, err := d.Store.Settings(ctx)
	if err != nil {
		return nil, Certificate{}, errors.Join(err, conn.Close())
	}
	known := settings[trustKey+a.Host]
	var cert Certificate
	var judged error
	config := &tls.Config{
		MinVersion:         tls.VersionTLS12,
		ServerName:         host,
		InsecureSkipVerify: true, // judge does it: it knows what was trusted before
		VerifyConnection: func(state tls.ConnectionState) error {
			cert, judged = judge(state, host, known, d.Roots)
			return judged
		},
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return d.Certificate, nil },
	}
	secured := tls.Client(conn, config)
	if err := secured.HandshakeContext(ctx); err != nil {
		if judged != nil {
			err = judged
		}
		return nil, cert, errors.Join(err, conn.Close())
	}
	keep := cert.Fingerprint
	if cert.Vouched {
		keep = vouched
	}
	if keep != known {
		if err := d.Store.SetSetting(ctx, trustKey+a.Host, keep); err != nil {
			return nil, cert, errors.Join(err, secured.Close())
		}
	}
	return secured, cert, nil
}

// dialTime is how long a connection and its encryption may take to come about.
const dialTime = 30 * time.Second

// Trust accepts the certificate with a fingerprint for a server, in place of the one it
// had.
func (d *Dialer) Trust(ctx context.Context, a Address, fingerprint string) error {
	return d.Store.SetSetting(ctx, trustKey+a.Host, strings.ToUpper(strings.TrimSpace(fingerprint)))
}
