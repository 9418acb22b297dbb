package core

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"
	"github.com/parlance-chat/parlance/netcore/irc"
)

// world is servers on one stream, without a network: what the glue does, in the
// plainest way.
type world struct {
	t       testing.TB
	now     time.Time
	servers []*testServer
	stream  [][]byte
	held    bool        // events are stored, nothing is applied
	refuse  bool        // nothing is stored
	unclear func() bool // of what is refused, whether it may be stored yet; nil for never
	limbo   [][]byte    // events that may
	slow    bool        // history is not found yet
	finding []func()    // once it is
	log     func(server *testServer, who ClientID, line string)
	erased  map[string]bool
	next    ClientID
}

type testServer struct {
	*State
	read    int // of the stream
	clients map[ClientID]bool
	ousted  bool
}

func newWorld(t testing.TB, n int, change func(*Config)) *world {
	w := &world{t: t, now: time.Date(2026, 1, 2, 3, 4, 5, 678e6, time.UTC), erased: map[string]bool{}, log: func(*testServer, ClientID, string) {}}
	for i := range n {
		w.servers = append(w.servers, &testServer{State: New(testConfig(i, change)), clients: map[ClientID]bool{}})
	}
	return w
}

func testConfig(i int, change func(*Config)) Config {
	cfg := Config{
		Origin: Origin{Server: fmt.Sprintf("s%d", i+1), Start: 1}, Name: fmt.Sprintf("s%d.test", i+1), Network: "TestNet",
		Version: "parlance-room-1", Description: "A test server", Created: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC),
		MOTD: []string{"Welcome."}, Opers: map[string]string{"root": "hash:secret"}, Seed: [32]byte{byte(i)},
	}
	if change != nil {
		change(&cfg)
	}
	return cfg
}

// step gives an input to a server and carries out what comes of it.
func (w *world) step(srv *testServer, in Input) {
	w.do(srv, srv.Step(w.now, in))
	w.settle()
}

// settle lets every server read the stream to its end.
func (w *world) settle() {
	for again := !w.held; again; {
		again = false
		for _, srv := range w.servers {
			if srv.read < len(w.stream) {
				var ev Event
				if err := cbor.Unmarshal(w.stream[srv.read], &ev); err != nil {
					w.t.Fatal(err)
				}
				srv.read++
				again = true
				w.do(srv, srv.Step(w.now, Applied{ev}))
			}
		}
	}
}

func (w *world) do(srv *testServer, outs []Output) {
	for _, out := range outs {
		switch out := out.(type) {
		case Send:
			w.checkLine(out.Line)
			for _, id := range out.Clients {
				w.log(srv, id, string(out.Line[:len(out.Line)-2]))
			}
		case Close:
			w.log(srv, out.Client, "(closed: "+out.Reason+")")
			if srv.clients[out.Client] {
				delete(srv.clients, out.Client)
				defer w.step(srv, Disconnected(out))
			}
		case Append:
			data, err := cbor.Marshal(out.Event)
			if err != nil {
				w.t.Fatal(err)
			}
			if w.refuse {
				unclear := w.unclear != nil && w.unclear()
				if unclear {
					w.limbo = append(w.limbo, data)
				}
				defer w.step(srv, Refused{Token: out.Token, Err: errors.New("no quorum"), Unclear: unclear})
				continue
			}
			w.stream = append(w.stream, data)
		case Find:
			upTo := srv.read
			answer := func() { w.step(srv, w.find(out, upTo)) }
			if w.slow {
				w.finding = append(w.finding, answer)
			} else {
				defer answer()
			}
		case Hash:
			defer w.step(srv, Hashed{Query: out.Query, Hash: "hash:" + out.Password, Scram: scramOf(out.Password)})
		case Verify:
			defer w.step(srv, Verified{Query: out.Query, OK: out.Hash == "hash:"+out.Password})
		case Erase:
			w.erased[out.ID] = true
		case Reload:
			cfg := srv.cfg
			cfg.MOTD = []string{"Reloaded."}
			defer w.step(srv, Reloaded{Config: cfg})
		case Ousted:
			srv.ousted = true
		case Pause:
			w.log(srv, out.Client, fmt.Sprintf("(pause: %v)", out.On))
		}
	}
}

