package room

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/netlab/tutorial"
	"github.com/parlance-chat/parlance/netcore/room/dial"
)

// kindOf returns how the server of the only room is spoken to.
func (b *bench) kindOf() string {
	b.t.Helper()
	rooms := b.Rooms()
	if len(rooms) == 0 {
		b.t.Fatal("no room")
	}
	scheme, _, _ := strings.Cut(rooms[0].Server, "://")
	return scheme
}

// TestDiscover joins servers of each kind without being told which it is, and then
// again by what was kept.
func TestDiscover(t *testing.T) {
	plain := newFake(t, fakeCaps, nil)
	cert := &certified{cert: selfSigned(t)}
	secure := newFake(t, fakeCaps, cert.greet)
	_, broadcast := tutorial.Serve(t, "broadcast_server")
	_, addressed := tutorial.Serve(t, "addressed_server")
	pair, paired := tutorial.Serve(t, "paired_server") // takes one guest, ever
	const here = "127.0.0.1:"
	for address, want := range map[string]string{
		plain.address() + "/#room": "irc", secure.address() + "/room": "ircs", here + broadcast: "tcp+broadcast",
		here + addressed: "tcp+addressed", here + paired: "tcp+paired",
	} {
		t.Run(want, func(t *testing.T) {
			b := newBench(t)
			id := b.join(address)
			if got := b.kindOf(); got != want || !b.status(id).Joined {
				t.Fatalf("taken for %s: %+v", got, b.Rooms())
			}
			if want == "tcp+paired" {
				pair.Prints("got Ada")
				b.send(id, "how are you?")
				pair.Prints("got how are you?")
				return
			}
			if err := b.Leave(t.Context(), id); err != nil {
				t.Fatal(err)
			}
			host, _, _ := strings.Cut(address, "/")
			settings, err := b.store.Settings(t.Context())
			if kind := settings["room/kind/"+host]; err != nil || kind != want {
				t.Errorf("kept %s, %v", kind, err)
			}
		})
	}
}

// TestDiscoverNothing: who does not answer, or not in a known way, is no server; and
// one that had TLS is not joined without.
func TestDiscoverNothing(t *testing.T) {
	b := newBench(t)
	for says, greeting := range map[string]string{"HTTP/1.1 400 Bad Request\r\n\r\n": "", "500 unrecognized command\r\n": "220 mail.example ESMTP\r\n"} {
		other := hostile(t, func(conn net.Conn) {
			conn.Write([]byte(greeting))
			for range 2 {
				conn.Read(make([]byte, 100))
				conn.Write([]byte(says))
			}
		})
		if _, err := b.Join(t.Context(), other+"/#room", Options{}); !errors.Is(err, dial.ErrKind) || !strings.Contains(err.Error(), "choose its kind") {
			t.Errorf("%q: %v", says, err)
		}
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	free.Close()
	if _, err := b.Join(t.Context(), free.Addr().String(), Options{}); err == nil || !strings.Contains(err.Error(), "nothing listens there") {
		t.Errorf("nobody: %v", err)
	}
	open := newFake(t, fakeCaps, nil).address()
	for _, o := range []Options{{Password: "x"}, {Account: "ada", Secret: "x"}} {
		if _, err := b.Join(t.Context(), open+"/#room", o); !errors.Is(err, chat.ErrRefused) || !strings.Contains(err.Error(), "irc://"+open) {
			t.Errorf("a secret for a server without encryption: %v", err)
		}
	}
	for _, bad := range []string{"no such/#room", "host:99999"} {
		if _, err := b.Join(t.Context(), bad, Options{}); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("unknown address %q", bad)) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	cert := &certified{cert: selfSigned(t)}
	f := newFake(t, fakeCaps, cert.greet)
	address := f.address()
	b.join(address + "/#room")
	f.kill()
	other, err := net.Listen("tcp", address) // somebody took its place
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan struct{})
	go func() {
		defer close(served)
		for {
			conn, err := other.Accept()
			if err != nil {
				return
			}
			conn.Read(make([]byte, 100))
			conn.Write([]byte("ERROR :what?\r\n"))
			conn.Close()
		}
	}()
	t.Cleanup(func() { other.Close(); <-served })
	id := b.Rooms()[0].ID
	if err := b.Leave(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Join(t.Context(), address+"/#room", Options{}); err == nil || !strings.Contains(err.Error(), "speaks no TLS") {
		t.Errorf("without TLS: %v", err)
	}
}

// TestDiscoverWithoutPort: where encryption does not answer the server is joined
// without, unless one of the same host had it before: then somebody may be taking
// it away.
func TestDiscoverWithoutPort(t *testing.T) {
	const host = "127.47.74.1"
	open := newFakeAt(t, host+":6667", fakeCaps, nil)
	secure := newFakeAt(t, host+":0", fakeCaps, (&certified{cert: selfSigned(t)}).greet)
	b := newBench(t)
	id := b.join(host + "/#room")
	if st := b.status(id); st.Secure || st.Server != "irc://"+open.address() {
		t.Errorf("%+v", st)
	}
	if err := b.Leave(t.Context(), id); err != nil {
		t.Fatal(err)
	}

	b = newBench(t)
	id = b.join("ircs://" + secure.address() + "/#room")
	if err := b.Leave(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	_, err := b.Join(t.Context(), host+"/#room", Options{})
	if !errors.Is(err, chat.ErrRefused) || len(b.Rooms()) != 0 {
		t.Fatalf("%v, %+v", err, b.Rooms())
	}
	for _, want := range []string{"ircs://" + secure.address(), "nothing listens there", "join irc://" + open.address() + "/#room"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in: %v", want, err)
		}
	}
	if id := b.join("irc://" + host + "/#room"); b.status(id).Secure { // who says so may
		t.Errorf("%+v", b.status(id))
	}
}
