package core

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parlance-chat/parlance/netcore/irc"
)

// garbler makes lines that look as if a client could send them.
type garbler struct {
	*rand.Rand
	ids []string // message IDs seen
}

func (g *garbler) pick(list ...string) string { return list[g.IntN(len(list))] }

// words are what stands for the names in templates.
var words = map[string][]string{
	"nick":    {"u0", "u1", "u2", "u3", "U4", "u5"},
	"chan":    {"#a", "#a", "#a", "#b", "#b", "#C", "#c", "&x", "#"},
	"target":  {"u0", "u1", "u2", "u3", "#a", "#a", "#b", "@#a", "+#b", "NickServ", "*", "u1,#a", ":x"},
	"text":    {"hi", "", "two words", ":colon", "REGISTER sesame", "IDENTIFY u0 sesame", "IDENTIFY u1 sesame", "\x01ACTION x\x01", "\x01PING x", strings.Repeat("é", 150), "\xff\xfe"},
	"ref":     {"*", "msgid=nothing", "msgid=$id", "timestamp=2026-01-02T03:10:00.000Z", "timestamp=2027-01-02T03:04:10.000Z", "x", ""},
	"mode":    {"+o", "-o", "+v", "+b", "-b", "b", "+k", "-k", "+l", "-l", "+i", "-i", "+s", "-s", "-t", "+m", "-m", "+r", "-r", "+eI", "+bb", "+oov-v", "+x", "+", "e", "-nmisk", "+C", "-C"},
	"param":   {"u0", "u1", "u2", "u3", "5", "key", "u*!*@*", "", "x,y"},
	"order":   {"LATEST", "BEFORE", "AFTER", "AROUND"},
	"sasl":    {"PLAIN", "PLAIN", "EXTERNAL", "+", "SCRAM-SHA-256", "*", "AHUwAHNlc2FtZQ==", "AHUxAHNlc2FtZQ==", "biwsbj11MCxyPWFiYw=="},
	"monitor": {"+", "-", "C", "L", "S", "x"},
	"time":    {"timestamp=2026-01-02T03:04:10.000Z", "timestamp=2026-01-02T03:05:10.000Z", "", "x"},
	"query":   {"MOTD", "LUSERS", "VERSION", "TIME", "INFO", "ADMIN", "STATS u", "LIST", "LIST >1,T<5,!*b", "INVITE", "REHASH", "PING x", "PONG", "ERROR", "PASS x"},
	"cap":     {"LS 302", "REQ :server-time", "REQ :-draft/chathistory", "LIST", "END", "REQ :-batch", "REQ :batch labeled-response", "REQ :x"},
	"who":     {"", "o", "%tcuihsnfdlaor,1", "%n"},
}

// templates are lines; what stands more than once comes more often.
var templates = []string{
	"JOIN $chan", "JOIN $chan", "JOIN $chan key", "JOIN $chan,$chan", "JOIN 0", "PART $chan :$text", "PRIVMSG $target :$text", "PRIVMSG $chan :$text",
	"PRIVMSG $chan :hi", "PRIVMSG $nick :hi", "PRIVMSG NickServ :$text", "NOTICE $target :$text", "TAGMSG $target", "MODE $chan $mode $param $param",
	"MODE $chan $mode $param", "MODE $chan $mode $nick", "MODE $nick +i", "MODE $nick +w-i", "MODE $nick -o", "MODE $chan", "KICK $chan $nick :$text", "KICK $chan $nick,$nick",
	"INVITE $nick $chan", "TOPIC $chan :$text", "TOPIC $chan", "NICK $nick", "NICK $target", "AWAY :$text", "AWAY", "SETNAME :$text",
	"WHO $target $who", "WHO $chan $who", "WHO * $who", "WHOIS $target", "WHOWAS $nick", "NAMES $chan", "MONITOR $monitor $target", "MARKREAD $target $time", "MARKREAD $chan $time",
	"REDACT $target $id :$text", "REDACT $chan $id", "REDACT $nick $id", "CHATHISTORY $order $target $ref 5", "CHATHISTORY $order $chan $ref 5",
	"CHATHISTORY BETWEEN $chan $ref $ref 3", "CHATHISTORY TARGETS $ref $ref 5", "BATCH -1",
	"BATCH +1 draft/multiline #a\n@batch=1 PRIVMSG #a :line\n@batch=1;draft/multiline-concat PRIVMSG #a :$text\nBATCH -1",
	"JOIN #a\nMODE #a $mode $nick\nPRIVMSG #a :$text", "JOIN #b\nMODE #b $mode $param $param", "JOIN #c\nMODE #c $mode $param\nMODE #c $mode $param",
	"JOIN #a\nREDACT #a $id", "AUTHENTICATE EXTERNAL\nAUTHENTICATE +",
	"OPER root secret", "OPER root wrong", "WALLOPS :$text", "REGISTER * * sesame", "REGISTER $target * sesame", "AUTHENTICATE $sasl", "AUTHENTICATE $sasl",
	"CAP $cap", "$query", "USERHOST $nick", "ISON $nick", "USER a b c :$text", "$known $target $text $ref", "$known $param :$text",
}

