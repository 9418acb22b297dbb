// Package sasl is how a client signs in to an IRC server (RFC 4422): with its
// certificate, with its password, or by proving that it knows the password. It makes
// answers of challenges and does no I/O.
//
// A password is never sent over a connection that others can read, and a server that
// is to be proven a password proves that it knows it too.
package sasl

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// ErrFailed is wrapped when signing in cannot go on.
var ErrFailed = errors.New("signing in failed")

// maxIterations bounds the work that a server can ask for with SCRAM; a fifth of a
// second on a slow machine.
const maxIterations = 200_000

// Mechanism answers a server's challenges, once.
type Mechanism interface {
	Name() string
	Answer(challenge []byte) ([]byte, error)
	// Proven says whether the server has done what it has to before it can say that
	// this client is signed in.
	Proven() bool
}

// Credentials are what there is to sign in with.
type Credentials struct {
	Account, Secret string
	Nonce           func() string // of SCRAM; nil: random
	Secure          bool          // the connection is encrypted
	Certificate     bool          // and presents a certificate of this client's
}

// Mechanisms returns what can be tried of what a server offers, such as
// "PLAIN,EXTERNAL" ("": it does not say), the best first.
func (c Credentials) Mechanisms(offered string) []Mechanism {
	var list []Mechanism
	if c.Account != "" && c.Secret != "" {
		nonce := rand.Text
		if c.Nonce != nil {
			nonce = c.Nonce
		}
		list = append(list, &scram{account: c.Account, secret: c.Secret, nonce: nonce()})
		if c.Secure {
			list = append(list, plain{c.Account, c.Secret})
		}
	}
	if c.Certificate && c.Secure {
		list = append(list, external{})
	}
	return slices.DeleteFunc(list, func(m Mechanism) bool {
		return offered != "" && !slices.ContainsFunc(strings.Split(offered, ","), func(name string) bool { return strings.EqualFold(name, m.Name()) })
	})
}

// external leaves it to the certificate that was presented (RFC 4422 appendix A).
type external struct{}

func (external) Name() string                  { return "EXTERNAL" }
func (external) Answer([]byte) ([]byte, error) { return nil, nil }
func (external) Proven() bool                  { return true }

// plain sends the password itself (RFC 4616).
type plain struct{ account, secret string }

func (plain) Name() string { return "PLAIN" }
func (p plain) Answer([]byte) ([]byte, error) {
	return []byte("\x00" + p.account + "\x00" + p.secret), nil
}
func (plain) Proven() bool { return true }

// scram proves that both sides know the password without sending it (RFC 5802 and
// RFC 7677), without channel binding.
type scram struct {
	account, secret, nonce string
	step                   int
	first, signature       string
	proven                 bool
}

func (*scram) Name() string { return "SCRAM-SHA-256" }

// Proven says that the server knows the password too: whoever skips its own proof need
// not have known it.
func (m *scram) Proven() bool { return m.proven }

func (m *scram) Answer(challenge []byte) ([]byte, error) {
	m.step++
	switch m.step {
	case 1:
		m.first = "n=" + strings.NewReplacer("=", "=3D", ",", "=2C").Replace(m.account) + ",r=" + m.nonce
		return []byte("n,," + m.first), nil
	case 2:
		return m.prove(string(challenge))
	case 3:
		got, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(string(challenge), "v="))
		if err != nil || m.signature == "" || subtle.ConstantTimeCompare(got, []byte(m.signature)) != 1 {
			return nil, fmt.Errorf("%w: the server does not know the password either", ErrFailed)
		}
		m.proven = true
		return nil, nil
	}
	return nil, fmt.Errorf("%w: the server asks too much", ErrFailed)
}

func (m *scram) prove(challenge string) ([]byte, error) {
	fields := make(map[string]string)
	for field := range strings.SplitSeq(challenge, ",") {
		key, value, _ := strings.Cut(field, "=")
		fields[key] = value
	}
	salt, err := base64.StdEncoding.DecodeString(fields["s"])
	iterations, bad := strconv.Atoi(fields["i"])
	nonce := fields["r"]
	if err != nil || bad != nil || len(salt) == 0 || !strings.HasPrefix(nonce, m.nonce) || len(nonce) == len(m.nonce) {
		return nil, fmt.Errorf("%w: the server's challenge cannot be read", ErrFailed)
	}
	if iterations < 1 || iterations > maxIterations {
		return nil, fmt.Errorf("%w: the server asks for %d rounds, the most is %d", ErrFailed, iterations, maxIterations)
	}
	salted, err := pbkdf2.Key(sha256.New, m.secret, salt, iterations, sha256.Size)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFailed, err)
	}
	mac := func(key []byte, text string) []byte {
		h := hmac.New(sha256.New, key)
		h.Write([]byte(text))
		return h.Sum(nil)
	}
	bare := "c=biws,r=" + nonce // "n,,": no channel binding
	all := m.first + "," + challenge + "," + bare
	client := mac(salted, "Client Key")
	stored := sha256.Sum256(client)
	proof := mac(stored[:], all)
	subtle.XORBytes(proof, proof, client)
	m.signature = string(mac(mac(salted, "Server Key"), all))
	return []byte(bare + ",p=" + base64.StdEncoding.EncodeToString(proof)), nil
}
