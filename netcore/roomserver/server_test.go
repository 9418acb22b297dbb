package roomserver

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/parlance-chat/parlance/netcore/irc"
)

var historyCaps = []string{"echo-message", "server-time", "message-tags", "batch", "draft/chathistory"}

// TestTalk: two talk, and a restart loses nothing.
func TestTalk(t *testing.T) {
	w := start(t, Config{})
	ann := w.join("ann", "#room", historyCaps...)
	bob := w.join("bob", "#room")
	for n := range 20 {
		ann.send(fmt.Sprintf("PRIVMSG #room :hello %d", n))
		ann.expect(fmt.Sprintf("PRIVMSG #room :hello %d", n))
		if line := bob.expect("PRIVMSG"); line != fmt.Sprintf(":ann!ann@127.0.0.1 PRIVMSG #room :hello %d", n) {
			t.Fatalf("bob got %q", line)
		}
	}
	bob.send("PRIVMSG ann :psst")
	ann.expect(":bob!bob@127.0.0.1 PRIVMSG ann :psst")
	bob.send("QUIT :bye")
	ann.expect(":bob!bob@127.0.0.1 QUIT")
	w.end()
	if rest := ann.rest(); !strings.Contains(rest, "ERROR :Server shutting down") {
		t.Errorf("at the end ann is told %q", rest)
	}

	w = start(t, w.cfg)
	cat := w.join("cat", "#room", historyCaps...)
	cat.send("CHATHISTORY LATEST #room * 100")
	for n := range 20 {
		if line := cat.expect("PRIVMSG"); !strings.Contains(line, fmt.Sprintf(":ann!ann@127.0.0.1 PRIVMSG #room :hello %d", n)) {
			t.Fatalf("history: %q", line)
		}
	}
	cat.expect("BATCH -")
	cat.send("NAMES #room")
	if line := cat.expect(" 353 "); !strings.HasSuffix(line, ":@cat") {
		t.Errorf("after the restart in the room: %q", line)
	}
}

// TestRedactedIsGone: who asks right after a redaction does not get the message.
func TestRedactedIsGone(t *testing.T) {
	w := start(t, Config{})
	ann := w.join("ann", "#room", append(historyCaps, "draft/message-redaction")...)
	for range 20 {
		ann.send("PRIVMSG #room :a slip")
		line := ann.expect("PRIVMSG #room :a slip")
		_, id, _ := strings.Cut(line, "msgid=")
		id, _, _ = strings.Cut(id, " ")
		id, _, _ = strings.Cut(id, ";")
		ann.send("REDACT #room " + id)
		ann.expect("REDACT #room " + id)
		ann.send("CHATHISTORY LATEST #room * 10")
		ann.expect("BATCH +")
		if line := ann.line(); strings.Contains(line, "a slip") {
			t.Fatalf("still there: %q", line)
		}
	}
}

// TestBadInput sends what no client would; the server lives, and others are
// served as ever.
func TestBadInput(t *testing.T) {
	w := start(t, Config{Limits: Limits{Rate: 1e6}})
	bob := w.join("bob", "#room")
	random := make([]byte, 200_000)
	rand.Read(random)
	long := strings.Repeat("x", 1<<20)
	tests := []struct {
		name, input, want string
	}{
		{"1 MB without newline", "PRIVMSG #room :" + long + "\r\nPING :after\r\n", " 417 "},
		{"a little too long", "PRIVMSG #room :" + long[:500] + "\r\nPING :after\r\n", " 417 "},
		{"tag bomb", "@" + strings.Repeat("a=b;", 1500) + "c=d PRIVMSG #room :x\r\nPING :after\r\n", " 417 "},
		{"many tags", "@" + strings.Repeat("a;", 2000) + " PRIVMSG #room :many tags\r\nPING :after\r\n", "PONG"},
		{"NUL", "PRIVMSG #room :a\x00b\r\nPING :after\r\n", "PONG"},
		{"carriage return", "PRIVMSG #room :a\rQUIT\r\nPING :after\r\n", "PONG"},
		{"invalid UTF-8", "PRIVMSG #room :\xff\xfe\r\nPING :after\r\n", "INVALID_UTF8"},
		{"empty lines", "\r\n\n\n \r\nPING :after\r\n", "PONG"},
		{"no carriage return", "PING :after\n", "PONG"},
		{"only spaces and colons", ": : :\r\n::::\r\n@ \r\nPING :after\r\n", "PONG"},
		{"garbage", string(random) + "\r\nPING :after\r\n", "PONG"},
	}
	for i, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			bad := w.join(fmt.Sprint("bad", i), "#room")
			bad.t = t
			go io.WriteString(bad, tt.input)
			bad.expect(tt.want)
			if tt.want != "PONG" {
				bad.expect("PONG parlance.local :after")
			}
			bad.send("QUIT")
			bad.rest()
			for line := bob.line(); !strings.HasPrefix(line, fmt.Sprintf(":bad%d!bad%d@127.0.0.1 QUIT", i, i)); line = bob.line() {
				if line == "" || strings.ContainsAny(line, "\x00\r") || !utf8.ValidString(line) || len(line) > irc.MaxLine-2 {
					t.Errorf("bob got %q", line)
				}
				if strings.Contains(line, "PRIVMSG") && tt.name != "many tags" {
					t.Errorf("bob got what should have been refused: %q", line)
				}
			}
		})
	}
	// Garbage from the first byte on, and ends in the middle.
	for range 20 {
		c := dial(t, w.address())
		c.Write(random[:10_000])
		c.Close()
	}
	bob.sync()
	wait(t, "garbage is gone", func() bool { return w.conns.count() == 1 })
}

