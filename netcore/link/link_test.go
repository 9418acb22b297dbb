package link

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/quic-go/quic-go"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/wire"
)

// entries returns a frame of n random bytes that begins with a number.
func entries(number uint64, n int) wire.Entries {
	raw := make([]byte, 8+n)
	binary.BigEndian.PutUint64(raw, number)
	rnd := rand.NewChaCha8([32]byte{byte(number)})
	rnd.Read(raw[8:])
	return wire.Entries{Raw: [][]byte{raw}}
}

func sameEntries(a, b wire.Frame) bool {
	x, ok1 := a.(wire.Entries)
	y, ok2 := b.(wire.Entries)
	return ok1 && ok2 && len(x.Raw) == 1 && len(y.Raw) == 1 && bytes.Equal(x.Raw[0], y.Raw[0])
}

// Frames of all sizes, sent both ways at once, arrive whole and in order.
func TestFramesArriveInOrder(t *testing.T) {
	dialled, accepted := pair(t)
	const seed = 4
	rnd := rand.New(rand.NewPCG(seed, 0))
	largest := chat.MaxFrame - 32
	sizes := []int{0, 1, smallBuffer - 20, smallBuffer - 13, smallBuffer, smallBuffer + 1, 2 * smallBuffer, 0, largest, 0, largest, maxQueue}
	for range 500 {
		sizes = append(sizes, rnd.IntN(1<<rnd.IntN(17)+1))
	}
	var both sync.WaitGroup
	for _, ends := range [][2]*Link{{dialled, accepted}, {accepted, dialled}} {
		both.Go(func() {
			for i, n := range sizes {
				sendWaiting(t, ends[0], entries(uint64(i), n))
			}
		})
		both.Go(func() {
			for i, n := range sizes {
				f, err := ends[1].Receive()
				if err != nil || !sameEntries(f, entries(uint64(i), n)) {
					t.Errorf("seed %d: frame %d of %d bytes: wrong, or error %v", seed, i, n, err)
					return
				}
			}
		})
	}
	both.Wait()
}

func TestSendManyAtOnce(t *testing.T) {
	dialled, accepted := pair(t)
	if err := dialled.Send(); err != nil {
		t.Fatal(err)
	}
	if err := dialled.Send(wire.Probe{Nonce: 1}, wire.Probe{Nonce: 2}, wire.Probe{Nonce: 3}); err != nil {
		t.Fatal(err)
	}
	for n := range uint64(3) {
		if f, err := accepted.Receive(); err != nil || f.(wire.Probe).Nonce != n+1 {
			t.Fatalf("frame %v, error %v", f, err)
		}
	}
}

func TestTooLargeFrameIsNotSent(t *testing.T) {
	dialled, accepted := pair(t)
	if err := dialled.Send(wire.Probe{Nonce: 1}, entries(0, chat.MaxFrame)); err == nil {
		t.Error("sent")
	}
	dialled.Send(wire.Probe{Nonce: 2})
	if f, err := accepted.Receive(); err != nil || f.(wire.Probe).Nonce != 2 {
		t.Errorf("frame %v, error %v", f, err)
	}
}

// Send fills a bounded queue without blocking, refuses, and calls Ready when
// the peer has taken some; what was accepted arrives.
func TestBackpressure(t *testing.T) {
	ready := make(chan *Link, 100)
	dialled, accepted := pairWith(t, Config{Ready: func(l *Link) { ready <- l }}, Config{}, defaultBounds)
	sent := uint64(0)
	fill := func() {
		for {
			err := dialled.Send(entries(sent, 1000))
			if errors.Is(err, ErrFull) {
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if sent++; sent > 10*(maxQueue+maxWindow)/1000 {
				t.Fatal("endless room")
			}
		}
	}
	fill()
	eventually(t, "QUIC takes no more", func() bool {
		dialled.out.mu.Lock()
		defer dialled.out.mu.Unlock()
		return dialled.out.writing > 0
	})
	fill()
	dialled.out.mu.Lock()
	waiting := len(dialled.out.queue) + dialled.out.writing
	dialled.out.mu.Unlock()
	if waiting > maxQueue {
		t.Errorf("%d bytes wait, the most is %d", waiting, maxQueue)
	}
	for n := uint64(0); n < sent; n++ {
		f, err := accepted.Receive()
		if err != nil || !sameEntries(f, entries(n, 1000)) {
			t.Fatalf("frame %d of %d: %v", n, sent, err)
		}
	}
	if got := within(t, ready); got != dialled {
		t.Error("Ready was called for another link")
	}
	if err := dialled.Send(wire.Probe{}); err != nil {
		t.Error(err)
	}
}

// A peer that takes nothing is given up, and Ready is called then too.
func TestStalledPeer(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, lan *network) {
		ready := make(chan *Link, 100)
		dialled, accepted := pairWith(t, Config{Socket: lan.socket, Ready: func(l *Link) { ready <- l }}, Config{Socket: lan.socket}, defaultBounds)
		for dialled.Send(entries(0, 10_000)) == nil {
		}
		within(t, accepted.Done())
		if end, ok := accepted.Err().(*CloseError); !ok || end.Code != Stalled || !end.Peer {
			t.Errorf("ended with %v", accepted.Err())
		}
		within(t, dialled.Done())
		if err := dialled.Send(wire.Probe{}); !errors.Is(err, net.ErrClosed) {
			t.Errorf("send after the end: %v", err)
		}
		within(t, ready)
	})
}

