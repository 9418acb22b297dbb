package identity

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"time"
)

// Key is a device's private key. It cannot be compared, and printing it by any
// verb prints the ID that belongs to it.
type Key struct {
	_       [0]func() // not comparable
	private ed25519.PrivateKey
}

const pemType = "PRIVATE KEY" // PKCS #8, RFC 5958

// NewKey makes a fresh key from the system's random source.
func NewKey() (*Key, error) {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make device key: %w", err)
	}
	return &Key{private: private}, nil
}

// KeyFromSeed returns the key of a 32-byte seed (RFC 8032 section 5.1.5). It
// exists for examples and tests, which need the same key each time.
func KeyFromSeed(seed [ed25519.SeedSize]byte) *Key {
	return &Key{private: ed25519.NewKeyFromSeed(seed[:])}
}

// ID returns the device ID that belongs to the key.
func (k *Key) ID() DeviceID { return DeviceID(k.private.Public().(ed25519.PublicKey)) }

// Sign returns the 64-byte signature over message. Callers separate domains by
// beginning each kind of message with a fixed prefix of its own.
func (k *Key) Sign(message []byte) []byte { return ed25519.Sign(k.private, message) }

// Format implements fmt.Formatter, so that no verb prints the private bytes.
func (k *Key) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "private key of %s", k.ID().Short())
}

// Certificate returns a self-signed certificate made from the key, for TLS
// 1.3. It carries nothing but the key; who it is, is read with CertificateID.
func (k *Key) Certificate() (tls.Certificate, error) {
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: "parlance"},
		// Not the clock: a device whose clock is wrong must still be reachable.
		NotBefore: time.Unix(0, 0),
		NotAfter:  time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC), // RFC 5280 section 4.1.2.5
		KeyUsage:  x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, k.private.Public(), k.private)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("make certificate: %w", err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: k.private}, nil
}

// CertificateID returns the device ID a certificate was made from. It is no proof:
// whoever presented it has shown that it holds the private key when the TLS
// handshake is over (RFC 8446 section 4.4.3), and VerifyConnection runs before.
func CertificateID(cert *x509.Certificate) (DeviceID, error) {
	public, ok := cert.PublicKey.(ed25519.PublicKey)
	if !ok {
		return DeviceID{}, fmt.Errorf("certificate holds a %T, not an Ed25519 key", cert.PublicKey)
	}
	if len(public) != len(DeviceID{}) || DeviceID(public).IsZero() {
		return DeviceID{}, fmt.Errorf("certificate holds the key %x, which is nobody's", []byte(public))
	}
	return DeviceID(public), nil
}

// LoadOrCreateKey reads the key in the PEM file at path, or makes one and
// writes it there, readable by its owner only. A file that is there but cannot
// be read is an error: a device never changes its identity by accident.
func LoadOrCreateKey(path string) (*Key, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return createKey(path)
	}
	if err != nil {
		return nil, fmt.Errorf("read device key: %w", err)
	}
	block, _ := pem.Decode(data)
	if block == nil || block.Type != pemType {
		return nil, fmt.Errorf("device key %s is damaged: no PEM block %q; restore it from a backup, or move it away to start with a new identity", path, pemType)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("device key %s is damaged: %w", path, err)
	}
	private, ok := parsed.(ed25519.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("device key %s is a %T, not Ed25519", path, parsed)
	}
	return &Key{private: private}, nil
}

// createKey writes a new key to path by way of a temporary file, so that a
// full disk or a crash leaves either a whole key or none.
func createKey(path string) (*Key, error) {
	key, err := NewKey()
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key.private)
	if err != nil {
		return nil, fmt.Errorf("encode device key: %w", err)
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".key-*") // mode 0600
	if err != nil {
		return nil, fmt.Errorf("write device key: %w", err)
	}
	defer os.Remove(f.Name())
	err = pem.Encode(f, &pem.Block{Type: pemType, Bytes: der})
	if err == nil {
		err = f.Sync()
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return nil, fmt.Errorf("write device key: %w", err)
	}
	return key, nil
}