// TestSlowReader: one that does not read is closed with the reason; memory is
// bounded and others are not held up.
func TestSlowReader(t *testing.T) {
	w := start(t, Config{Limits: Limits{SendQueue: 200_000, Rate: 1e6}})
	ann := w.join("ann", "#room", "echo-message")
	w.join("slow", "#room") // and reads nothing more
	ann.expect(":slow!slow@127.0.0.1 JOIN")
	text := strings.Repeat("x", 400)
	for n := 0; ; n++ {
		ann.send("PRIVMSG #room :" + text)
		if line := ann.line(); strings.HasPrefix(line, ":slow!") {
			if !strings.Contains(line, "QUIT :Send queue of 200000 bytes exceeded") {
				t.Errorf("slow left: %q", line)
			}
			break
		}
		if n > 200_000 {
			t.Fatal("80 MB later slow is still there")
		}
	}
	if got := w.metrics.slow.Load(); got != 1 {
		t.Errorf("%d slow clients are counted", got)
	}
}

// TestHalfOpen: who answers no ping is closed.
func TestHalfOpen(t *testing.T) {
	w := start(t, Config{Limits: Limits{Ping: time.Second}})
	ann := w.join("ann", "#room")
	quits := make(chan string, 1)
	go func() { // answers pings from now on, however long the other takes to join
		defer close(quits)
		for line := ann.line(); line != ""; line = ann.line() {
			if strings.Contains(line, "QUIT") {
				quits <- line
				return
			}
		}
	}()
	dead := w.join("dead", "#room")
	if line := <-quits; !strings.Contains(line, ":dead!dead@127.0.0.1 QUIT :Ping timeout") {
		t.Errorf("got %q", line)
	}
	dead.SetReadDeadline(time.Now().Add(patience))
	if text, _ := io.ReadAll(dead.Conn); !bytes.Contains(text, []byte("PING")) || !bytes.Contains(text, []byte("ERROR :Closing Link")) {
		t.Errorf("dead was told %q", text)
	}
}

func TestLimits(t *testing.T) {
	exempt := []netip.Prefix{netip.MustParsePrefix("127.0.0.2/32")}
	w := start(t, Config{Listen: []string{"127.0.0.1:0", "127.0.0.2:0"}, Limits: Limits{PerAddress: 3, Clients: 5}})
	var all []*client
	for n := range 3 {
		all = append(all, w.join(fmt.Sprint("c", n), ""))
	}
	refused := func(reason string) {
		t.Helper()
		if rest := dial(t, w.address()).rest(); !strings.Contains(rest, reason) {
			t.Errorf("told %q, want %q", rest, reason)
		}
	}
	refused("too many connections from your address")
	all[0].send("QUIT")
	all[0].rest()
	wait(t, "one left", func() bool { return w.conns.count() == 2 })
	all[0] = w.join("again", "")

	limits := *w.limits.Load()
	limits.Exempt = append(exempt, netip.MustParsePrefix("127.0.0.1/32"))
	w.limits.Store(&limits)
	w.join("c4", "")
	w.join("c5", "")
	refused("the server is full")
	if got := w.metrics.turnedAway.Load(); got != 2 {
		t.Errorf("%d turned away are counted", got)
	}
}

