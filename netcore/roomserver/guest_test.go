package roomserver

import (
	"bufio"
	"io"
	"net"
	"os/exec"
	"strings"
	"testing"

	"github.com/parlance-chat/parlance/netcore/roomserver/plain"
)

// Clients as tutorials write them, each of the plainest kind: a thread (or
// select) that prints what recv brings, and a loop that sends what is typed. No
// newline is sent and none is expected.

const broadcastClient = `
import socket, sys, threading
s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
s.connect(("127.0.0.1", int(sys.argv[1])))
def listen():
    while True:
        data = s.recv(4096)
        if not data:
            print("disconnected", flush=True)
            return
        print("got", data.decode().rstrip(), flush=True)
threading.Thread(target=listen, daemon=True).start()
print("ready", flush=True)
for line in sys.stdin:
    s.send(line.rstrip("\n").encode())
`

const addressedClient = `
import socket, select, sys
s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
s.connect(("127.0.0.1", int(sys.argv[1])))
print("got", s.recv(2048).decode().rstrip(), flush=True)   # the greeting comes first
while True:
    for r in select.select([sys.stdin, s], [], [])[0]:
        if r is s:
            data = s.recv(2048)
            if not data:
                sys.exit()
            print("got", data.decode().rstrip(), flush=True)
        else:
            line = sys.stdin.readline()
            if not line:
                sys.exit()
            s.send(line.rstrip("\n").encode())
`

const pairedClient = `
import socket, sys, threading
s = socket.socket()
s.connect(("127.0.0.1", int(sys.argv[1])))
s.send(sys.argv[2].encode())
name = s.recv(1024).decode().rstrip()
print("got", name, flush=True)
def listen():
    while True:
        message = s.recv(1024)
        if not message:
            return
        print("got", message.decode().rstrip(), flush=True)
threading.Thread(target=listen, daemon=True).start()
for line in sys.stdin:
    s.send(line.rstrip("\n").encode())
`

// program is a running Python client.
type program struct {
	t   *testing.T
	in  io.Writer
	out *bufio.Reader
}

func python(t *testing.T, source string, w *world, port int, args ...string) *program {
	t.Helper()
	var address net.Addr
	for _, l := range w.listeners {
		if l.port != nil {
			if port == 0 {
				address = l.Addr()
			}
			port--
		}
	}
	_, number, err := net.SplitHostPort(address.String())
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("python3", append([]string{"-c", source, number}, args...)...)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	return &program{t, in, bufio.NewReader(out)}
}

func (p *program) types(line string) {
	p.t.Helper()
	if _, err := io.WriteString(p.in, line+"\n"); err != nil {
		p.t.Fatal(err)
	}
}

func (p *program) prints(want string) {
	p.t.Helper()
	line, err := p.out.ReadString('\n')
	if got := strings.TrimSuffix(line, "\n"); err != nil || got != want {
		p.t.Fatalf("printed %q, %v; want %q", got, err, want)
	}
}

// inRoom waits until the room has so many members.
func (c *client) inRoom(want int) {
	c.t.Helper()
	wait(c.t, "all are in the room", func() bool {
		c.send("NAMES #lobby")
		names := c.expect(" 353 ")
		return len(strings.Fields(names[strings.LastIndex(names, ":")+1:])) == want
	})
}

func TestBroadcastClients(t *testing.T) {
	w := start(t, Config{Plain: []Plain{{Dialect: plain.Broadcast, Address: "127.0.0.1:0"}}})
	ann := w.join("ann", "#lobby")
	one, two := python(t, broadcastClient, w, 0), python(t, broadcastClient, w, 0)
	one.prints("ready")
	two.prints("ready")
	ann.inRoom(3)
	one.types("Zoë: hello all")
	one.prints("got Zoë: hello all") // the sender too
	two.prints("got Zoë: hello all")
	if line := ann.expect("PRIVMSG"); !strings.Contains(line, "!plain@127.0.0.1 PRIVMSG #lobby :Zoë: hello all") {
		t.Errorf("in the room: %q", line)
	}
	ann.send("PRIVMSG #lobby :hello yourself")
	one.prints("got ann: hello yourself")
	two.prints("got ann: hello yourself")
	w.stop()
	one.prints("disconnected")
}

func TestAddressedClients(t *testing.T) {
	w := start(t, Config{Password: "secret", Plain: []Plain{{Dialect: plain.Addressed, Address: "127.0.0.1:0", Room: "#lobby"}}})
	ann := dial(t, w.address())
	ann.send("PASS secret")
	ann.enter("ann", "#lobby")
	one, two := python(t, addressedClient, w, 0), python(t, addressedClient, w, 0)
	for p, name := range map[*program]string{one: "tom", two: "kim"} {
		line, err := p.out.ReadString('\n')
		if err != nil || !strings.HasPrefix(line, "got You are connected from:127.0.0.1:") {
			t.Fatalf("greeted with %q, %v", line, err)
		}
		p.types("#" + name)
		p.prints("got Your user detail saved as : " + name)
	}
	ann.inRoom(3)
	one.types("@KIM:hello kim")
	two.prints("got hello kim")
	two.types("@ann:are you there?")
	ann.expect(":kim!plain@127.0.0.1 PRIVMSG ann :are you there?")
	ann.send("PRIVMSG kim :yes: here")
	two.prints("got ann: yes: here")
	two.types("hello room")
	ann.expect(":kim!plain@127.0.0.1 PRIVMSG #lobby :hello room")
	one.prints("got hello room")
	one.types("@nobody:hello")
	one.prints("got Not sent: No such nick/channel")
}

func TestPairedClient(t *testing.T) {
	w := start(t, Config{Name: "home.lan", Plain: []Plain{{Dialect: plain.Paired, Address: "127.0.0.1:0"}}})
	ann := w.join("ann", "#lobby")
	tom := python(t, pairedClient, w, 0, "Tom Sawyer")
	tom.prints("got home.lan")
	ann.inRoom(2)
	tom.types("hi there")
	ann.expect(":Tom_Sawyer!plain@127.0.0.1 PRIVMSG #lobby :hi there")
	ann.send("PRIVMSG #lobby :hi Tom")
	tom.prints("got ann: hi Tom")
	second := python(t, pairedClient, w, 0, "Tom Sawyer")
	second.prints("got home.lan")
	ann.inRoom(3)
	second.types("another one")
	tom.prints("got Tom_Sawyer3: another one")
}

func TestParsePlain(t *testing.T) {
	got, err := ParsePlain("addressed=:12345,#plain")
	if want := (Plain{plain.Addressed, ":12345", "#plain"}); got != want || err != nil {
		t.Errorf("got %v, %v", got, err)
	}
	got, err = ParsePlain("paired=[::1]:8080")
	if want := (Plain{plain.Paired, "[::1]:8080", DefaultRoom}); got != want || err != nil {
		t.Errorf("got %v, %v", got, err)
	}
	for _, bad := range []string{"", "broadcast", "irc=:1", "paired=:1,room", "paired=:1,#a b"} {
		if got, err := ParsePlain(bad); err == nil {
			t.Errorf("%q is %v", bad, got)
		}
	}
}
