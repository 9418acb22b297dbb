package core

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"
)

var update = flag.Bool("update", false, "write what the servers answer into the transcripts, to be read by a person")

// TestTranscripts plays the files of testdata. A file holds what is done, and
// indented below each step what the clients get of it, every line of it:
//
//	alice > JOIN #tea        alice's client sends a line; it connects if it is new
//	  alice < :alice!…       what comes to whom, in order
//	register alice CAP…      alice negotiates, registers; the welcome is not shown
//	connect alice FINGERPRINT  with a client certificate
//	gone alice REASON        the connection breaks
//	wait 90s                 time passes, with the Ticks wanted
//	hold, release            the stream stores events but applies none, and goes on
//	slow, fast               history is not found, and then all that was asked for is
//	refuse, accept           the stream stores nothing, and stores again
//	lost s2                  the server s2 is no more
//	restart                  s1 ends and comes back from its snapshot and the events after it
//	limit NAME NUMBER        before all others: a field of Limits
//
// $last in a line is the ID of the latest message. A client is at server s1, or at s2 if its name ends in 2. Each step takes a
// second. A # begins a comment.
func TestTranscripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) < 30 {
		t.Fatalf("%d transcripts, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := play(t, string(data))
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if want := string(data); got != want {
				t.Errorf("%s\n%s", file, firstDifference(got, want))
			}
		})
	}
}

func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range max(len(g), len(w)) {
		var a, b string
		if i < len(g) {
			a = g[i]
		}
		if i < len(w) {
			b = w[i]
		}
		if a != b {
			return fmt.Sprintf("line %d\n got %q\nwant %q", i+1, a, b)
		}
	}
	return ""
}

type player struct {
	*world
	t     *testing.T
	out   strings.Builder
	names map[ClientID]string
	ids   map[string]ClientID
	mute  bool
}

func play(t *testing.T, script string) string {
	p := &player{t: t, names: map[ClientID]string{}, ids: map[string]ClientID{}}
	limits := Limits{}
	for line := range strings.Lines(script) {
		if f := strings.Fields(line); len(f) == 3 && f[0] == "limit" {
			n, err := strconv.Atoi(f[2])
			if err != nil {
				t.Fatal(err)
			}
			setLimit(t, &limits, f[1], n)
		}
	}
	n := 1
	if strings.Contains(script, "2 > ") || strings.Contains(script, "register bob2") {
		n = 2
	}
	p.world = newWorld(t, n, func(c *Config) { c.Limits = limits })
	p.log = func(_ *testServer, id ClientID, line string) {
		name := p.names[id]
		if !p.mute {
			fmt.Fprintf(&p.out, "  %s < %s\n", name, line)
		}
		if strings.HasPrefix(line, "(closed") {
			delete(p.ids, name)
		}
	}
	for line := range strings.Lines(script) {
		line = strings.TrimSuffix(line, "\n")
		if strings.HasPrefix(line, "  ") {
			continue
		}
		p.out.WriteString(line + "\n")
		if line != "" && line[0] != '#' {
			p.now = p.now.Add(time.Second)
			p.command(line)
		}
	}
	for _, srv := range p.servers {
		if srv.unsent > 0 {
			t.Errorf("%d lines could not be written", srv.unsent)
		}
	}
	return p.out.String()
}

func setLimit(t *testing.T, l *Limits, name string, n int) {
	field, ok := map[string]*int{
		"Channels": &l.Channels, "List": &l.List, "AllLists": &l.AllLists, "Monitor": &l.Monitor, "Targets": &l.Targets, "Waiting": &l.Waiting, "Whowas": &l.Whowas,
		"MultilineLines": &l.MultilineLines, "MultilineBytes": &l.MultilineBytes, "Kept": &l.Kept, "Topic": &l.Topic, "Modes": &l.Modes,
	}[name]
	if !ok {
		t.Fatalf("no limit %q", name)
	}
	*field = n
}