var tagTemplates = []string{"", "", "", "@label=1 ", "@label=x;+y=\\n ", "@+typing=active;x=y ", "@batch=2;label=3 "}

// line returns a command, mostly a sensible one.
func (g *garbler) line() string {
	if g.IntN(200) == 0 {
		return g.pick("QUIT :bye", "KILL u0 :x", "KILL u1 :x")
	}
	line := g.pick(templates...)
	if line[0] != '@' {
		line = g.pick(tagTemplates...) + line
	}
	return os.Expand(os.Expand(line, g.word), g.word)
}

func (g *garbler) word(name string) string {
	switch {
	case name == "id" && len(g.ids) > 0:
		return g.pick(g.ids[max(0, len(g.ids)-5):]...)
	case name == "known":
		return g.pick(slices.DeleteFunc(slices.Sorted(maps.Keys(commands)), func(c string) bool { return c == "QUIT" || c == "KILL" })...)
	case words[name] == nil:
		return "none"
	}
	return g.pick(words[name]...)
}

const manyCaps = "CAP REQ :account-notify account-tag away-notify batch draft/chathistory draft/message-redaction draft/multiline draft/read-marker echo-message extended-join invite-notify labeled-response message-tags multi-prefix sasl server-time setname"

// someone connects a client that is like one or the other.
func (w *world) someone(g *garbler, srv *testServer) ClientID {
	fingerprint := g.pick("", "", "0123456789abcdef0123456789abcdef0123456789")
	id := w.connect(srv, g.pick("", "some.host", "::1", "a b"), fingerprint)
	if g.IntN(2) == 0 {
		w.say(srv, id, "CAP LS 302")
		w.say(srv, id, manyCaps)
		w.say(srv, id, "CAP END")
	}
	w.say(srv, id, "USER u 0 * :Real")
	for i := range 9 { // the first that is free, mostly
		if srv.clients[id] && srv.State.clients[id].u == nil && srv.nick(fmt.Sprintf("u%d", i)) == nil {
			w.say(srv, id, fmt.Sprintf("NICK u%d", i))
		}
	}
	return id
}

// play lets clients of all servers say n random lines, with broken connections,
// stored and refused events, and events under way.
func (w *world) random(g *garbler, n int) {
	w.log = func(_ *testServer, _ ClientID, line string) {
		if _, rest, ok := strings.Cut(line, "msgid="); ok && g.IntN(3) == 0 {
			g.ids = append(g.ids, rest[:min(len(rest), 26)])
		}
	}
	w.unclear = func() bool { return g.IntN(2) == 0 }
	for range n {
		srv := w.servers[g.IntN(len(w.servers))]
		w.now = w.now.Add(time.Duration(g.IntN(3000)) * time.Millisecond)
		var ids []ClientID
		for id := range w.next {
			if srv.clients[id+1] {
				ids = append(ids, id+1)
			}
		}
		switch dice := g.IntN(100); {
		case len(ids) < 3:
			w.someone(g, srv)
		case dice < 4:
			id := ids[g.IntN(len(ids))]
			delete(srv.clients, id)
			w.step(srv, Disconnected{Client: id, Reason: g.word("text")})
		case dice < 6:
			w.held = !w.held && g.IntN(3) == 0
			w.settle()
			w.startOver()
		case dice < 7:
			w.refuse = g.IntN(6) == 0
		case dice < 8 && g.IntN(2) == 0:
			w.fast()
			w.slow = g.IntN(3) == 0
		case dice < 8 && g.IntN(2) == 0:
			w.step(srv, Lost{w.servers[g.IntN(len(w.servers))].cfg.Origin})
			w.startOver()
		case dice < 10:
			w.step(srv, Tick{})
		case dice < 11 && len(w.limbo) > 0:
			w.stream, w.limbo = append(w.stream, w.limbo[0]), w.limbo[1:]
			w.settle()
			w.startOver()
		default:
			id := ids[g.IntN(len(ids))]
			for line := range strings.SplitSeq(g.line(), "\n") {
				if srv.clients[id] {
					w.say(srv, id, line)
				}
			}
		}
	}
	w.held, w.refuse = false, false
	w.fast()
	w.stream, w.limbo = append(w.stream, w.limbo...), nil
	w.settle()
	for _, srv := range w.servers { // what was refused and must be stored
		w.step(srv, Tick{})
	}
	w.startOver()
}

