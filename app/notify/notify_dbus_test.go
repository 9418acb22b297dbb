//go:build linux || freebsd || netbsd || openbsd || dragonfly

package notify

import (
	"context"
	"testing"

	"github.com/godbus/dbus/v5"
)

func TestSignals(t *testing.T) {
	clicks, closings := make(chan uint32, 1), make(chan uint32, 1)
	s := signals{clicks, closings}
	for _, c := range []struct {
		name            string
		body            []any
		clicked, closed bool
	}{
		{busAction, []any{uint32(3), defaultAction}, true, false},
		{busAction, []any{uint32(3), "other"}, false, false},
		{busAction, []any{"3", defaultAction}, false, false},
		{busAction, []any{uint32(3)}, false, false},
		{busClosed, []any{uint32(3), uint32(2)}, false, true},
		{busName + ".ActivationToken", []any{uint32(3), "token"}, false, false},
		{busClosed, nil, false, false},
	} {
		s.DeliverSignal("", "", &dbus.Signal{Name: c.name, Body: c.body})
		if len(clicks) > 0 != c.clicked || len(closings) > 0 != c.closed {
			t.Errorf("%s%v: clicked %v, closed %v", c.name, c.body, len(clicks) > 0, len(closings) > 0)
		}
		for len(clicks) > 0 {
			<-clicks
		}
		for len(closings) > 0 {
			<-closings
		}
	}
	for range 3 { // nobody listens
		s.DeliverSignal("", "", &dbus.Signal{Name: busAction, Body: []any{uint32(1), defaultAction}})
	}
}

// TestNoBus finds that a desktop without D-Bus is an error of show, and no more.
func TestNoBus(t *testing.T) {
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/parlance-test-bus")
	d := newDesktop(Config{})
	defer d.close()
	if _, err := d.show(context.Background(), "title", "body"); err == nil {
		t.Error("shown on a bus that is not there")
	}
}
