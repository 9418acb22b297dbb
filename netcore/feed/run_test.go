package feed

import (
	"bytes"
	"errors"
	"testing"

	"github.com/parlance-chat/parlance/netcore/wire"
)

func TestRuns(t *testing.T) {
	a := author{t: t, key: bob, conv: direct, inc: 7, time: noon}
	var raw [][]byte
	for _, e := range a.text(4) {
		raw = append(raw, e.Raw)
	}
	if _, err := ParseRun(nil); !errors.Is(err, wire.ErrMalformed) {
		t.Errorf("empty run: %v", err)
	}
	if _, err := ParseRun([][]byte{raw[0], raw[2]}); !errors.Is(err, wire.ErrMalformed) {
		t.Errorf("run with a gap: %v", err)
	}
	parsed, err := ParseRun(raw)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := Authentic(parsed); err != nil || len(got) != 4 {
		t.Errorf("good run: %d entries, %v", len(got), err)
	}

	// A tampered end takes only the end with it.
	tampered := func(at int) [][]byte {
		list := append([][]byte(nil), raw...)
		list[at] = bytes.Clone(raw[at])
		list[at][len(raw[at])-len(wire.TextBody("x"))-1] ^= 1 // of the signature
		return list
	}
	if parsed, err = ParseRun(tampered(3)); err != nil {
		t.Fatal(err)
	}
	if got, err := Authentic(parsed); !errors.Is(err, wire.ErrSignature) || len(got) != 3 {
		t.Errorf("tampered end: %d entries, %v", len(got), err)
	}
	// A tampered middle no longer fits the entry after it.
	if _, err := ParseRun(tampered(1)); !errors.Is(err, wire.ErrMalformed) {
		t.Errorf("tampered middle: %v", err)
	}
}