func (p *player) server(name string) *testServer {
	if strings.HasSuffix(name, "2") {
		return p.servers[1]
	}
	return p.servers[0]
}

func (p *player) client(name, fingerprint string) ClientID {
	id, ok := p.ids[name]
	if !ok {
		id = p.next + 1
		p.ids[name], p.names[id] = id, name
		p.connect(p.server(name), name+".host", fingerprint)
	}
	return id
}

func (p *player) command(line string) {
	f := strings.Fields(line)
	if who, text, ok := strings.Cut(line, " > "); ok && who == f[0] {
		id := p.client(who, "")
		text = strings.ReplaceAll(text, "$last", p.lastMessage())
		if n, ok := strings.CutPrefix(text, "(repeat "); ok { // (repeat 5) LINE
			count, rest, _ := strings.Cut(n, ") ")
			times, err := strconv.Atoi(count)
			if err != nil {
				p.t.Fatal(err)
			}
			for range times {
				p.say(p.server(who), id, rest)
			}
			return
		}
		p.say(p.server(who), id, text)
		return
	}
	switch f[0] {
	case "limit":
	case "register":
		p.mute = true
		id := p.client(f[1], "")
		p.say(p.server(f[1]), id, "CAP LS 302")
		p.say(p.server(f[1]), id, "CAP REQ :"+strings.Join(f[2:], " "))
		p.say(p.server(f[1]), id, "NICK "+f[1])
		p.say(p.server(f[1]), id, "USER "+f[1]+" 0 * :Real "+f[1])
		p.say(p.server(f[1]), id, "CAP END")
		p.mute = false
	case "connect":
		p.client(f[1], strings.Join(f[2:], ""))
	case "gone":
		id := p.ids[f[1]]
		delete(p.ids, f[1])
		delete(p.server(f[1]).clients, id)
		p.step(p.server(f[1]), Disconnected{Client: id, Reason: strings.Join(f[2:], " ")})
	case "wait":
		d, err := time.ParseDuration(f[1])
		if err != nil {
			p.t.Fatal(err)
		}
		p.pass(d)
	case "hold":
		p.held = true
	case "release":
		p.held = false
		p.settle()
	case "slow":
		p.slow = true
	case "fast":
		p.fast()
	case "refuse":
		p.refuse = true
	case "accept":
		p.refuse = false
	case "lost":
		p.servers = p.servers[:1]
		p.step(p.servers[0], Lost{Origin{Server: f[1], Start: 1}})
	case "restart":
		p.restart()
	default:
		p.t.Fatalf("%q is no step", line)
	}
}

// lastMessage returns the ID of the newest message that history keeps.
func (p *player) lastMessage() string {
	for _, data := range slices.Backward(p.stream) {
		var ev Event
		if err := cbor.Unmarshal(data, &ev); err != nil {
			p.t.Fatal(err)
		}
		if ev.Talk != "" {
			return ev.ID
		}
	}
	return "none"
}

// pass lets time go by, waking the servers when they asked for it.
func (p *player) pass(d time.Duration) {
	end := p.now.Add(d)
	for {
		first, when := -1, end
		for i, srv := range p.servers {
			if n := srv.Next(); !n.IsZero() && n.Before(when) {
				first, when = i, n
			}
		}
		if first < 0 {
			break
		}
		p.now = when
		p.step(p.servers[first], Tick{})
	}
	p.now = end
}

func (p *player) restart() {
	old := p.servers[0]
	cfg := old.cfg
	cfg.Origin.Start++
	fresh, err := Restore(cfg, old.Snapshot())
	if err != nil {
		p.t.Fatal(err)
	}
	p.servers[0] = &testServer{State: fresh, read: old.read, clients: map[ClientID]bool{}}
	clear(p.ids)
	for _, o := range fresh.Origins() {
		if o.Server == cfg.Origin.Server {
			p.step(p.servers[0], Lost{o})
		}
	}
}
