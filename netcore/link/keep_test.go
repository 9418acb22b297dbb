package link

import (
	"sync"
	"testing"
	"time"

	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/wire"
)

func TestKeepFirst(t *testing.T) {
	low, high := identity.DeviceID{1}, identity.DeviceID{2}
	now := time.Unix(1000, 0)
	at := func(id identity.DeviceID, s float64) origin {
		return origin{dialler: id, opened: now.Add(time.Duration(s * float64(time.Second)))}
	}
	for _, test := range []struct {
		name string
		a, b origin
		want bool
	}{
		{"at once: the lower ID's", at(low, 0), at(high, 1), true},
		{"at once: the lower ID's, though later", at(low, 2), at(high, 1), true},
		{"long after: the later", at(low, 0), at(high, 60), false},
		{"long after: the later, the lower ID's", at(low, 60), at(high, 0), true},
		{"same dialler: the later", at(high, 0), at(high, 1), false},
		{"same dialler, lower ID: the later", at(low, 0), at(low, 1), false},
	} {
		if got := keepFirst(test.a, test.b); got != test.want {
			t.Errorf("%s: %t", test.name, got)
		}
		if got := keepFirst(test.b, test.a); got == test.want {
			t.Errorf("%s, the other way round: %t", test.name, got)
		}
	}
}

// Two devices dial each other at once; both keep the same link.
func TestBothDialAtOnce(t *testing.T) {
	accept1, links1 := acceptor()
	accept2, links2 := acceptor()
	one := endpointWith(t, Config{Accept: accept1}, defaultBounds)
	two := endpointWith(t, Config{Accept: accept2}, defaultBounds)
	var dials sync.WaitGroup
	var dialled1, dialled2 *Link
	dials.Go(func() { dialled1 = dial(t, one, two); dialled1.Send(wire.Probe{Nonce: 1}) })
	dials.Go(func() { dialled2 = dial(t, two, one); dialled2.Send(wire.Probe{Nonce: 2}) })
	dials.Wait()
	accepted1, accepted2 := within(t, links1), within(t, links2)

	stay1, drop1 := Keep(dialled1, accepted1)
	stay2, drop2 := Keep(accepted2, dialled2)
	if stay1.Dialled() != one.id.Less(two.id) || stay1.Dialled() == stay2.Dialled() {
		t.Fatalf("one keeps the link dialled by itself: %t; two: %t", stay1.Dialled(), stay2.Dialled())
	}
	drop1.Close(Duplicate, "")
	within(t, drop2.Done())
	if end, ok := drop2.Err().(*CloseError); !ok || end.Code != Duplicate || !end.Peer {
		t.Errorf("the other side's ended with %v", drop2.Err())
	}
	stay1.Send(wire.Probe{Nonce: 3})
	for {
		f, err := stay2.Receive()
		if err != nil {
			t.Fatal(err)
		}
		if f.(wire.Probe).Nonce == 3 {
			break
		}
	}
	if stay, _ := Keep(drop1, stay1); stay != stay1 {
		t.Error("a link that has ended stays")
	}
	if stay, _ := Keep(stay1, drop1); stay != stay1 {
		t.Error("a link that has ended stays")
	}
}
