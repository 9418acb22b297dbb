package room

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/parlance-chat/parlance/netcore/chat"
	"github.com/parlance-chat/parlance/netcore/netlab/tutorial"
	"github.com/parlance-chat/parlance/netcore/room/dial"
)

// TestBroadcast: with the server and a client as a tutorial has them.
func TestBroadcast(t *testing.T) {
	_, port := tutorial.Serve(t, "broadcast_server")
	address := "127.0.0.1:" + port
	b := newBench(t)
	id := b.join("tcp+broadcast://" + address)
	other := tutorial.Start(t, "broadcast_client", port)
	other.Prints("ready")
	other.Types("hello all")
	other.Prints("got hello all")
	b.holds(id, address+": hello all")
	b.send(id, "hello you, Grüße 😀")
	other.Prints("got hello you, Grüße 😀")
	b.holds(id, address+": hello all", "own delivered: hello you, Grüße 😀")
	if st := b.status(id); st.Secure || st.Kind != dial.Broadcast || !st.Joined {
		t.Errorf("%+v", st)
	}
	// Nothing says where a message ends but 2,048 bytes and silence.
	other.Types(strings.Repeat("long ", 1000))
	b.until("all of a long text", func() bool {
		var all strings.Builder
		for _, text := range b.held(id)[2:] {
			text = strings.TrimPrefix(text, address+": ")
			if len(text) > 2048 {
				t.Fatalf("%d bytes at once", len(text))
			}
			all.WriteString(text)
		}
		return strings.Count(all.String(), "long") == 1000
	})
	b.end()
	b.open()
	b.until("again", func() bool { return len(b.Rooms()) == 1 && b.status(id).Joined })
	if err := b.Leave(t.Context(), id); err != nil || len(b.Rooms()) != 0 {
		t.Errorf("%v, %+v", err, b.Rooms())
	}
}

// TestAddressed: the same with names; the server knows them in lower case.
func TestAddressed(t *testing.T) {
	_, port := tutorial.Serve(t, "addressed_server")
	address := "127.0.0.1:" + port
	b := newBench(t)
	id := b.join("tcp+addressed://" + address)
	b.until("two words of the server's", func() bool { return len(b.held(id)) == 2 })
	held := b.held(id)
	if !strings.HasPrefix(held[0], address+": You are connected from:") || held[1] != address+": Your user detail saved as : ada" {
		t.Errorf("%q", held)
	}
	other := tutorial.Start(t, "addressed_client", port)
	if line := other.Line(); !strings.HasPrefix(line, "got You are connected from:") {
		t.Fatalf("greeted with %q", line)
	}
	other.Types("#Tom")
	other.Prints("got Your user detail saved as : tom")
	if _, err := b.Send(t.Context(), id, "hello"); !errors.Is(err, chat.ErrText) {
		t.Errorf("to nobody: %v", err)
	}
	b.send(id, "@tom:hello Tom: how are you?")
	other.Prints("got hello Tom: how are you?")
	other.Types("@ada:fine")
	b.holds(id, append(held, "own sent: @tom:hello Tom: how are you?", address+": fine")...)
}

// TestPaired: the same with one other side.
func TestPaired(t *testing.T) {
	server, port := tutorial.Serve(t, "paired_server")
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	b := newBench(t)
	id := b.join("tcp+paired://127.0.0.1:" + port)
	server.Prints("got Ada")
	if st := b.status(id); st.Network != host {
		t.Errorf("%+v", st)
	}
	b.send(id, "how are you?")
	server.Prints("got how are you?")
	server.Types("fine, and you?")
	b.holds(id, "own sent: how are you?", fmt.Sprintf("%s: fine, and you?", host))
	if _, err := b.Command(t.Context(), id, "/nick x"); !errors.Is(err, chat.ErrRefused) {
		t.Errorf("a command: %v", err)
	}
}
