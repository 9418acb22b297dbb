package session

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// errSign is wrapped when signing in cannot go on.
var errSign = errors.New("signing in failed")

// maxIterations bounds the work that a server can ask for with SCRAM; a fifth of a
// second on a slow machine.
const maxIterations = 200_000

// mechanism answers a server's challenges (RFC 4422).
type mechanism interface {
	name() string
	answer(challenge []byte) ([]byte, error)
}

// external leaves it to the certificate that was presented (RFC 4422 appendix A).
type external struct{}

func (external) name() string                  { return "EXTERNAL" }
func (external) answer([]byte) ([]byte, error) { return nil, nil }

// plain sends the password itself (RFC 4616), on encrypted connections only.
type plain struct{ account, secret string }

func (plain) name() string { return "PLAIN" }
func (p plain) answer([]byte) ([]byte, error) {
	return []byte("\x00" + p.account + "\x00" + p.secret), nil
}

// scram proves that both sides know the password without sending it (RFC 5802 and
// RFC 7677), without channel binding.
type scram struct {
	account, secret, nonce string
	step                   int
	first, signature       string
}

func (*scram) name() string { return "SCRAM-SHA-256" }

func (m *scram) answer(challenge []byte) ([]byte, error) {
	m.step++
	switch m.step {
	case 1:
		m.first = "n=" + strings.NewReplacer("=", "=3D", ",", "=2C").Replace(m.account) + ",r=" + m.nonce
		return []byte("n,," + m.first), nil
	case 2:
		return m.prove(string(challenge))
	case 3:
		got, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(string(challenge), "v="))
		if err != nil || subtle.ConstantTimeCompare(got, []byte(m.signature)) != 1 {
			return nil, fmt.Errorf("%w: the server does not know the password either", errSign)
		}
		return nil, nil
	}
	return nil, fmt.Errorf("%w: the server asks too much", errSign)
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
		return nil, fmt.Errorf("%w: the server's challenge cannot be read", errSign)
	}
	if iterations < 1 || iterations > maxIterations {
		return nil, fmt.Errorf("%w: the server asks for %d rounds, the most is %d", errSign, iterations, maxIterations)
	}
	salted, err := pbkdf2.Key(sha256.New, m.secret, salt, iterations, sha256.Size)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errSign, err)
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

// mechanisms returns what can be tried, the best first. A password is never sent
// over a connection that others can read.
func (s *Session) mechanisms() []mechanism {
	var list []mechanism
	if s.cfg.Account != "" && s.cfg.Secret != "" {
		nonce := rand.Text()
		if s.cfg.Nonce != nil {
			nonce = s.cfg.Nonce()
		}
		list = append(list, &scram{account: s.cfg.Account, secret: s.cfg.Secret, nonce: nonce})
		if s.cfg.Secure {
			list = append(list, plain{s.cfg.Account, s.cfg.Secret})
		}
	}
	if s.cfg.External && s.cfg.Secure {
		list = append(list, external{})
	}
	offered := s.caps["sasl"]
	var usable []mechanism
	for _, m := range list {
		if offered == "" || containsWord(offered, m.name()) {
			usable = append(usable, m)
		}
	}
	return usable
}

func containsWord(list, word string) bool {
	for w := range strings.SplitSeq(list, ",") {
		if strings.EqualFold(w, word) {
			return true
		}
	}
	return false
}
