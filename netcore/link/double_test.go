package link

import (
	"errors"
	"net/netip"
	"testing"

	"github.com/parlance-chat/parlance/netcore/identity"
)

// TestDouble: of two machines with one key, each knows of the other once they
// have met, and there is no link.
func TestDouble(t *testing.T) {
	key := newKey(t)
	doubles := make(chan netip.AddrPort, 4)
	dialling := endpointWith(t, Config{Key: key}, defaultBounds)
	listening := endpointWith(t, Config{Key: key, Double: func(from netip.AddrPort) { doubles <- from }}, defaultBounds)
	if _, err := dialling.Dial(t.Context(), loopback(listening), identity.DeviceID{}); !errors.Is(err, ErrDouble) {
		t.Errorf("dialling one with the own key: %v", err)
	}
	if from := within(t, doubles); from != loopback(dialling) {
		t.Errorf("the other was told of %v, want %v", from, loopback(dialling))
	}
	if l, err := endpointWith(t, Config{}, defaultBounds).Dial(t.Context(), loopback(listening), listening.id); err == nil {
		l.Close(Idle, "")
	}
	if len(doubles) > 0 {
		t.Errorf("somebody else is told of as %v", <-doubles)
	}
}