// TestFlood: a client that floods is read at its rate, and the one beside it at
// once.
func TestFlood(t *testing.T) {
	w := start(t, Config{Limits: Limits{Rate: 10}})
	told := dial(t, w.address())
	told.send("NICK cat\r\nUSER cat 0 * :cat")
	told.expect(" MSGRATE=10:100 ")
	ann, bob := w.join("ann", "#room"), w.join("bob", "#room")
	begin := time.Now()
	var lines strings.Builder
	for n := range 130 {
		fmt.Fprintf(&lines, "PRIVMSG #room :flood %d\r\n", n)
	}
	io.WriteString(ann, lines.String())
	bob.sync()
	for n := range 130 {
		if line := bob.expect("flood"); !strings.HasSuffix(line, fmt.Sprintf(":flood %d", n)) {
			t.Fatalf("got %q, want %d", line, n)
		}
	}
	// 100 at once, and 3 for the registration of them; the others in 3 seconds.
	if took := time.Since(begin); took < 2500*time.Millisecond {
		t.Errorf("130 messages at 10 a second took %v", took)
	}
}

// TestSpareTLS: a port for TLS that was not asked for may be another program's.
func TestSpareTLS(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	cfg := Config{Data: t.TempDir(), Listen: []string{"127.0.0.1:0"}, TLSListen: []string{taken.Addr().String()}}
	if s, err := New(t.Context(), cfg); err == nil {
		s.close()
		t.Error("a taken port that was asked for is no error")
	}
	cfg.TLSSpare = true
	w := start(t, cfg)
	if bare, secure := w.Addresses(); len(bare) != 1 || len(secure) != 0 {
		t.Errorf("listens at %v, with TLS at %v", bare, secure)
	}
	w.join("ann", "#room")
	cfg.Listen, cfg.Data = nil, t.TempDir()
	if s, err := New(t.Context(), cfg); err == nil {
		s.close()
		t.Error("a server that nobody can reach is no error")
	}
}

// TestConnectionFlood: connections without end are turned away with the reason,
// leave nothing behind, and hold up nobody.
func TestConnectionFlood(t *testing.T) {
	w := start(t, Config{Limits: Limits{PerAddress: 20}})
	ann := w.join("ann", "#room")
	const flood = 500
	var served, refused atomic.Int64
	var all sync.WaitGroup
	release := make(chan struct{})
	for range flood {
		all.Go(func() {
			conn, err := net.Dial("tcp", w.address())
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			conn.SetDeadline(time.Now().Add(patience))
			io.WriteString(conn, "PING :x\r\n")
			line, _ := bufio.NewReader(conn).ReadString('\n')
			if strings.Contains(line, "PONG") {
				served.Add(1)
				<-release
				return
			}
			refused.Add(1) // with the reason, if it came before the reset that our PING brought
			if line != "" && !strings.Contains(line, "too many connections from your address") {
				t.Errorf("told %q", line)
			}
		})
	}
	wait(t, "all are served or turned away", func() bool { return served.Load()+refused.Load() == flood })
	ann.sync()
	if served.Load() != 19 {
		t.Errorf("%d of a flood are served beside ann, the limit is 20", served.Load())
	}
	close(release)
	all.Wait()
	wait(t, "only ann is left", func() bool { return w.conns.count() == 1 })
	w.join("bob", "#room")
	ann.expect("bob!bob@127.0.0.1 JOIN")
}

func TestPrivate(t *testing.T) {
	for address, want := range map[string]bool{
		"127.0.0.1": true, "10.1.2.3": true, "192.168.1.1": true, "172.31.0.1": true, "169.254.3.4": true, "100.64.0.9": true,
		"::1": true, "fe80::1": true, "fd00::1": true,
		"8.8.8.8": false, "172.32.0.1": false, "2001:db8::1": false, "100.128.0.1": false,
	} {
		if got := private(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s: private %v", address, got)
		}
	}
	s := &Server{cfg: Config{}}
	s.limits.Store(&Limits{Clients: 1, PerAddress: 1})
	s.conns.init()
	c := &conn{addr: netip.MustParseAddrPort("8.8.8.8:1")}
	if err := s.admit(c); err != errPublic {
		t.Errorf("a public address: %v", err)
	}
	s.cfg.Public = true
	if err := s.admit(c); err != nil {
		t.Errorf("a public address, allowed: %v", err)
	}
	a, b := group(netip.MustParseAddr("2001:db8::1")), group(netip.MustParseAddr("2001:db8::2:1"))
	if a != b || a == group(netip.MustParseAddr("2001:db8:0:1::1")) {
		t.Error("a /64 is one address")
	}
}

