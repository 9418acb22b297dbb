package identity

import (
	"crypto/ed25519"
	"encoding/base32"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// DeviceID names a device: it is the device's Ed25519 public key (RFC 8032),
// 32 bytes. The zero value names nobody.
type DeviceID [ed25519.PublicKeySize]byte

// ErrBadID is wrapped by every error of ParseDeviceID.
var ErrBadID = errors.New("not a device ID")

const (
	alphabet   = "abcdefghijklmnopqrstuvwxyz234567" // RFC 4648 section 6, lower case
	dataChars  = 52                                 // ceil(256 bits / 5)
	chunkChars = 13                                 // each followed by one check character
	groupChars = 7                                  // for the eye only
	textChars  = dataChars + dataChars/chunkChars
)

var encoding = base32.NewEncoding(alphabet).WithPadding(base32.NoPadding)

// String returns the text form: base32 in lower case, a check character (Luhn
// modulo 32) after every 13, in eight groups of seven joined by dashes.
func (id DeviceID) String() string {
	plain := id.compact()
	var b strings.Builder
	for i := 0; i < len(plain); i += groupChars {
		if i > 0 {
			b.WriteByte('-')
		}
		b.WriteString(plain[i : i+groupChars])
	}
	return b.String()
}

// Short returns the first group of the text form, enough for a person to tell
// a few devices apart. It proves nothing.
func (id DeviceID) Short() string { return id.compact()[:groupChars] }

// IsZero says whether id names nobody.
func (id DeviceID) IsZero() bool { return id == DeviceID{} }

// Less orders IDs by their bytes; the order has no meaning but is the same on
// every device.
func (id DeviceID) Less(other DeviceID) bool {
	return string(id[:]) < string(other[:])
}

// Verify says whether sig is the device's signature over message. Nobody's ID
// signs nothing: its bytes happen to be a key of small order, for which anybody
// can make signatures.
func (id DeviceID) Verify(message, sig []byte) bool {
	return !id.IsZero() && len(sig) == ed25519.SignatureSize && ed25519.Verify(id[:], message, sig)
}

// HasPrefix says whether the text form of id begins with prefix, forgiving
// what ParseDeviceID forgives. An empty prefix matches nobody.
func (id DeviceID) HasPrefix(prefix string) bool {
	p := forgive(prefix)
	return p != "" && strings.HasPrefix(id.compact(), p)
}

// MarshalText implements encoding.TextMarshaler with the text form.
func (id DeviceID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler with ParseDeviceID.
func (id *DeviceID) UnmarshalText(text []byte) error {
	parsed, err := ParseDeviceID(string(text))
	if err == nil {
		*id = parsed
	}
	return err
}

// ParseDeviceID reads the text form. It forgives case, spaces and dashes, and
// the digits 0, 1 and 8 typed for o, l and b, which base32 does not use. A
// mistyped or missing character is found by the check characters.
func ParseDeviceID(text string) (DeviceID, error) {
	s := forgive(text)
	if len(s) != textChars {
		return DeviceID{}, fmt.Errorf("%w: %q has %d characters, not %d", ErrBadID, text, len(s), textChars)
	}
	var data strings.Builder
	for i := 0; i < len(s); i += chunkChars + 1 {
		chunk, check := s[i:i+chunkChars], s[i+chunkChars]
		want, ok := luhn(chunk)
		if !ok {
			return DeviceID{}, fmt.Errorf("%w: %q has a character base32 does not use", ErrBadID, text)
		}
		if check != want {
			return DeviceID{}, fmt.Errorf("%w: %q is mistyped near %q", ErrBadID, text, s[i:i+chunkChars+1])
		}
		data.WriteString(chunk)
	}
	raw, err := encoding.DecodeString(data.String())
	if err != nil || len(raw) != len(DeviceID{}) {
		return DeviceID{}, fmt.Errorf("%w: %q", ErrBadID, text)
	}
	id := DeviceID(raw)
	if encoding.EncodeToString(id[:]) != data.String() {
		return DeviceID{}, fmt.Errorf("%w: %q has stray bits at its end", ErrBadID, text)
	}
	return id, nil
}

// Hex returns the 64 hexadecimal digits of the key, for logs and documents.
func (id DeviceID) Hex() string { return hex.EncodeToString(id[:]) }

func (id DeviceID) compact() string {
	data := encoding.EncodeToString(id[:])
	var b strings.Builder
	for i := 0; i < len(data); i += chunkChars {
		chunk := data[i : i+chunkChars]
		check, _ := luhn(chunk)
		b.WriteString(chunk)
		b.WriteByte(check)
	}
	return b.String()
}

var forgiving = strings.NewReplacer(
	"-", "", "\u2010", "", "\u2011", "", "\u2012", "", "\u2013", "", "\u2014", "", "\u2212", "", // dashes, as mail programs make them
	" ", "", "\u00a0", "", "\t", "", "\n", "", "\r", "",
	"0", "o", "1", "l", "8", "b",
)

func forgive(text string) string { return forgiving.Replace(strings.ToLower(text)) }

// luhn returns the check character of s by the Luhn mod N algorithm (ISO/IEC
// 7812-1 annex B, generalised to base 32); ok is false if s has a character
// outside the alphabet. The last character is doubled, so that it is not
// exchanged for its check unnoticed; of an odd number, so is the first.
func luhn(s string) (check byte, ok bool) {
	factor, sum := 1+len(s)%2, 0
	for i := 0; i < len(s); i++ {
		code := strings.IndexByte(alphabet, s[i])
		if code < 0 {
			return 0, false
		}
		add := factor * code
		sum += add/len(alphabet) + add%len(alphabet)
		factor = 3 - factor
	}
	n := len(alphabet)
	return alphabet[(n-sum%n)%n], true
}
