package core

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"
	"github.com/parlance-chat/parlance/netcore/irc"
)

func diagnose(t *testing.T, data []byte) string {
	t.Helper()
	text, err := cbor.Diagnose(data)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// watch collects what clients get.
func (w *world) watch() map[ClientID]*[]string {
	got := map[ClientID]*[]string{}
	w.log = func(_ *testServer, id ClientID, line string) {
		if got[id] == nil {
			got[id] = new([]string)
		}
		*got[id] = append(*got[id], line)
	}
	return got
}

// register brings a client that has said all it needs.
func (w *world) register(srv *testServer, nick, caps string) ClientID {
	id := w.connect(srv, "host", "")
	w.say(srv, id, "CAP REQ :"+caps)
	w.say(srv, id, "NICK "+nick)
	w.say(srv, id, "USER u 0 * :Real")
	w.say(srv, id, "CAP END")
	return id
}

func last(lines *[]string) string {
	if lines == nil || len(*lines) == 0 {
		return ""
	}
	return (*lines)[len(*lines)-1]
}

func TestPassword(t *testing.T) {
	for pass, want := range map[string]string{"": "464", "PASS wrong": "464", "PASS right": "376"} {
		w := newWorld(t, 1, func(c *Config) { c.Password = "right" })
		got := w.watch()
		id := w.connect(w.servers[0], "host", "")
		if pass != "" {
			w.say(w.servers[0], id, pass)
		}
		w.say(w.servers[0], id, "NICK a")
		w.say(w.servers[0], id, "USER a 0 * :a")
		if all := strings.Join(*got[id], "\n"); !strings.Contains(all, " "+want+" ") {
			t.Errorf("%q: got %s, want %s", pass, all, want)
		}
		if closed := len(w.servers[0].clients) == 0; closed != (want == "464") {
			t.Errorf("%q: closed %v", pass, closed)
		}
	}
}

// TestConfigText: whatever stands in a configuration, the lines are whole.
func TestConfigText(t *testing.T) {
	w := newWorld(t, 1, func(c *Config) {
		c.Name, c.Network, c.Version, c.Description = "two words\r\n", "My\nNet work", "", ":x\r\ny"
		c.MOTD, c.Admin = []string{"a\r\nb", ""}, []string{"x\ny"}
	})
	srv := w.servers[0]
	id := w.register(srv, "a", "batch")
	for _, line := range []string{"VERSION", "ADMIN", "INFO", "WHOIS a", "WHO a", "TIME", "OPER root secret", "REHASH"} {
		w.say(srv, id, line)
	}
	if srv.unsent > 0 || srv.nick("a") == nil {
		t.Errorf("%d lines could not be written", srv.unsent)
	}
}

func TestMalformed(t *testing.T) {
	w := newWorld(t, 1, nil)
	got := w.watch()
	srv := w.servers[0]
	id := w.register(srv, "a", "batch")
	w.say(srv, id, "PRIVMSG a :"+strings.Repeat("x", 600))
	if !strings.Contains(last(got[id]), " 417 a ") {
		t.Errorf("too long: %q", last(got[id]))
	}
	w.say(srv, id, "@"+strings.Repeat("x", 5000)+" PRIVMSG a :x")
	if !strings.Contains(last(got[id]), " 417 a ") {
		t.Errorf("too long tags: %q", last(got[id]))
	}
	w.say(srv, id, "PRIVMSG a :caf\xe9")
	if !strings.Contains(last(got[id]), "FAIL PRIVMSG INVALID_UTF8 :") {
		t.Errorf("no UTF-8: %q", last(got[id]))
	}
	n := len(*got[id])
	w.step(srv, Malformed{Client: id, Err: irc.ErrEmpty})
	if len(*got[id]) != n {
		t.Errorf("an empty line was answered: %q", last(got[id]))
	}
}

// TestCut sends the longest message there is: it is cut between two characters.
func TestCut(t *testing.T) {
	w := newWorld(t, 1, nil)
	got := w.watch()
	a, b := w.register(w.servers[0], "a", "batch"), w.register(w.servers[0], "b", "batch")
	w.say(w.servers[0], a, "PRIVMSG b :"+strings.Repeat("é", 249))
	line := last(got[b])
	if len(line) < 508 || len(line) > 510 || !strings.HasSuffix(line, "é") || strings.ContainsRune(line, '\ufffd') {
		t.Errorf("%d bytes: %q", len(line), line)
	}
}

// TestScram logs in as RFC 5802 says, with a right and a wrong proof, and sees
// the server's own.
func TestScram(t *testing.T) {
	for password, ok := range map[string]bool{"sesame": true, "wrong1": false} {
		for _, name := range []string{"alice", "nobody"} {
			t.Run(name+" "+password, func(t *testing.T) { scram(t, name, password, ok && name == "alice") })
		}
	}
}

func scram(t *testing.T, name, password string, want bool) {
	w := newWorld(t, 1, nil)
	got := w.watch()
	srv := w.servers[0]
	w.say(srv, w.register(srv, "alice", "batch"), "REGISTER * * sesame")
	id := w.connect(srv, "host", "")
	send := func(text string) { w.say(srv, id, "AUTHENTICATE "+base64.StdEncoding.EncodeToString([]byte(text))) }
	w.say(srv, id, "AUTHENTICATE SCRAM-SHA-256")
	first := "n=" + name + ",r=clientnonce"
	send("n,," + first)
	data, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(last(got[id]), "AUTHENTICATE "))
	if err != nil {
		t.Fatal(err)
	}
	server := string(data)
	var nonce string
	for f := range strings.SplitSeq(server, ",") {
		if v, ok := strings.CutPrefix(f, "r="); ok {
			nonce = v
		}
	}
	if !strings.HasPrefix(nonce, "clientnonce") || len(nonce) < 30 || !strings.Contains(server, "i=4096") {
		t.Fatalf("server-first %q", server)
	}
	keys := scramOf(password)
	without := "c=biws,r=" + nonce
	message := first + "," + server + "," + without
	proof := hm(keys.StoredKey, message)
	for i, b := range clientKey(password) {
		proof[i] ^= b
	}
	send(without + ",p=" + base64.StdEncoding.EncodeToString(proof))
	if !want {
		if !strings.Contains(last(got[id]), " 904 ") {
			t.Errorf("got %q", last(got[id]))
		}
		return
	}
	v := base64.StdEncoding.EncodeToString(hm(keys.ServerKey, message))
	if l := last(got[id]); l != "AUTHENTICATE "+base64.StdEncoding.EncodeToString([]byte("v="+v)) {
		t.Fatalf("server-final %q", l)
	}
	w.say(srv, id, "AUTHENTICATE +")
	if !strings.Contains(last(got[id]), " 903 ") {
		t.Errorf("got %q", last(got[id]))
	}
}

