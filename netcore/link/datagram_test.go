package link

import (
	"bytes"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/quic-go/quic-go"

	"github.com/parlance-chat/parlance/netcore/wire"
)

// datagramsOf returns a function for Config.Datagram and the channel of what
// comes.
func datagramsOf() (func(*Link, []byte), chan []byte) {
	came := make(chan []byte, 1000)
	return func(_ *Link, data []byte) { came <- data }, came
}

func TestDatagrams(t *testing.T) {
	toDialler, came1 := datagramsOf()
	toListener, came2 := datagramsOf()
	dialled, accepted := pairWith(t, Config{Datagram: toDialler}, Config{Datagram: toListener}, defaultBounds)
	for _, way := range []struct {
		from *Link
		came chan []byte
	}{{dialled, came2}, {accepted, came1}} {
		for _, size := range []int{1, 50, MaxDatagram, 0} {
			data := bytes.Repeat([]byte{byte(size)}, size)
			if err := way.from.SendDatagram(data); err != nil {
				t.Fatal(err)
			}
			if size > 0 {
				data[0]++ // it is the caller's again
			}
			if got := within(t, way.came); !bytes.Equal(got, bytes.Repeat([]byte{byte(size)}, size)) {
				t.Errorf("%d bytes came as %d", size, len(got))
			}
		}
		if err := way.from.SendDatagram(make([]byte, MaxDatagram+1)); err == nil {
			t.Error("too long a datagram is sent")
		}
		if s := way.from.endpoint.Stats(); s.DatagramsUnsent != 0 || s.DatagramsRefused != 0 {
			t.Errorf("stats are %+v", s)
		}
	}
	dialled.Close(Idle, "")
	for _, l := range []*Link{dialled, accepted} {
		within(t, l.Done())
		if err := l.SendDatagram([]byte{1}); err == nil || err.Error() != l.Err().Error() {
			t.Errorf("after the end: %v", err)
		}
	}
}

// The link that a datagram comes by is the one it is handed on with.
func TestDatagramOfLink(t *testing.T) {
	came := make(chan *Link, 10)
	dialled, accepted := pairWith(t, Config{}, Config{Datagram: func(l *Link, _ []byte) { came <- l }}, defaultBounds)
	dialled.SendDatagram([]byte{1})
	if got := within(t, came); got != accepted {
		t.Errorf("handed on with %p, not %p", got, accepted)
	}
}

// A peer without datagrams links as ever; what is sent to it is dropped.
func TestPeerWithoutDatagrams(t *testing.T) {
	takes, came := datagramsOf()
	for _, test := range []struct {
		name              string
		dialler, listener Config
	}{
		{"the one that dialled", Config{}, Config{Datagram: takes}},
		{"the one that was dialled", Config{Datagram: takes}, Config{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			dialled, accepted := pairWith(t, test.dialler, test.listener, defaultBounds)
			with, without := dialled, accepted
			if test.dialler.Datagram == nil {
				with, without = without, with
			}
			if err := with.SendDatagram([]byte{1}); err != nil {
				t.Error(err)
			}
			if got := with.endpoint.Stats().DatagramsUnsent; got != 1 {
				t.Errorf("%d dropped", got)
			}
			if err := without.SendDatagram([]byte{2}); err != nil {
				t.Error(err)
			}
			if got := within(t, came); !bytes.Equal(got, []byte{2}) {
				t.Errorf("%v came", got)
			}
			for n := range uint64(3) {
				with.Send(wire.Probe{Nonce: n})
				if f, err := without.Receive(); err != nil || f.(wire.Probe).Nonce != n {
					t.Fatalf("frame %v, error %v", f, err)
				}
			}
		})
	}
}

func TestDatagramRate(t *testing.T) {
	now := time.Unix(1000, 0)
	var r rate
	burst := func(at time.Time) (n int) {
		for range 100 {
			if r.admit(at, 20) {
				n++
			}
		}
		return n
	}
	for _, test := range []struct {
		after time.Duration
		want  int
	}{{0, 20}, {900 * time.Millisecond, 0}, {time.Second, 20}, {-time.Hour, 20}} {
		if got := burst(now.Add(test.after)); got != test.want {
			t.Errorf("%d pass after %s, not %d", got, test.after, test.want)
		}
	}
}

