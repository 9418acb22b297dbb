package identity

import (
	"crypto/ed25519"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestKeyFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "device.key")
	key, err := LoadOrCreateKey(path)
	if err != nil {
		t.Fatal(err)
	}
	again, err := LoadOrCreateKey(path)
	if err != nil || again.ID() != key.ID() {
		t.Fatalf("read again: %v, %v", again, err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if mode := info.Mode().Perm(); mode != 0o600 && runtime.GOOS != "windows" {
		t.Errorf("others may read it: %s", mode)
	}
	if left, err := filepath.Glob(filepath.Join(filepath.Dir(path), ".key-*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// TestDamagedKey: a key that cannot be read is never replaced by a new one.
func TestDamagedKey(t *testing.T) {
	for name, content := range map[string]string{
		"empty":    "",
		"no PEM":   "hello",
		"no key":   "-----BEGIN PRIVATE KEY-----\naGVsbG8=\n-----END PRIVATE KEY-----\n",
		"of RSA":   "-----BEGIN RSA PRIVATE KEY-----\naGVsbG8=\n-----END RSA PRIVATE KEY-----\n",
		"cut":      "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2Vw",
		"of bytes": "\x00\x01\x02",
	} {
		path := filepath.Join(t.TempDir(), "device.key")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := LoadOrCreateKey(path); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: error %v", name, err)
		}
		if after, err := os.ReadFile(path); err != nil || string(after) != content {
			t.Errorf("%s: the file now holds %q, %v", name, after, err)
		}
	}
	if _, err := LoadOrCreateKey(t.TempDir()); err == nil {
		t.Error("a folder is a key")
	}
	if _, err := LoadOrCreateKey(filepath.Join(t.TempDir(), "no", "such", "folder")); err == nil {
		t.Error("a key in a folder that is not there")
	}
}

// TestKeyIsNotPrinted: no verb prints anything of the private half.
func TestKeyIsNotPrinted(t *testing.T) {
	key := KeyFromSeed([32]byte{1, 2, 3})
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d", "%x", "%q"} {
		text := fmt.Sprintf(verb, key)
		if want := "private key of " + key.ID().Short(); text != want {
			t.Errorf("%s prints %q", verb, text)
		}
		if strings.Contains(text, hex.EncodeToString(key.private[:4])) {
			t.Errorf("%s prints the key", verb)
		}
	}
}

func TestSignatures(t *testing.T) {
	key, other := KeyFromSeed([32]byte{1}), KeyFromSeed([32]byte{2})
	message := []byte("message")
	sig := key.Sign(message)
	for _, tc := range []struct {
		name    string
		id      DeviceID
		message string
		sig     []byte
		want    bool
	}{
		{"good", key.ID(), "message", sig, true},
		{"another's", other.ID(), "message", sig, false},
		{"another message", key.ID(), "Message", sig, false},
		{"short", key.ID(), "message", sig[:63], false},
		{"none", key.ID(), "message", nil, false},
		{"nobody's", DeviceID{}, "message", make([]byte, 64), false},
	} {
		if got := tc.id.Verify([]byte(tc.message), tc.sig); got != tc.want {
			t.Errorf("%s: %t", tc.name, got)
		}
	}
}

func TestCertificate(t *testing.T) {
	key := KeyFromSeed([32]byte{1})
	cert, err := key.Certificate()
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(cert.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	if id, err := CertificateID(parsed); err != nil || id != key.ID() {
		t.Errorf("the certificate is of %s, %v", id, err)
	}
	if _, err := CertificateID(&x509.Certificate{PublicKey: "no key"}); err == nil {
		t.Error("a certificate without an Ed25519 key has an ID")
	}
	for _, nobody := range []ed25519.PublicKey{nil, make([]byte, 31), make([]byte, 32)} {
		if _, err := CertificateID(&x509.Certificate{PublicKey: nobody}); err == nil {
			t.Errorf("a certificate with the key %x has an ID", []byte(nobody))
		}
	}
}