func TestCloseReasonsArrive(t *testing.T) {
	for code := range codeNames {
		t.Run(code.String(), func(t *testing.T) {
			dialled, accepted := pairWith(t, Config{}, Config{}, unbounded())
			a, b := dialled, accepted
			if code%2 == 0 {
				a, b = b, a
			}
			received := make(chan error, 1)
			go func() { _, err := b.Receive(); received <- err }()
			a.Close(code, "because "+strings.Repeat("x", 2*maxReason))
			a.Close(Goodbye, "too late")
			if err := a.Err(); !errors.Is(err, net.ErrClosed) || err.(*CloseError).Code != code || len(err.(*CloseError).Reason) > maxReason {
				t.Errorf("this side ended with %v", err)
			}
			within(t, b.Done())
			end, ok := b.Err().(*CloseError)
			if !ok || end.Code != code || !end.Peer || !strings.HasPrefix(end.Reason, "because") {
				t.Errorf("the other side ended with %v", b.Err())
			}
			if err := within(t, received); err == nil || err.Error() != b.Err().Error() {
				t.Errorf("Receive returned %v", err)
			}
			for _, l := range []*Link{a, b} {
				if err := l.Send(wire.Probe{}); err == nil || err.Error() != l.Err().Error() {
					eventually(t, "Send fails", func() bool { err = l.Send(wire.Probe{}); return err != nil })
				}
				eventually(t, "forgotten", func() bool { return l.endpoint.Stats().Links == 0 })
				if got := l.endpoint.Stats().Malformed; got != 0 {
					t.Errorf("%d breaches counted", got)
				}
			}
		})
	}
}

// What breaks the rules of the link ends it with Protocol, and is counted.
func TestBreaches(t *testing.T) {
	head := func(size uint32, rest ...byte) []byte {
		return append(binary.BigEndian.AppendUint32(nil, size), rest...)
	}
	for _, test := range []struct {
		name string
		send []byte
		fin  bool
	}{
		{"oversized frame", head(chat.MaxFrame+1, 4), false},
		{"huge frame", head(1<<32-1, 4), false},
		{"empty frame", head(0), false},
		{"malformed body", head(3, 4, 0xff, 0xff), false},
		{"body of another type", head(2, 2, 0x60), false},
		{"half a head", []byte{0, 0}, false},
		{"half a frame", head(100, 4, 1, 2, 3), false},
		{"half a large frame", head(chat.MaxFrame, make([]byte, 10_000)...), false},
		{"end of the stream", probe(t), true},
		{"end within a frame", head(100, 4), true},
	} {
		t.Run(test.name, func(t *testing.T) {
			inVirtualTime(t, func(t *testing.T, lan *network) {
				received := make(chan error, 1)
				e := endpointWith(t, Config{Socket: lan.socket, Accept: func(l *Link) {
					for {
						if _, err := l.Receive(); err != nil {
							received <- err
							return
						}
					}
				}}, defaultBounds)
				s := lan.stranger(t, e)
				stream := s.write(t, test.send)
				if test.fin {
					stream.Close()
				}
				if got := s.end(t); got != Protocol {
					t.Errorf("closed with %s", got)
				}
				if err := within(t, received); !errors.Is(err, net.ErrClosed) {
					t.Errorf("received %v", err)
				}
				if got := e.Stats().Malformed; got != 1 {
					t.Errorf("%d counted", got)
				}
			})
		})
	}
}