// startOver lets servers that were declared gone begin again, as the glue does.
func (w *world) startOver() {
	for i, srv := range w.servers {
		if !srv.ousted || w.held {
			continue
		}
		cfg := srv.cfg
		cfg.Origin.Start++
		fresh, err := Restore(cfg, srv.Snapshot())
		if err != nil {
			w.t.Fatal(err)
		}
		w.servers[i] = &testServer{State: fresh, read: srv.read, clients: map[ClientID]bool{}}
	}
}

// TestSameState lets two servers with clients of their own apply the same
// events, and a third that starts from a snapshot in the middle, and one that
// has no clients at all: all agree.
func TestSameState(t *testing.T) {
	for seed := range uint64(100) {
		g := &garbler{Rand: rand.New(rand.NewPCG(seed, 1))}
		w := newWorld(t, 2, func(c *Config) {
			c.Limits = Limits{Whowas: 5, Marks: 3, Talks: 3, List: 4, Kept: 2, Invites: 2, Channels: 3, Ping: time.Hour}
		})
		w.random(g, 150)
		late, err := Restore(testConfig(2, func(c *Config) { c.Limits = w.servers[0].lim }), w.servers[1].Snapshot())
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		w.servers = append(w.servers, &testServer{State: late, read: w.servers[1].read, clients: map[ClientID]bool{}})
		w.random(g, 250)

		silent := &testServer{State: New(testConfig(3, func(c *Config) { c.Limits = w.servers[0].lim })), clients: map[ClientID]bool{}}
		w.servers = append(w.servers, silent)
		w.settle()
		want := w.servers[0].Snapshot()
		for i, srv := range w.servers {
			if got := srv.Snapshot(); !bytes.Equal(got, want) {
				t.Fatalf("seed %d: server %d has another state\n%s", seed, i+1, difference(t, got, want))
			}
			checkWhole(t, srv.State)
			if srv.unsent > 0 {
				t.Errorf("seed %d: %d lines could not be written", seed, srv.unsent)
			}
		}
		again, err := Restore(w.servers[0].cfg, want)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(again.Snapshot(), want) {
			t.Fatalf("seed %d: a snapshot restored is another", seed)
		}
	}
}

// difference shows where two snapshots part.
func difference(t *testing.T, got, want []byte) string {
	a, b := diagnose(t, got), diagnose(t, want)
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			from := max(0, i-200)
			return fmt.Sprintf("got  %s\nwant %s", a[from:min(len(a), i+100)], b[from:min(len(b), i+100)])
		}
	}
	return "one is longer"
}

// checkWhole looks whether the tables fit together and are bounded.
func checkWhole(t *testing.T, s *State) {
	t.Helper()
	for id, u := range s.users {
		if s.nicks[fold(u.nick)] != u || u.id != id {
			t.Errorf("%s is not under its nick", u.nick)
		}
		if len(u.channels) > s.lim.Channels {
			t.Errorf("%s is in %d channels", u.nick, len(u.channels))
		}
		for _, m := range u.channels {
			if s.channel(m.ch.name) != m.ch || m.ch.index[u] != m {
				t.Errorf("%s is in a channel that does not know it", u.nick)
			}
		}
		if u.client != nil && (u.client.u != u || s.clients[u.client.id] != u.client) {
			t.Errorf("%s has a client that does not know it", u.nick)
		}
	}
	entries := 0
	for key, ch := range s.channels {
		if len(ch.members) != len(ch.index) || len(ch.members) == 0 && !ch.kept || fold(ch.name) != key {
			t.Errorf("%s: %d members, %d indexed", ch.name, len(ch.members), len(ch.index))
		}
		entries += ch.entries()
		if ch.entries() > s.lim.List || len(ch.invited) > s.lim.Invites {
			t.Errorf("%s has long lists", ch.name)
		}
	}
	if s.entries != entries {
		t.Errorf("%d entries of lists, counted %d", entries, s.entries)
	}
	if len(s.nicks) != len(s.users) || len(s.whowas) > s.lim.Whowas {
		t.Errorf("%d nicks, %d users, %d whowas", len(s.nicks), len(s.users), len(s.whowas))
	}
	registered, loggedIn := 0, 0
	for _, c := range s.clients {
		if c.u != nil {
			registered++
		}
		if c.u != nil && c.u.account != "" {
			loggedIn++
		}
		if len(c.queue) > s.lim.Waiting || len(c.queue) == 0 && c.queued != 0 || c.jobs < 0 || len(c.watching) > s.lim.Monitor {
			t.Errorf("client %d: %d lines wait, %d jobs, %d nicks watched", c.id, len(c.queue), c.jobs, len(c.watching))
		}
		if n := c.jobs + c.asides; n > 0 && !c.closed {
			t.Errorf("client %d waits for %d answers that do not come", c.id, n)
		}
	}
	if registered != s.registered {
		t.Errorf("%d registered, counted %d", registered, s.registered)
	}
	for _, list := range s.members {
		loggedIn -= len(list)
	}
	if loggedIn != 0 {
		t.Errorf("%d clients are not noted as logged in", loggedIn)
	}
	invisible, opers, servers := 0, 0, map[string]int{}
	for _, u := range s.users {
		servers[u.id.Origin.Server]++
		if u.invisible {
			invisible++
		}
		if u.oper != "" {
			opers++
		}
	}
	if n := s.counts; n.invisible != invisible || n.opers != opers || !maps.Equal(n.servers, servers) {
		t.Errorf("counted %+v, there are %d invisible, %d operators, servers %v", n, invisible, opers, servers)
	}
	watching := 0
	for _, list := range s.watchers {
		watching += len(list)
	}
	for _, c := range s.clients {
		watching -= len(c.watching)
	}
	if watching != 0 || len(s.waiting) > 0 || len(s.asked) > 0 || len(s.owed)+len(s.paying) > 0 || s.down || s.probing > 0 || len(s.losing) > 0 {
		t.Errorf("left over: %d watchers, %d events, %d queries, %d owed, %d under way, down %v", watching, len(s.waiting), len(s.asked), len(s.owed), len(s.paying), s.down)
	}
}

