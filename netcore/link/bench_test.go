package link

import (
	"net"
	"runtime"
	"testing"

	"github.com/parlance-chat/parlance/netcore/wire"
)

// BenchmarkRoundTrip is a frame there and one back, over a link between two
// endpoints of this process; BenchmarkRawUDPRoundTrip is its yardstick.
func BenchmarkRoundTrip(b *testing.B) {
	dialled, accepted := pair(b)
	go func() {
		for {
			f, err := accepted.Receive()
			if err != nil {
				return
			}
			accepted.Send(wire.Probe{Nonce: f.(wire.Probe).Nonce, Answer: true})
		}
	}()
	for b.Loop() {
		dialled.Send(wire.Probe{Nonce: 1})
		if _, err := dialled.Receive(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRawUDPRoundTrip(b *testing.B) {
	open := func() *net.UDPConn {
		c, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { c.Close() })
		return c
	}
	here, there := open(), open()
	go func() {
		buf := make([]byte, 2048)
		for {
			n, from, err := there.ReadFromUDPAddrPort(buf)
			if err != nil {
				return
			}
			there.WriteToUDPAddrPort(buf[:n], from)
		}
	}()
	to := there.LocalAddr().(*net.UDPAddr).AddrPort()
	buf := make([]byte, 2048)
	for b.Loop() {
		here.WriteToUDPAddrPort(buf[:64], to)
		if _, _, err := here.ReadFromUDPAddrPort(buf); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkThroughput moves frames of one entry of 200 bytes each.
func BenchmarkThroughput(b *testing.B) {
	dialled, accepted := pair(b)
	frame := wire.Entries{Raw: [][]byte{make([]byte, 200)}}
	b.SetBytes(200)
	done := make(chan error, 1)
	go func() {
		for range b.N {
			if _, err := accepted.Receive(); err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	b.ResetTimer()
	for range b.N {
		sendWaiting(b, dialled, frame)
	}
	if err := <-done; err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "frames/s")
}

// BenchmarkHandshake opens a link and closes it, both sides' work.
func BenchmarkHandshake(b *testing.B) {
	bounds := defaultBounds
	bounds.handshakeRate, bounds.totalRate = 1e6, 1e6
	accept, links := acceptor()
	to := endpointWith(b, Config{Accept: accept}, bounds)
	from := endpointWith(b, Config{}, bounds)
	for b.Loop() {
		l := dial(b, from, to)
		l.Send(wire.Probe{})
		within(b, links)
		l.Close(Idle, "")
	}
}

// BenchmarkIdleLinks prints what a link costs that does nothing; both of its
// ends are in this process.
func BenchmarkIdleLinks(b *testing.B) {
	const links = 50
	bounds := defaultBounds
	bounds.handshakeRate, bounds.totalRate = 1000, 1000
	accepted := make(chan *Link, links)
	server := endpointWith(b, Config{Accept: func(l *Link) { accepted <- l; l.Receive(); l.Receive() }}, bounds)
	var clients []*Endpoint
	for range links {
		clients = append(clients, endpointWith(b, Config{}, bounds))
	}
	for b.Loop() {
		before, goroutines := memory(), runtime.NumGoroutine()
		var ends []*Link
		for _, c := range clients {
			l := dial(b, c, server)
			l.Send(wire.Probe{})
			ends = append(ends, l, within(b, accepted))
		}
		b.ReportMetric(float64(memory()-before)/float64(len(ends)), "B/end")
		b.ReportMetric(float64(runtime.NumGoroutine()-goroutines)/float64(len(ends)), "goroutines/end")
		for _, l := range ends {
			l.Close(Idle, "")
		}
	}
}

func memory() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapInuse + m.StackInuse
}