// A large frame that is announced and not sent holds no memory.
func TestAnnouncedFrameHoldsNoMemory(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, lan *network) {
		links := make(chan *Link, 1)
		e := endpointWith(t, Config{Socket: lan.socket, Accept: func(l *Link) { links <- l; l.Receive() }}, defaultBounds)
		s := lan.stranger(t, e)
		s.write(t, append(binary.BigEndian.AppendUint32(nil, chat.MaxFrame), make([]byte, 5000)...))
		l := within(t, links)
		s.end(t)
		within(t, l.Done())
		e.Close()
		if got := len(l.in.buf); got > 4*smallBuffer {
			t.Errorf("the buffer has %d bytes", got)
		}
	})
}

// A frame may come in pieces, and the link do nothing for long after it.
func TestFrameInPieces(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, lan *network) {
		received := make(chan error)
		b := defaultBounds
		e := endpointWith(t, Config{Socket: lan.socket, Accept: func(l *Link) {
			for range 2 {
				_, err := l.Receive()
				received <- err
			}
		}}, b)
		data := probe(t)
		stream := lan.stranger(t, e).write(t, data[:2])
		for _, piece := range [][]byte{data[2:5], data[5:]} {
			time.Sleep(b.frame / 3)
			stream.Write(piece)
		}
		if err := within(t, received); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * b.frame)
		stream.Write(data)
		if err := within(t, received); err != nil {
			t.Error(err)
		}
	})
}

func TestUnknownFramesAreSkipped(t *testing.T) {
	received := make(chan wire.Frame, 1)
	e := endpointWith(t, Config{Accept: func(l *Link) {
		f, _ := l.Receive()
		received <- f
	}}, defaultBounds)
	var data []byte
	for _, size := range []int{1, 2, 100, 100_000, 1} {
		data = binary.BigEndian.AppendUint32(data, uint32(size))
		data = append(data, 200)
		data = append(data, make([]byte, size-1)...)
	}
	strangerTo(t, e).write(t, append(data, probe(t)...))
	if f, ok := within(t, received).(wire.Probe); !ok || f.Nonce != 7 {
		t.Errorf("received %v", f)
	}
}

// A peer that completes the handshake and sends nothing never becomes a link.
func TestHalfOpen(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, lan *network) {
		e := endpointWith(t, Config{Socket: lan.socket, Accept: func(*Link) { t.Error("accepted") }}, defaultBounds)
		s := lan.stranger(t, e)
		if got := s.end(t); got != Protocol {
			t.Errorf("closed with %s", got)
		}
		eventually(t, "its place is free", func() bool {
			e.mu.Lock()
			defer e.mu.Unlock()
			return e.held == 0 && underWay(e) == 0 && len(e.from) == 0
		})
	})
}

func TestOneStreamOnly(t *testing.T) {
	links := make(chan *Link, 1)
	e := endpointWith(t, Config{Accept: func(l *Link) { links <- l; l.Receive() }}, defaultBounds)
	s := strangerTo(t, e)
	s.write(t, probe(t))
	l := within(t, links)
	if _, err := s.OpenStream(); err == nil {
		t.Error("a second stream is allowed")
	}
	if _, err := s.OpenUniStream(); err == nil {
		t.Error("a unidirectional stream is allowed")
	}
	if err := l.Err(); err != nil {
		t.Error(err)
	}
}

// A peer that refuses to read the stream breaks the rules.
func TestStreamRefused(t *testing.T) {
	links := make(chan *Link, 1)
	e := endpointWith(t, Config{Accept: func(l *Link) { links <- l }}, defaultBounds)
	s := strangerTo(t, e)
	stream := s.write(t, probe(t))
	l := within(t, links)
	stream.CancelRead(1)
	eventually(t, "the link ends", func() bool { return l.Send(wire.Probe{}) != nil })
	if got := s.end(t); got != Protocol {
		t.Errorf("closed with %s", got)
	}
}

