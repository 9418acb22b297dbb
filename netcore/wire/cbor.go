package wire

import (
	"errors"
	"fmt"

	"github.com/fxamacker/cbor/v2"
)

// ErrMalformed is wrapped by every error about the form of received bytes.
var ErrMalformed = errors.New("malformed")

// ErrVersion is wrapped when bytes are of a version this program does not know.
var ErrVersion = errors.New("unknown version")

// ErrSignature is wrapped when a signature does not verify.
var ErrSignature = errors.New("wrong signature")

const signatureSize = 64

var encMode = must(cbor.CoreDetEncOptions().EncMode())

var decMode = must(cbor.DecOptions{
	DupMapKey:        cbor.DupMapKeyEnforcedAPF,
	IndefLength:      cbor.IndefLengthForbidden,
	TagsMd:           cbor.TagsForbidden,
	MaxNestedLevels:  8,
	MaxArrayElements: 1 << 16,
	MaxMapPairs:      1 << 10,
}.DecMode())

func must[T any](v T, err error) T {
	if err != nil {
		panic(err) // the options above are constants
	}
	return v
}

// appendCBOR appends v; v is one of this package's own structs, which always
// encode.
func appendCBOR(b []byte, v any) []byte {
	return append(b, must(encMode.Marshal(v))...)
}

// decodeBody decodes a body that must fill data.
func decodeBody(data []byte, v any) error {
	if err := decMode.Unmarshal(data, v); err != nil {
		return fmt.Errorf("%w body: %v", ErrMalformed, err)
	}
	return nil
}

// splitSigned checks magic and version, decodes the body into v, and returns
// what stands before the signature, the signature, and what follows it.
func splitSigned(data []byte, magic string, version byte, v any) (signed, signature, rest []byte, err error) {
	head := len(magic) + 1
	if len(data) < head+signatureSize || string(data[:len(magic)]) != magic {
		return nil, nil, nil, fmt.Errorf("%w: %d bytes that do not begin %q", ErrMalformed, len(data), magic)
	}
	if data[len(magic)] != version {
		return nil, nil, nil, fmt.Errorf("%w %d of %q", ErrVersion, data[len(magic)], magic)
	}
	rest, err = decMode.UnmarshalFirst(data[head:], v)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("%w body: %v", ErrMalformed, err)
	}
	if len(rest) < signatureSize {
		return nil, nil, nil, fmt.Errorf("%w: signature cut short at %d bytes", ErrMalformed, len(rest))
	}
	end := len(data) - len(rest)
	return data[:end], rest[:signatureSize], rest[signatureSize:], nil
}

// fixed copies b into dst, whose length it must have.
func fixed(dst, b []byte, what string) error {
	if len(b) != len(dst) {
		return fmt.Errorf("%w: %s has %d bytes, not %d", ErrMalformed, what, len(b), len(dst))
	}
	copy(dst, b)
	return nil
}
