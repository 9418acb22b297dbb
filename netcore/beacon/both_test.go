package beacon

import (
	"net"
	"testing"
	"time"
)

func TestSendFromBoth(t *testing.T) {
	port := freePort(t)
	b := start(t, port, loopback(t))
	asker, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer asker.Close()
	if err := b.SendFromBoth([]byte("here"), asker.LocalAddr().(*net.UDPAddr).AddrPort()); err != nil {
		t.Fatal(err)
	}
	if err := asker.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	from := map[uint16]bool{}
	for range 2 {
		_, at, err := asker.ReadFromUDPAddrPort(make([]byte, 9))
		if err != nil {
			t.Fatal(err)
		}
		from[at.Port()] = true
	}
	if !from[port] || len(from) != 2 {
		t.Errorf("it came from ports %v, want %d and one more", from, port)
	}
}