// TestNoSecrets looks for passwords in the stream.
func TestNoSecrets(t *testing.T) {
	w := newWorld(t, 1, func(c *Config) { c.Password = "serverpass" })
	srv := w.servers[0]
	id := w.connect(srv, "host", "")
	for _, line := range []string{
		"PASS serverpass", "NICK alice", "USER a 0 * :a", "REGISTER * * sesame1", "OPER root secret", "PRIVMSG NickServ :IDENTIFY alice sesame1",
	} {
		w.say(srv, id, line)
	}
	if srv.accounts["alice"] == nil {
		t.Fatal("no account")
	}
	for _, data := range w.stream {
		text := strings.ReplaceAll(string(data), "hash:sesame1", "")
		for _, secret := range []string{"serverpass", "sesame1", "secret"} {
			if strings.Contains(text, secret) {
				t.Errorf("%q stands in %q", secret, text)
			}
		}
	}
}

// TestRejectedMessageIsErased: who loses the right to speak while a message is
// under way gets the error, and history does not keep it.
func TestRejectedMessageIsErased(t *testing.T) {
	w := newWorld(t, 1, nil)
	got := w.watch()
	srv := w.servers[0]
	a, b := w.register(srv, "a", "batch"), w.register(srv, "b", "batch")
	w.say(srv, a, "JOIN #tea")
	w.say(srv, b, "JOIN #tea")
	w.held = true
	w.say(srv, a, "MODE #tea +m")
	w.say(srv, b, "PRIVMSG #tea :too late")
	w.held = false
	w.settle()
	if !strings.Contains(last(got[b]), " 404 b #tea ") {
		t.Errorf("got %q", last(got[b]))
	}
	w.say(srv, a, "CHATHISTORY LATEST #tea * 10")
	for _, line := range *got[a] {
		if strings.Contains(line, "too late") {
			t.Errorf("history has %q", line)
		}
	}
	if len(w.erased) != 1 {
		t.Errorf("%d messages erased", len(w.erased))
	}
}

// appended returns the events that a line of a client leads to, which go nowhere.
func (w *world) appended(srv *testServer, id ClientID, line string) (evs []Event) {
	w.t.Helper()
	m, err := irc.Parse(line, irc.FromClient)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, out := range srv.Step(w.now, Line{id, m}) {
		if o, ok := out.(Append); ok {
			evs = append(evs, o.Event)
		}
	}
	return evs
}