// checkLine says whether a line is one line and not too long.
func (w *world) checkLine(line []byte) {
	text, ok := strings.CutSuffix(string(line), "\r\n")
	if !ok || strings.ContainsAny(text, "\r\n\x00") || len(line) > irc.MaxTags+irc.MaxLine {
		w.t.Errorf("not a line: %q", line)
	}
	m, err := irc.Parse(text, irc.Limits{Tags: irc.MaxTags, Line: irc.MaxLine})
	if err != nil {
		w.t.Errorf("%q: %v", line, err)
	}
	if m.Command == "" {
		w.t.Errorf("no command: %q", line)
	}
}

// scramOf is what the glue keeps of a password for SCRAM.
func scramOf(password string) Scram {
	salt := []byte("0123456789abcdef")
	salted, err := pbkdf2.Key(sha256.New, password, salt, ScramIterations, 32)
	if err != nil {
		panic(err)
	}
	stored := sha256.Sum256(hm(salted, "Client Key"))
	return Scram{Salt: salt, Iterations: ScramIterations, StoredKey: stored[:], ServerKey: hm(salted, "Server Key")}
}

func hm(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}

// fast answers all that was asked of history, from now on at once.
func (w *world) fast() {
	w.slow = false
	for len(w.finding) > 0 {
		answer := w.finding[0]
		w.finding = w.finding[1:]
		answer()
	}
}

// find answers from the stream up to what the server had read, as io.go says.
func (w *world) find(f Find, upTo int) Found {
	var all []Event
	for _, data := range w.stream[:upTo] {
		var ev Event
		if err := cbor.Unmarshal(data, &ev); err != nil {
			w.t.Fatal(err)
		}
		if ev.Subject() == f.History.Subject && !w.erased[ev.ID] {
			if len(all) > 0 {
				ev.Time = Following(all[len(all)-1].Time, ev.Time)
			}
			all = append(all, ev)
		}
	}
	h := f.History
	// place returns how many events lie before b, and before or at b.
	place := func(b Bound) (before, upTo int, ok bool) {
		if b.ID != "" {
			i := slices.IndexFunc(all, func(e Event) bool { return e.ID == b.ID })
			return i, i + 1, i >= 0
		}
		for _, e := range all {
			if e.Time.Before(b.Time) {
				before++
			}
			if !e.Time.After(b.Time) {
				upTo++
			}
		}
		return before, upTo, true
	}
	lo, hi := 0, len(all)
	newest := true
	if !h.From.IsZero() {
		before, upTo, ok := place(h.From)
		if !ok {
			return Found{Query: f.Query, Err: ErrUnknownMessage}
		}
		switch h.Order {
		case Latest:
			lo = upTo
		case Before:
			hi = before
		case After:
			lo, newest = upTo, false
		case Around:
			lo = max(0, before-h.Limit/2)
			newest = false
		case Exact:
			lo, hi = before, upTo
		case Between:
			b2, u2, ok := place(h.To)
			if !ok {
				return Found{Query: f.Query, Err: ErrUnknownMessage}
			}
			if newest = b2 < before; newest {
				lo, hi = u2, before
			} else {
				lo, hi = upTo, b2
			}
		}
	}
	all = all[lo:max(lo, hi)]
	if len(all) > h.Limit && newest {
		all = all[len(all)-h.Limit:]
	} else if len(all) > h.Limit {
		all = all[:h.Limit]
	}
	return Found{Query: f.Query, Events: all}
}

// connect brings a client to a server.
func (w *world) connect(srv *testServer, host, fingerprint string) ClientID {
	w.next++
	srv.clients[w.next] = true
	w.step(srv, Connected{
		Client: w.next, Address: netip.MustParseAddrPort("127.0.0.1:4000"), Host: host, TLS: fingerprint != "", Fingerprint: fingerprint,
	})
	return w.next
}

// say gives a client's line to its server, as the glue does.
func (w *world) say(srv *testServer, id ClientID, line string) {
	m, err := irc.Parse(line, irc.FromClient)
	if err != nil && !errors.Is(err, irc.ErrMalformed) {
		w.step(srv, Malformed{Client: id, Err: err})
		return
	}
	w.step(srv, Line{Client: id, Message: m})
}

// clientKey is what proves a password in SCRAM.
func clientKey(password string) []byte {
	salted, err := pbkdf2.Key(sha256.New, password, []byte("0123456789abcdef"), ScramIterations, 32)
	if err != nil {
		panic(err)
	}
	return hm(salted, "Client Key")
}