func TestTLS(t *testing.T) {
	w := start(t, Config{TLSListen: []string{"127.0.0.1:0"}})
	_, secure := w.Addresses()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "ann"}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	own := tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
	seen := ""
	config := &tls.Config{
		InsecureSkipVerify: true, Certificates: []tls.Certificate{own},
		VerifyConnection: func(state tls.ConnectionState) error {
			sum := sha256.Sum256(state.PeerCertificates[0].Raw)
			seen = strings.ReplaceAll(fmt.Sprintf("% X", sum), " ", ":")
			return nil
		},
	}
	ann := dialTLS(t, secure[0].String(), config)
	ann.enter("ann", "#room", "sasl")
	bob := w.join("bob", "#room")
	for n := range 100 {
		ann.send(fmt.Sprint("PRIVMSG #room :secret ", n))
		bob.expect(fmt.Sprint("PRIVMSG #room :secret ", n))
	}
	if seen != w.Fingerprint() {
		t.Errorf("the certificate is %s, said to be %s", seen, w.Fingerprint())
	}
	ann.send("WHOIS ann")
	if line := ann.expect(" 276 "); !strings.Contains(line, fingerprint(der)) {
		t.Errorf("certificate of ann: %q", line)
	}
	if _, err := tls.Dial("tcp", secure[0].String(), &tls.Config{InsecureSkipVerify: true, MaxVersion: tls.VersionTLS11}); err == nil {
		t.Error("TLS 1.1 is served")
	}

	// The same certificate after a restart; another one after a reload.
	w.end()
	w = start(t, w.cfg)
	if seen != w.Fingerprint() {
		t.Error("another certificate after the restart")
	}
	for _, name := range []string{"certificate.pem", "certificate.key"} {
		if err := os.Remove(filepath.Join(w.cfg.Data, name)); err != nil {
			t.Fatal(err)
		}
	}
	before := seen
	w.Reload()
	_, secure = w.Addresses()
	dialTLS(t, secure[0].String(), config).enter("ann", "")
	if seen == before || seen != w.Fingerprint() {
		t.Errorf("after the reload the certificate is %s, was %s", seen, before)
	}
}

func TestReload(t *testing.T) {
	motd := filepath.Join(t.TempDir(), "motd")
	write := func(text string) {
		if err := os.WriteFile(motd, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("first\n")
	cfg := Config{MOTD: motd, Opers: map[string]string{"root": HashPassword("let me in")}}
	fresh := cfg
	cfg.Reload = func() (Config, error) { return fresh, nil }
	w := start(t, cfg)
	ann := w.join("ann", "")
	ann.expect(":- first")
	write("second\r\n\x00third")
	fresh.Limits.PerAddress = 1
	w.Reload()
	ann.send("MOTD")
	ann.expect(":- second")
	ann.expect(":- third")
	if rest := dial(t, w.address()).rest(); !strings.Contains(rest, "too many") {
		t.Errorf("the new limit does not hold: %q", rest)
	}

	ann.send("OPER root wrong")
	ann.expect(" 464 ")
	ann.send("OPER root :let me in")
	ann.expect(" 381 ")
	write("fourth")
	ann.send("REHASH")
	ann.expect("was read again")
	ann.send("MOTD")
	ann.expect(":- fourth")
	if err := os.Remove(motd); err != nil {
		t.Fatal(err)
	}
	ann.send("REHASH")
	ann.expect("could not be read")
	ann.send("MOTD")
	ann.expect(":- fourth")
}

func TestMetrics(t *testing.T) {
	w := start(t, Config{Metrics: "127.0.0.1:0"})
	ann := w.join("ann", "#room", "echo-message")
	ann.send("PRIVMSG #room :hi")
	ann.expect("PRIVMSG")
	answer, err := http.Get("http://" + w.metricsListener.Addr().String() + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	defer http.DefaultClient.CloseIdleConnections()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"parlance_room_clients 1\n", "# TYPE parlance_room_lines_in_total counter\nparlance_room_lines_in_total 6\n",
		"parlance_room_appends_total 3\n", "parlance_room_refused_total 0\n"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

func TestPasswords(t *testing.T) {
	hash := HashPassword("correct horse")
	for password, want := range map[string]bool{"correct horse": true, "correct hors": false, "": false} {
		if ok, err := CheckPassword(password, hash); ok != want || err != nil {
			t.Errorf("%q: %v, %v", password, ok, err)
		}
	}
	if hash == HashPassword("correct horse") {
		t.Error("two hashes have one salt")
	}
	for _, bad := range []string{"", "plain", "$argon2id$v=19$m=1,t=1$AAAA$AAAA", strings.Replace(hash, "m=", "m=9", 1), strings.Replace(hash, "t=2", "t=0", 1)} {
		if ok, err := CheckPassword("x", bad); ok || err == nil {
			t.Errorf("%q is taken for a hash", bad)
		}
	}
}

func TestOneServerAFolder(t *testing.T) {
	w := start(t, Config{})
	cfg := w.cfg
	if _, err := New(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("the same folder again: %v", err)
	}
	first := w.origin
	w.end()
	w = start(t, cfg)
	if w.origin.Server != first.Server || w.origin.Start <= first.Start {
		t.Errorf("%v after %v", w.origin, first)
	}
}
