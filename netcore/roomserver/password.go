package roomserver

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"

	"github.com/parlance-chat/parlance/netcore/roomserver/core"
)

// Cost of argon2id: the second choice of the OWASP Password Storage Cheat Sheet,
// which a small machine can bear for several log-ins at once.
const (
	argonTime    = 2
	argonMemory  = 19 << 10 // KiB
	argonThreads = 1
	argonKey     = 32
	saltSize     = 16
	// scramIterations is what RFC 7677 section 4 asks for at least; clients pay it
	// at each log-in.
	scramIterations = 4096
)

// Bounds of the hashes that CheckPassword takes: an operator's line in the
// configuration must not stop the server.
const (
	maxArgonTime   = 64
	maxArgonMemory = 256 << 10 // KiB
)

// HashPassword returns the argon2id hash of a password in its usual text form,
// $argon2id$v=19$m=…,t=…,p=…$salt$key.
func HashPassword(password string) string {
	salt := make([]byte, saltSize)
	rand.Read(salt) // never fails
	key := argon2.IDKey([]byte(password), salt, argonTime, argonMemory, argonThreads, argonKey)
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonTime, argonThreads,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(key))
}

// CheckPassword says whether a password belongs to a hash; an error means that
// the hash is none.
func CheckPassword(password, hash string) (bool, error) {
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" {
		return false, fmt.Errorf("password hash: not of the form $argon2id$v=…$m=…,t=…,p=…$salt$key")
	}
	var version int
	var memory, time uint32
	var threads uint8
	if _, err := fmt.Sscanf(parts[2]+" "+parts[3], "v=%d m=%d,t=%d,p=%d", &version, &memory, &time, &threads); err != nil {
		return false, fmt.Errorf("password hash: %w", err)
	}
	if version != argon2.Version || time < 1 || time > maxArgonTime || memory > maxArgonMemory || threads < 1 {
		return false, fmt.Errorf("password hash: cannot do v=%d m=%d,t=%d,p=%d", version, memory, time, threads)
	}
	salt, err := base64.RawStdEncoding.DecodeString(parts[4])
	if err != nil {
		return false, fmt.Errorf("password hash: salt: %w", err)
	}
	key, err := base64.RawStdEncoding.DecodeString(parts[5])
	if err != nil || len(key) < 16 || len(key) > 64 {
		return false, fmt.Errorf("password hash: key %q", parts[5])
	}
	got := argon2.IDKey([]byte(password), salt, time, memory, threads, uint32(len(key)))
	return subtle.ConstantTimeCompare(got, key) == 1, nil
}

// scram makes what SCRAM-SHA-256 is checked with (RFC 5802 section 3).
func scram(password string) (core.Scram, error) {
	salt := make([]byte, saltSize)
	rand.Read(salt)
	salted, err := pbkdf2.Key(sha256.New, password, salt, scramIterations, sha256.Size)
	if err != nil {
		return core.Scram{}, err
	}
	client := mac(salted, "Client Key")
	stored := sha256.Sum256(client)
	return core.Scram{Salt: salt, Iterations: scramIterations, StoredKey: stored[:], ServerKey: mac(salted, "Server Key")}, nil
}

func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}