// Neither does a link send more than it may, nor hand on more of a peer that
// does; and the link lives on.
func TestTooManyDatagrams(t *testing.T) {
	const most, many = 5, 60
	few := defaultBounds
	few.datagramRate = most
	takes, came := datagramsOf()
	// inSeconds says how many may pass from start to now.
	inSeconds := func(start time.Time) int { return most * (int(time.Since(start)/time.Second) + 1) }

	t.Run("sent", func(t *testing.T) {
		dialled, _ := pairWith(t, Config{}, Config{Datagram: takes}, few)
		start := time.Now()
		for range many {
			if err := dialled.SendDatagram([]byte{1}); err != nil {
				t.Fatal(err)
			}
		}
		if got := int(dialled.endpoint.Stats().DatagramsUnsent); got < many-inSeconds(start) {
			t.Errorf("%d of %d dropped", got, many)
		}
		within(t, came)
	})
	t.Run("received", func(t *testing.T) {
		var handed atomic.Int64
		links := make(chan *Link, 1)
		e := endpointWith(t, Config{
			Accept:   func(l *Link) { links <- l; l.Receive(); l.Receive() },
			Datagram: func(*Link, []byte) { handed.Add(1) },
		}, few)
		conf := baseTLS(certificate(t, newKey(t)))
		conn, err := quic.DialAddr(t.Context(), loopback(e).String(), conf, &quic.Config{EnableDatagrams: true})
		if err != nil {
			t.Fatal(err)
		}
		defer conn.CloseWithError(0, "")
		stranger{conn}.write(t, probe(t))
		l := within(t, links)
		start := time.Now()
		for range many {
			if err := conn.SendDatagram([]byte{1}); err != nil {
				t.Fatal(err)
			}
		}
		eventually(t, "they have come", func() bool {
			return handed.Load() >= most && e.Stats().DatagramsRefused >= many/2
		})
		if got := int(handed.Load()); got > inSeconds(start) {
			t.Errorf("%d of %d handed on", got, many)
		}
		if err := l.Err(); err != nil {
			t.Error(err)
		}
	})
}

// While nothing gets through, datagrams are dropped and nobody waits; the queue
// is bounded, and the end of the link ends what waited in QUIC.
func TestDatagramsNeverBlock(t *testing.T) {
	var mute atomic.Bool
	socket := func(uint16) (net.PacketConn, error) {
		c, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
		return mutedSocket{c, &mute}, err
	}
	b := defaultBounds
	b.datagramRate = 1e9
	takes, came := datagramsOf()
	dialled, _ := pairWith(t, Config{Socket: socket}, Config{Datagram: takes}, b)
	dialled.SendDatagram([]byte{1})
	within(t, came)
	mute.Store(true)
	dropped := 0 // in a row, a millisecond each
	eventually(t, "QUIC takes no more, and nobody waits for it", func() bool {
		before := dialled.endpoint.Stats().DatagramsUnsent
		if err := dialled.SendDatagram(make([]byte, MaxDatagram)); err != nil {
			t.Fatal(err)
		}
		if dropped++; dialled.endpoint.Stats().DatagramsUnsent == before {
			dropped = 0
		}
		return dropped >= 100
	})
	dialled.dgrams.mu.Lock()
	waiting, busy := len(dialled.dgrams.queue), dialled.dgrams.busy
	dialled.dgrams.mu.Unlock()
	if waiting != maxDatagrams || !busy {
		t.Errorf("%d datagrams wait, not %d; a goroutine waits with them: %t", waiting, maxDatagrams, busy)
	}
	dialled.Close(Goodbye, "")
	eventually(t, "the goroutine ends", func() bool {
		dialled.dgrams.mu.Lock()
		defer dialled.dgrams.mu.Unlock()
		return !dialled.dgrams.busy
	})
}

// Close waits for those who are told of a datagram, as for all others.
func TestCloseWaitsForDatagram(t *testing.T) {
	began, goOn := make(chan struct{}), make(chan struct{})
	var once sync.Once
	var returned atomic.Bool
	dialled, accepted := pairWith(t, Config{}, Config{Datagram: func(*Link, []byte) {
		once.Do(func() { close(began) })
		<-goOn
		returned.Store(true)
	}}, defaultBounds)
	dialled.SendDatagram([]byte{1})
	within(t, began)
	closed := make(chan error, 1)
	go func() { closed <- accepted.endpoint.Close() }()
	within(t, accepted.Done())
	select {
	case <-closed:
		t.Error("closed while somebody is told of a datagram")
	case <-time.After(50 * time.Millisecond):
	}
	close(goOn)
	if err := within(t, closed); err != nil || !returned.Load() {
		t.Errorf("closed with %v; told: %t", err, returned.Load())
	}
}

// Datagrams and frames do not get into each other's way.
func TestDatagramsBesideFrames(t *testing.T) {
	b := defaultBounds
	b.datagramRate = 1e9
	takes, came := datagramsOf()
	dialled, accepted := pairWith(t, Config{}, Config{Datagram: takes}, b)
	var both sync.WaitGroup
	both.Go(func() {
		for n := range uint64(300) {
			sendWaiting(t, dialled, entries(n, 5000))
			if err := dialled.SendDatagram([]byte{1}); err != nil {
				t.Error(err)
			}
		}
	})
	both.Go(func() {
		for n := range uint64(300) {
			if f, err := accepted.Receive(); err != nil || !sameEntries(f, entries(n, 5000)) {
				t.Errorf("frame %d: %v", n, err)
				return
			}
		}
	})
	both.Wait()
	within(t, came)
}