// FuzzLines lets several clients say anything. Nothing panics, and what comes
// out is whole lines (world.checkLine).
func FuzzLines(f *testing.F) {
	f.Add("JOIN #a\nPRIVMSG #a :hi", uint64(1))
	f.Add("MODE #a +bk \x01 :\nCHATHISTORY LATEST #a * 5\n@label=1;+x=\\n TAGMSG #a", uint64(2))
	f.Add("BATCH +1 draft/multiline #a\n@batch=1 PRIVMSG #a :x\nBATCH -1", uint64(3))
	f.Add("NICK :\nNICK a b\nSETNAME ::\nAWAY :\x02\nTOPIC #a ::)\nKICK #a u1 ::)", uint64(4))
	f.Fuzz(func(t *testing.T, script string, seed uint64) {
		g := &garbler{Rand: rand.New(rand.NewPCG(seed, 2))}
		w := newWorld(t, 2, func(c *Config) { c.Limits.Ping = time.Hour })
		var ids [4]ClientID
		for i := range ids {
			ids[i] = w.someone(g, w.servers[i%2])
		}
		for i, line := range strings.Split(script, "\n") {
			if i > 200 {
				break
			}
			w.now = w.now.Add(time.Second)
			k := g.IntN(4)
			if w.servers[k%2].clients[ids[k]] {
				w.say(w.servers[k%2], ids[k], line)
			}
			if g.IntN(4) == 0 && w.servers[k%2].clients[ids[k]] {
				w.say(w.servers[k%2], ids[k], g.line())
			}
		}
		if !bytes.Equal(w.servers[0].Snapshot(), w.servers[1].Snapshot()) {
			t.Error("the servers disagree")
		}
		for _, srv := range w.servers {
			checkWhole(t, srv.State)
			if srv.unsent > 0 {
				t.Errorf("%d lines could not be written", srv.unsent)
			}
		}
	})
}

// BenchmarkChannel sends to 1,000 members with four sets of capabilities.
func BenchmarkChannel(b *testing.B) {
	w := newWorld(b, 1, func(c *Config) { c.Limits.Ping = time.Hour })
	srv := w.servers[0]
	var first ClientID
	for i := range 1000 {
		id := w.connect(srv, "host", "")
		if first == 0 {
			first = id
		}
		w.say(srv, id, "CAP REQ :"+[]string{"batch", "server-time", "server-time message-tags", "server-time message-tags account-tag"}[i%4])
		w.say(srv, id, fmt.Sprintf("NICK n%d", i))
		w.say(srv, id, "USER u 0 * :r")
		w.say(srv, id, "CAP END")
		w.say(srv, id, "JOIN #big")
	}
	line := Line{Client: first, Message: irc.Text("", "PRIVMSG", "#big", "a message of the usual length, as people write them")}
	b.ReportAllocs()
	for b.Loop() {
		for _, out := range srv.Step(w.now, line) {
			if a, ok := out.(Append); ok {
				if n := len(srv.Step(w.now, Applied{a.Event})); n > 4 {
					b.Fatal(n, "lines for four sets")
				}
			}
		}
	}
}