func TestGarbageOnThePort(t *testing.T) {
	accept, links := acceptor()
	to := endpointWith(t, Config{Accept: accept}, defaultBounds)
	c, err := net.Dial("udp", loopback(to).String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	rnd := rand.NewChaCha8([32]byte{1})
	for i := range 2000 {
		b := make([]byte, i%1500)
		rnd.Read(b)
		if len(b) > 5 && i%2 == 0 {
			b[0] |= 0xc0                            // a long header
			binary.BigEndian.PutUint32(b[1:5], 0x1) // of QUIC version 1
		}
		c.Write(b)
	}
	dial(t, endpointWith(t, Config{}, defaultBounds), to).Send(wire.Probe{})
	within(t, links)
	if got := to.Stats(); got.Links != 1 || len(got.WrongKeys) != 0 {
		t.Errorf("stats are %+v", got)
	}
}

// lossySocket loses a share of what it sends.
type lossySocket struct {
	net.PacketConn
	share float64
	mu    sync.Mutex
	rnd   *rand.Rand
}

func (s *lossySocket) WriteTo(b []byte, to net.Addr) (int, error) {
	s.mu.Lock()
	lose := s.rnd.Float64() < s.share
	s.mu.Unlock()
	if lose {
		return len(b), nil
	}
	return s.PacketConn.WriteTo(b, to)
}

func TestLossySocket(t *testing.T) {
	const seed = 1
	lossy := func(seed uint64) func(uint16) (net.PacketConn, error) {
		return func(uint16) (net.PacketConn, error) {
			c, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
			return &lossySocket{PacketConn: c, share: 0.2, rnd: rand.New(rand.NewPCG(seed, 0))}, err
		}
	}
	dialled, accepted := pairWith(t, Config{Socket: lossy(seed)}, Config{Socket: lossy(seed + 1)}, defaultBounds)
	var both sync.WaitGroup
	for _, ends := range [][2]*Link{{dialled, accepted}, {accepted, dialled}} {
		both.Go(func() {
			for n := range uint64(1000) {
				sendWaiting(t, ends[0], entries(n, 200))
			}
		})
		both.Go(func() {
			for n := range uint64(1000) {
				f, err := ends[1].Receive()
				if err != nil || !sameEntries(f, entries(n, 200)) {
					t.Errorf("seed %d: frame %d: %v", seed, n, err)
					return
				}
			}
		})
	}
	both.Wait()
}

func TestSilenceEndsALink(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, lan *network) {
		var mute atomic.Bool
		socket := func(port uint16) (net.PacketConn, error) {
			c, err := lan.socket(port)
			return mutedSocket{c, &mute}, err
		}
		dialled, accepted := pairWith(t, Config{Socket: socket}, Config{Socket: socket}, defaultBounds)
		select {
		case <-dialled.Done():
			t.Fatal("an idle link ended")
		case <-time.After(2 * defaultBounds.idle):
		}
		mute.Store(true)
		for _, l := range []*Link{dialled, accepted} {
			within(t, l.Done())
			if err := l.Err(); !errors.Is(err, ErrLost) || errors.Is(err, net.ErrClosed) {
				t.Errorf("ended with %v", err)
			}
		}
	})
}

type mutedSocket struct {
	net.PacketConn
	mute *atomic.Bool
}

func (s mutedSocket) WriteTo(b []byte, to net.Addr) (int, error) {
	if s.mute.Load() {
		return len(b), nil
	}
	return s.PacketConn.WriteTo(b, to)
}

func TestDefaultPortTaken(t *testing.T) {
	open := func(taken ...uint16) (func(uint16) (net.PacketConn, error), *[]uint16) {
		var asked []uint16
		return func(port uint16) (net.PacketConn, error) {
			asked = append(asked, port)
			for _, p := range taken {
				if p == port {
					return nil, &net.OpError{Op: "listen", Err: os.NewSyscallError("bind", syscall.EADDRINUSE)}
				}
			}
			return net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
		}, &asked
	}
	for _, test := range []struct {
		name  string
		port  uint16
		taken []uint16
		asked []uint16
		err   error
	}{
		{"free", 0, nil, []uint16{47475}, nil},
		{"default taken", 0, []uint16{47475}, []uint16{47475, 0}, nil},
		{"all taken", 0, []uint16{47475, 0}, []uint16{47475, 0}, syscall.EADDRINUSE},
		{"wanted taken", 5000, []uint16{5000}, []uint16{5000}, syscall.EADDRINUSE},
	} {
		t.Run(test.name, func(t *testing.T) {
			socket, asked := open(test.taken...)
			e, err := Listen(Config{Key: newKey(t), Port: test.port, Socket: socket})
			if !errors.Is(err, test.err) {
				t.Errorf("error is %v", err)
			}
			if err == nil {
				if e.Port() == 0 {
					t.Error("no port")
				}
				e.Close()
			}
			if got := *asked; len(got) != len(test.asked) || got[len(got)-1] != test.asked[len(got)-1] {
				t.Errorf("asked for %d, not %d", got, test.asked)
			}
		})
	}
	if _, err := Listen(Config{}); err == nil {
		t.Error("an endpoint without a key")
	}
}