// TestUnclear: what became of an event is not known. Its sender is told one thing
// only, and the right one: once a later event of the server is applied, the event
// counts nowhere, be it in the stream or not.
func TestUnclear(t *testing.T) {
	for _, stored := range []string{"", "in time", "too late"} {
		t.Run(stored, func(t *testing.T) {
			w := newWorld(t, 2, nil)
			got := w.watch()
			srv := w.servers[0]
			a, b := w.register(srv, "a", "echo-message labeled-response batch"), w.register(w.servers[1], "b", "batch")
			w.say(srv, a, "JOIN #tea")
			w.say(w.servers[1], b, "JOIN #tea")
			ev := w.appended(srv, a, "@label=1 PRIVMSG #tea :x")[0]
			data, err := cbor.Marshal(ev)
			if err != nil {
				t.Fatal(err)
			}
			w.refuse = true
			w.step(srv, Refused{Token: ev.Token, Err: errors.New("timeout"), Unclear: true})
			if !strings.Contains(last(got[a]), "NOTICE a :The server cannot store") {
				t.Errorf("a is told %q", last(got[a]))
			}
			w.refuse = false
			if stored == "in time" {
				w.stream = append(w.stream, data)
			}
			w.step(srv, Tick{})
			if stored == "too late" {
				w.stream = append(w.stream, data)
				w.settle()
			}
			answer, want := 0, "@label=1 :s1.test FAIL PRIVMSG TEMPORARILY_UNAVAILABLE #tea"
			if stored == "in time" {
				want = "@label=1 :a!u@host PRIVMSG #tea :x"
			}
			for _, line := range *got[a] {
				if strings.HasPrefix(line, want) {
					answer++
				} else if strings.HasPrefix(line, "@label=1") {
					t.Errorf("a is told %q", line)
				}
			}
			if answer != 1 {
				t.Errorf("%d times %q", answer, want)
			}
			if heard := strings.Contains(strings.Join(*got[b], "\n"), "PRIVMSG #tea :x"); heard != (stored == "in time") || w.erased[ev.ID] != (stored == "too late") {
				t.Errorf("heard: %v, erased: %v", heard, w.erased[ev.ID])
			}
			if !bytes.Equal(srv.Snapshot(), w.servers[1].Snapshot()) {
				t.Error("the servers have parted")
			}
		})
	}
}

// TestInDoubt: who waits too long for what became of a message is told that it is
// not known.
func TestInDoubt(t *testing.T) {
	w := newWorld(t, 1, nil)
	got := w.watch()
	srv := w.servers[0]
	a := w.register(srv, "a", "echo-message batch")
	ev := w.appended(srv, a, "PRIVMSG a :x")[0]
	w.refuse = true
	w.step(srv, Refused{Token: ev.Token, Err: errors.New("timeout"), Unclear: true})
	w.now = w.now.Add(maxDoubt - time.Second)
	w.step(srv, Tick{})
	if !srv.clients[a] {
		t.Error("closed too early")
	}
	w.now = w.now.Add(time.Second)
	w.step(srv, Tick{})
	if srv.clients[a] || !strings.Contains(last(got[a]), "is not known") {
		t.Errorf("a is told %q", last(got[a]))
	}
}

// TestOusted: a server that was declared gone loses its users everywhere, at once
// and for good.
func TestOusted(t *testing.T) {
	w := newWorld(t, 2, nil)
	got := w.watch()
	a, b := w.register(w.servers[0], "a", "batch"), w.register(w.servers[1], "b", "batch")
	w.say(w.servers[0], a, "JOIN #tea")
	w.say(w.servers[1], b, "JOIN #tea")
	late := w.appended(w.servers[0], a, "PRIVMSG #tea :from the other side")[0]
	w.step(w.servers[1], Lost{w.servers[0].cfg.Origin})
	if !w.servers[0].ousted || w.servers[1].ousted || w.servers[0].clients[a] || !w.servers[1].clients[b] {
		t.Errorf("ousted: %v and %v", w.servers[0].ousted, w.servers[1].ousted)
	}
	if !strings.HasSuffix(last(got[b]), " QUIT :s2.test s1.test") {
		t.Errorf("b is told %q", last(got[b]))
	}
	for _, ev := range []Event{late, {Origin: late.Origin, Token: 99, Message: irc.New("", eventGone, "s2", "1")}} {
		data, err := cbor.Marshal(ev)
		if err != nil {
			t.Fatal(err)
		}
		w.stream = append(w.stream, data)
	}
	w.settle()
	if w.servers[1].ousted || strings.Contains(last(got[b]), "other side") {
		t.Errorf("an event of a run that is over counts: %q", last(got[b]))
	}
	if !bytes.Equal(w.servers[0].Snapshot(), w.servers[1].Snapshot()) {
		t.Error("the servers have parted")
	}
}

