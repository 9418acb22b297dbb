package delivery

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/wire"
)

// TestTracker: what is shown of a message goes forward, falls back only when the
// link that took it is gone, and never leaves "delivered".
func TestTracker(t *testing.T) {
	peer, other := identity.DeviceID{2}, identity.DeviceID{3}
	log := wire.LogID{Incarnation: 1}
	to := To{log, peer}
	id := func(n uint64) chat.MessageID { return chat.MessageID{15: byte(n)} }
	for _, tc := range []struct {
		name string
		do   func(*Tracker)
		want []string // "sequence state"
	}{
		{"sent and delivered", func(s *Tracker) {
			s.Sent(to, 1, 2)
			s.Delivered(to, 1, 2)
		}, []string{"1 sent", "2 sent", "1 delivered", "2 delivered"}},
		{"delivered in parts", func(s *Tracker) {
			s.Sent(to, 1, 3)
			s.Delivered(to, 1, 1)
			s.Delivered(to, 1, 3)
		}, []string{"1 sent", "2 sent", "3 sent", "1 delivered", "2 delivered", "3 delivered"}},
		{"the receipt was quicker", func(s *Tracker) {
			s.Delivered(to, 1, 2)
			s.Sent(to, 1, 3)
		}, []string{"1 delivered", "2 delivered", "3 sent"}},
		{"the link broke", func(s *Tracker) {
			s.Sent(to, 1, 3)
			s.Delivered(to, 1, 1)
			s.Lost(peer)
		}, []string{"1 sent", "2 sent", "3 sent", "1 delivered", "2 queued", "3 queued"}},
		{"another's link broke", func(s *Tracker) {
			s.Sent(to, 1, 1)
			s.Lost(other)
		}, []string{"1 sent"}},
		{"sent again", func(s *Tracker) {
			s.Sent(to, 1, 2)
			s.Lost(peer)
			s.Sent(to, 1, 2)
		}, []string{"1 sent", "2 sent", "1 queued", "2 queued", "1 sent", "2 sent"}},
		{"read", func(s *Tracker) {
			s.Delivered(to, 1, 2)
			s.Read(to, 1, 1)
			s.Read(to, 1, 2)
			s.Lost(peer)
		}, []string{"1 delivered", "2 delivered", "1 read", "2 read"}},
		{"an entry that is no message", func(s *Tracker) {
			s.Wrote(log, 2, chat.MessageID{})
			s.Wrote(log, 3, id(3))
			s.Delivered(to, 1, 3)
			s.Sent(To{log, other}, 2, 2)
		}, []string{"1 delivered", "3 delivered"}},
		{"edited on its way", func(s *Tracker) {
			s.Sent(to, 1, 3)
			s.Amended(log, 4, id(2))
			s.Delivered(to, 1, 3)
			s.Sent(to, 4, 4)
			s.Delivered(to, 4, 4)
		}, []string{"1 sent", "2 sent", "3 sent", "1 delivered", "3 delivered", "2 sent", "2 delivered"}},
		{"delivered before the start", func(s *Tracker) {
			s.Load(to, 2, 1)
			s.Sent(to, 3, 3)
			s.Lost(peer)
		}, []string{"3 sent", "3 queued"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var got []string
				s := New(nil, func(e chat.Event) {
					change := e.(chat.StateChanged)
					for _, m := range change.Messages {
						got = append(got, fmt.Sprintf("%d %s", m[15], change.State))
					}
				}, nil)
				for n := range uint64(3) {
					s.Wrote(log, n+1, id(n+1))
				}
				ctx, stop := context.WithCancel(t.Context())
				var running sync.WaitGroup
				running.Go(func() { s.Run(ctx) })
				tc.do(s)
				synctest.Wait()
				stop()
				running.Wait()
				if !slices.Equal(got, tc.want) {
					t.Errorf("shown: %q\nwant: %q", got, tc.want)
				}
			})
		})
	}
}

// TestWritten: however many entries were written, the IDs at hand are those of
// their numbers.
func TestWritten(t *testing.T) {
	s := New(nil, nil, nil)
	log := wire.LogID{Incarnation: 1}
	id := func(n uint64) chat.MessageID { return chat.MessageID{14: byte(n >> 8), 15: byte(n)} }
	const last = 3*maxWritten + 5
	for n := uint64(10); n <= last; n++ {
		s.Wrote(log, n, id(n))
	}
	s.Wrote(log, last, id(7)) // the number of an entry that was not stored is used again
	ids, ok := s.remembered(stateChange{To{log, identity.DeviceID{}}, last - 3, last, chat.Sent})
	if want := []chat.MessageID{id(last - 3), id(last - 2), id(last - 1), id(7)}; !ok || !slices.Equal(ids, want) {
		t.Errorf("got %v, %t, want %v", ids, ok, want)
	}
	if _, ok := s.remembered(stateChange{To{log, identity.DeviceID{}}, 10, 11, chat.Sent}); ok {
		t.Error("the oldest are still remembered")
	}
	if held := len(s.written[log].ids); held > 2*maxWritten {
		t.Errorf("%d IDs are held", held)
	}
}