// On real sockets: whoever comes second gets another port.
func TestTwoEndpointsOfOneHost(t *testing.T) {
	one := endpointWith(t, Config{}, defaultBounds)
	two := endpointWith(t, Config{}, defaultBounds)
	if one.Port() == two.Port() || one.Port() == 0 || two.Port() == 0 {
		t.Errorf("ports are %d and %d", one.Port(), two.Port())
	}
	if _, err := Listen(Config{Key: newKey(t), Port: one.Port()}); !errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("error is %v", err)
	}
}

func TestCloseEndsEverything(t *testing.T) {
	silent, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	accept, _ := acceptor()
	dialled, accepted := pairWith(t, Config{Accept: accept}, Config{}, defaultBounds)
	e := dialled.endpoint
	pending := make(chan error, 1)
	go func() {
		_, err := e.Dial(context.Background(), addrPort(silent.LocalAddr()), accepted.endpoint.id)
		pending <- err
	}()
	half := strangerTo(t, e)
	eventually(t, "a dial and a half-open link", func() bool {
		e.mu.Lock()
		defer e.mu.Unlock()
		return e.held == 3
	})

	for range 2 {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}
	if err := dialled.Err(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("this side ended with %v", err)
	}
	within(t, accepted.Done())
	if end, ok := accepted.Err().(*CloseError); !ok || end.Code != Goodbye || !end.Peer {
		t.Errorf("the other side ended with %v", accepted.Err())
	}
	if err := within(t, pending); !errors.Is(err, net.ErrClosed) {
		t.Errorf("the dial ended with %v", err)
	}
	if _, err := e.Dial(context.Background(), loopback(accepted.endpoint), accepted.endpoint.id); !errors.Is(err, net.ErrClosed) {
		t.Errorf("dial after close: %v", err)
	}
	if got := half.end(t); got != Goodbye {
		t.Errorf("the half-open one ended with %s", got)
	}
	if got := e.Stats().Links; got != 0 {
		t.Errorf("%d links", got)
	}
}

func TestCloseWithoutRun(t *testing.T) {
	e, err := Listen(Config{Key: newKey(t)})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Close(); err != nil {
		t.Error(err)
	}
}

// A socket that breaks is replaced, on the same port. The other side's link of
// before is reset as soon as it is used, without waiting for its idle timeout:
// the same way as when a device was killed and started again.
func TestBrokenSocket(t *testing.T) {
	opened := make(chan net.PacketConn, 10)
	var fail, gaveUp atomic.Bool
	accept, links := acceptor()
	b := defaultBounds
	b.rebindPause = time.Hour
	to := endpointWith(t, Config{Accept: accept, Socket: func(port uint16) (net.PacketConn, error) {
		if fail.Load() || port == DefaultPort {
			gaveUp.Store(fail.Load() && port == 0) // the last that is tried
			return nil, errors.New("no network")
		}
		if port == 0 {
			// Below those that the system gives to others, who would take it while it
			// is closed.
			port = uint16(10_000 + rand.IntN(20_000))
		}
		c, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: int(port)})
		if err == nil {
			opened <- c
		}
		return c, err
	}}, b)
	e := endpointWith(t, Config{}, defaultBounds)
	l := dial(t, e, to)
	l.Send(wire.Probe{})
	accepted := within(t, links)
	port := to.Port()

	fail.Store(true)
	within(t, opened).Close()
	within(t, accepted.Done())
	if err := accepted.Err(); !errors.Is(err, ErrLost) {
		t.Errorf("this side ended with %v", err)
	}
	eventually(t, "the socket is missed", func() bool {
		_, err := to.Dial(t.Context(), loopback(e), e.id)
		return errors.Is(err, errBroken) && gaveUp.Load()
	})
	fail.Store(false)
	to.Rebind()
	within(t, opened)
	eventually(t, "the port is open again", func() bool { to.mu.Lock(); defer to.mu.Unlock(); return to.path != nil })
	if got := to.Port(); got != port {
		t.Errorf("port was %d and is %d", port, got)
	}
	l.Send(entries(0, 200)) // to a smaller packet QUIC gives no reset (RFC 9000 section 10.3.3)
	within(t, l.Done())
	if err := l.Err(); !errors.Is(err, ErrLost) {
		t.Errorf("the other side ended with %v", err)
	}
	dial(t, e, to).Send(wire.Probe{})
	within(t, links)
}