// TestFollowing: each message of a room has a time of its own, in the order of the
// stream, and the times do not run away from the clock.
func TestFollowing(t *testing.T) {
	w := newWorld(t, 2, nil)
	a, b := w.register(w.servers[0], "a", "batch"), w.register(w.servers[1], "b", "batch")
	w.say(w.servers[0], a, "JOIN #tea")
	w.say(w.servers[1], b, "JOIN #tea")
	w.held = true // or each server would know the other's times
	for range 50 {
		w.say(w.servers[0], a, "PRIVMSG #tea :x")
		w.say(w.servers[1], b, "PRIVMSG #tea :y")
	}
	w.held = false
	w.settle()
	found := w.find(Find{History: History{Subject: "talk." + channelKey("#tea"), Limit: 1000}}, len(w.stream))
	if len(found.Events) != 100 {
		t.Fatalf("%d events", len(found.Events))
	}
	times := map[time.Time]bool{}
	for _, ev := range found.Events {
		times[ev.Time] = true
	}
	if len(times) != 100 {
		t.Errorf("100 messages have %d times", len(times))
	}
	if last, shown := found.Events[99].Time, w.servers[0].channel("#tea").last; !last.Equal(shown) || last.Sub(w.now) > 100*time.Millisecond {
		t.Errorf("the last is of %v in history, was shown as of %v, and it is %v", last, shown, w.now)
	}

	at, now := w.now, w.now
	for range 200_000 { // at once
		at = Following(at, now)
	}
	if ahead := at.Sub(now); ahead != maxAhead {
		t.Errorf("%v ahead of the clock", ahead)
	}
	if now = now.Add(time.Second); Following(at, now) != at.Add(time.Millisecond) {
		t.Error("goes on from elsewhere")
	}
	if back := now.Add(-time.Hour); Following(at, back) != back {
		t.Error("keeps the time of a clock that was an hour ahead")
	}
}

// TestMonotonic: for how long somebody is quiet does not depend on the clock that
// can be set.
func TestMonotonic(t *testing.T) {
	w := newWorld(t, 1, nil)
	w.now = time.Now()
	a := w.register(w.servers[0], "a", "batch")
	if next := w.servers[0].Next(); !strings.Contains(next.String(), "m=+") {
		t.Errorf("the next Tick is at %v, by the clock on the wall", next)
	}
	if heard := w.servers[0].State.clients[a].heard; !strings.Contains(heard.String(), "m=+") {
		t.Errorf("heard at %v, by the clock on the wall", heard)
	}
}

// TestOwed: the end of a session that was refused is stored later.
func TestOwed(t *testing.T) {
	w := newWorld(t, 1, nil)
	srv := w.servers[0]
	a, b := w.register(srv, "a", "batch"), w.register(srv, "b", "batch")
	w.refuse = true
	w.step(srv, Disconnected{Client: a, Reason: "gone"})
	w.refuse = false
	if w.say(srv, b, "JOIN #tea"); srv.channel("#tea") != nil {
		t.Error("something is stored while the server is down")
	}
	if srv.nick("a") == nil {
		t.Fatal("the end was not refused")
	}
	if next := srv.Next(); next.IsZero() || next.Sub(w.now) > 2*time.Second {
		t.Errorf("the next Tick is wanted at %v, now it is %v", next, w.now)
	}
	w.step(srv, Tick{})
	if srv.nick("a") != nil || len(srv.owed) > 0 {
		t.Error("the end was not stored")
	}
}

// TestNickOfLostSession: who was connected when the server was killed can come
// back under the same nick while the end of the old session is under way.
func TestNickOfLostSession(t *testing.T) {
	w := newWorld(t, 2, nil)
	w.register(w.servers[1], "a", "batch")
	srv := w.servers[0]
	w.servers = w.servers[:1]
	w.held = true
	w.step(srv, Lost{Origin{Server: "s2", Start: 1}})
	id := w.register(srv, "a", "batch")
	w.held = false
	w.settle()
	if u := srv.nick("a"); u == nil || u.client == nil || u.client.id != id {
		t.Error("the nick was not given to who came back")
	}
	if len(srv.losing) > 0 {
		t.Error("the lost server is still noted")
	}
}