// failingSocket fails to send while errno is not zero.
type failingSocket struct {
	udpConn
	errno *atomic.Uintptr
}

func (s failingSocket) WriteMsgUDP(b, oob []byte, to *net.UDPAddr) (n, oobn int, err error) {
	if errno := syscall.Errno(s.errno.Load()); errno != 0 {
		return 0, 0, &net.OpError{Op: "write", Net: "udp", Err: os.NewSyscallError("sendmsg", errno)}
	}
	return s.udpConn.WriteMsgUDP(b, oob, to)
}

func (s failingSocket) WriteTo(b []byte, to net.Addr) (int, error) {
	n, _, err := s.WriteMsgUDP(b, nil, to.(*net.UDPAddr))
	return n, err
}

// A link lives on while nothing can be sent, as when a card is down, and ends
// when the socket says that it never will.
func TestSendingFails(t *testing.T) {
	for errno, survives := range map[syscall.Errno]bool{
		syscall.ENETUNREACH: true, syscall.EPERM: true, syscall.ENOBUFS: true,
		syscall.EINVAL: false, syscall.EBADF: false,
	} {
		t.Run(errno.Error(), func(t *testing.T) {
			var failure atomic.Uintptr
			dialled, accepted := pairWith(t, Config{Socket: func(port uint16) (net.PacketConn, error) {
				c, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: int(port)})
				return socket{failingSocket{c, &failure}}, err
			}}, Config{}, unbounded())
			failure.Store(uintptr(errno))
			dialled.Send(wire.Probe{Nonce: 1})
			if !survives {
				within(t, dialled.Done())
				if err := dialled.Err(); !errors.Is(err, ErrLost) {
					t.Errorf("ended with %v", err)
				}
				return
			}
			select {
			case <-dialled.Done():
				t.Fatal(dialled.Err())
			case <-time.After(200 * time.Millisecond):
			}
			failure.Store(0)
			if f, err := accepted.Receive(); err != nil || f.(wire.Probe).Nonce != 1 {
				t.Errorf("received %v, error %v", f, err)
			}
		})
	}
}

func TestForgivable(t *testing.T) {
	for _, err := range []error{io.EOF, net.ErrClosed, syscall.EMSGSIZE, syscall.EIO} { // quic-go has its own use for the last two
		if forgivable(&net.OpError{Op: "write", Net: "udp", Err: &os.SyscallError{Syscall: "sendmsg", Err: err}}) {
			t.Errorf("%v is forgiven", err)
		}
	}
}

func TestErrorsOfQUIC(t *testing.T) {
	for _, test := range []struct {
		err, want error
	}{
		{&quic.HandshakeTimeoutError{}, ErrNoAnswer},
		{&quic.IdleTimeoutError{}, ErrNoAnswer},
		{&quic.VersionNegotiationError{}, ErrForeign},
		{&quic.TransportError{Remote: true, ErrorCode: quic.ConnectionRefused}, chat.ErrRefused},
		{&quic.TransportError{Remote: true, ErrorCode: alertBadCertificate}, chat.ErrRefused},
		{&quic.TransportError{Remote: true, ErrorCode: 0x178}, ErrForeign},
		{&quic.TransportError{ErrorCode: 0x178}, ErrForeign},
		{quic.ErrTransportClosed, errBroken},
		{syscall.ENETUNREACH, syscall.ENETUNREACH},
	} {
		got := dialError(test.err)
		if !errors.Is(got, test.want) || errors.Is(got, net.ErrClosed) {
			t.Errorf("%v became %v", test.err, got)
		}
	}
}