func TestEventCBOR(t *testing.T) {
	w := newWorld(t, 1, nil)
	ev := Event{
		Origin: Origin{"s", 3}, Token: 7, Session: 9, Time: w.now, ID: "id", Message: irc.Text("", "PRIVMSG", "#a", "x"), Talk: channelKey("#A"),
		Source: "a!b@c", Account: "a", Parts: []Part{{"x", false}, {"y", true}}, Secret: &Secret{Hash: "h"},
	}
	ev.Message.Tags = irc.Tags{{Key: "+a", Value: "b"}}
	data, err := cbor.Marshal(ev)
	if err != nil {
		t.Fatal(err)
	}
	var back Event
	if err := cbor.Unmarshal(data, &back); err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(back) == "" || !back.Time.Equal(ev.Time) || back.Message.String() != ev.Message.String() || back.Parts[1] != ev.Parts[1] ||
		back.Secret.Hash != "h" || back.Subject() != ev.Subject() || back.Key() != "s.3.7" {
		t.Errorf("%+v came back as %+v", ev, back)
	}
	if s := ev.Subject(); strings.ContainsAny(strings.TrimPrefix(s, "talk."), ". *>") || s != (Event{Talk: channelKey("#a")}).Subject() {
		t.Errorf("subject %q", s)
	}
	if s := (Event{}).Subject(); s != "state" {
		t.Errorf("subject %q", s)
	}
}

func TestRestoreRefuses(t *testing.T) {
	if _, err := Restore(testConfig(0, nil), []byte("x")); err == nil {
		t.Error("garbage was restored")
	}
	if _, err := Restore(testConfig(0, nil), []byte{0xa1, 0x01, 0x18, 0x63}); err == nil || !strings.Contains(err.Error(), "99") {
		t.Errorf("version 99: %v", err)
	}
}

// TestSharedLimitsStay: a Reloaded changes what is this server's own.
func TestSharedLimitsStay(t *testing.T) {
	w := newWorld(t, 1, nil)
	cfg := w.servers[0].cfg
	cfg.Limits.Channels, cfg.Limits.History = 1, 7
	w.step(w.servers[0], Reloaded{Config: cfg})
	if l := w.servers[0].lim; l.Channels != defaults.Channels || l.History != 7 {
		t.Errorf("channels %d, history %d", l.Channels, l.History)
	}
}

// TestManyJoins: who comes and goes while history is slow does not have it asked
// for without end, and all that was said is answered in the end.
func TestManyJoins(t *testing.T) {
	w := newWorld(t, 1, nil)
	srv := w.servers[0]
	a, b := w.register(srv, "a", "batch"), w.register(srv, "b", "server-time")
	w.say(srv, a, "JOIN #tea")
	got := w.watch()
	w.slow = true
	const times = 2 * maxAsides
	for range times {
		w.say(srv, b, "JOIN #tea")
		w.say(srv, b, "PART #tea")
	}
	if n := len(w.finding); n != maxAsides {
		t.Errorf("history is asked for %d times at once, want %d", n, maxAsides)
	}
	w.fast()
	joins := strings.Count(strings.Join(*got[a], "\n"), "JOIN #tea")
	if joins != times || !strings.Contains(last(got[b]), "PART #tea") {
		t.Errorf("%d joins of %d, the last answer is %q", joins, times, last(got[b]))
	}
	checkWhole(t, srv.State)
}

// TestKeepsNoLines: of lines with long tags no more is kept than is needed.
func TestKeepsNoLines(t *testing.T) {
	w := newWorld(t, 1, nil)
	srv := w.servers[0]
	id := w.register(srv, "a", "batch draft/multiline message-tags")
	heap := func() int {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int(m.HeapAlloc)
	}
	before := heap()
	tags := "@batch=1;+x=" + strings.Repeat("x", 4000)
	for n := range srv.lim.Monitor {
		w.say(srv, id, fmt.Sprintf("%s MONITOR + n%d", strings.Replace(tags, "batch", "+y", 1), n))
	}
	w.say(srv, id, "BATCH +1 draft/multiline a")
	for range srv.lim.MultilineLines {
		w.say(srv, id, tags+" PRIVMSG a :x")
	}
	kept := heap() - before
	c := srv.State.clients[id]
	if len(c.watching) != srv.lim.Monitor || len(c.collecting.parts) != srv.lim.MultilineLines {
		t.Fatalf("%d nicks watched, %d lines", len(c.watching), len(c.collecting.parts))
	}
	if kept > 200_000 {
		t.Errorf("%d bytes are kept", kept)
	}
}
