//go:build linux && netns

package netlab

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/parlance-chat/parlance/netcore/identity"
	"github.com/parlance-chat/parlance/netcore/wire"
)

// scene is a scenario being played.
type scene struct {
	*Lab
	lan, side  *Bridge
	a, b, c    *Host
	anna, bert *Node
	from       time.Time // since when they could find each other; zero: since the later start
}

// result is a line of the table.
type result struct {
	name           string
	found, message time.Duration // 0: they were not looked for
	sentence       string
}

// play plays scenarios, a few at a time, and prints the table of what came of
// them.
func play(t *testing.T, scenarios []scenario) {
	if _, err := program(); err != nil { // not in anybody's measured time
		t.Fatal(err)
	}
	results := make([]result, len(scenarios))
	t.Run("scenario", func(t *testing.T) {
		for i, c := range scenarios {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				results[i].name = c.name
				c.play(&scene{Lab: New(t)}, &results[i])
			})
		}
	})
	print(slices.DeleteFunc(results, func(r result) bool { return r.name == "" })) // of those chosen with -run
}

// print prints the table; testreport shows lines that begin like these.
func print(results []result) {
	width := 0
	for _, r := range results {
		width = max(width, utf8.RuneCountInString(r.name))
	}
	tell := func(d time.Duration) string {
		if d == 0 {
			return "-"
		}
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	fmt.Printf("| %-*s | found  | message | the doctor says\n", width, "network")
	for _, r := range results {
		fmt.Printf("| %-*s | %6s | %7s | %s\n", width, r.name, tell(r.found), tell(r.message), r.sentence)
	}
}

func (c scenario) play(s *scene, r *result) {
	s.t.Helper()
	c.network(s)
	s.begin()
	if c.found > 0 {
		r.found = s.meet(c.found)
	}
	if c.message > 0 {
		r.message = s.talk(c)
	}
	if c.doctor != "" {
		r.sentence = s.consult(c)
	}
	if c.found == 0 && !s.bert.Exited() {
		s.apart()
	}
}

// begin starts who has not been started yet.
func (s *scene) begin() {
	s.t.Helper()
	if s.anna == nil {
		s.anna = s.a.Start("anna")
	}
	if s.bert == nil {
		s.bert = s.b.Start("bert")
	}
}

// meet waits until both see each other and returns how long that took.
func (s *scene) meet(within time.Duration) time.Duration {
	s.t.Helper()
	from := s.from
	if from.IsZero() {
		from = s.bert.Started
		if s.anna.Started.After(from) {
			from = s.anna.Started
		}
	}
	seen := s.anna.WaitPeer(s.bert, "online", within).At
	if other := s.bert.WaitPeer(s.anna, "online", within).At; other.After(seen) {
		seen = other
	}
	return max(seen.Sub(from), time.Millisecond)
}

// talk lets both write, each to the other, and returns how long it took until
// the later message was on the other side's disk: after the writing, or after
// what was broken is mended.
func (s *scene) talk(c scenario) time.Duration {
	s.t.Helper()
	if c.breaks != nil {
		talk(s.anna, s.bert)
		c.breaks(s)
	}
	from := time.Now()
	// One after the other: a program that sleeps takes its text when it wakes.
	asked := s.anna.Send(s.bert, "from anna")
	answered := make(chan string, 1)
	go func() { answered <- s.bert.Send(s.anna, "from bert") }()
	if c.mends != nil {
		c.mends(s)
		from = time.Now()
	}
	done := s.anna.WaitDelivered(asked, c.message).At
	s.bert.WaitMessage("from anna", c.message)
	if other := s.bert.WaitDelivered(<-answered, c.message).At; other.After(done) {
		done = other
	}
	s.anna.WaitMessage("from bert", c.message)
	return max(done.Sub(from), time.Millisecond)
}

// consult asks anna's doctor until it says what it should, and returns the
// sentence; what concerns everybody bert's doctor has to say as well.
func (s *scene) consult(c scenario) string {
	s.t.Helper()
	const patience = 90 * time.Second
	command, doctors := []string{"doctor", "--json"}, []*Node{s.anna}
	switch c.ask {
	case "":
		command = append(command, "bert")
	case everything:
		doctors = append(doctors, s.bert)
	default:
		command = append(command, c.ask)
	}
	var sentence string
	for _, n := range doctors {
		for until := time.Now().Add(patience); ; time.Sleep(500 * time.Millisecond) {
			said := n.CLI(command...)
			if sentence = summary(said.Out); strings.Contains(sentence, c.doctor) {
				break
			}
			if time.Now().After(until) {
				s.t.Fatalf("the doctor does not say %q but %q:\n%s%s\n%s\n%s", c.doctor, sentence, said.Out, said.Err, s.anna.report(), s.bert.report())
			}
		}
	}
	return sentence
}

// summary returns the doctor's sentence.
func summary(report string) string {
	for line := range strings.Lines(report) {
		var f struct{ Topic, Text string }
		if json.Unmarshal([]byte(line), &f) == nil && f.Topic == "summary" {
			return f.Text
		}
	}
	return ""
}

// apart makes sure that those who were said not to reach each other do not.
func (s *scene) apart() {
	s.t.Helper()
	for _, p := range s.anna.Peers() {
		if p.ID != s.bert.ID || p.State != "online" {
			continue
		}
		sent := s.anna.CLI("send", "--wait", "1s", s.bert.ID, "are you there?")
		if sent.Code == 0 {
			s.t.Errorf("a message arrived at bert, who was said to be out of reach\n%s", s.anna.report())
		}
	}
}

// join makes a network with both hosts in it; an empty address stands for none
// but the link's own.
func (s *scene) join(a, b string) {
	s.t.Helper()
	s.lan, s.a, s.b = s.Bridge("lan"), s.Host("a"), s.Host("b")
	for h, address := range map[*Host]string{s.a: a, s.b: b} {
		if address == "" {
			h.Join(s.lan)
		} else {
			h.Join(s.lan, address)
		}
	}
}

// gateway gives the network a router.
func (s *scene) gateway() {
	s.t.Helper()
	router := s.Host("router")
	router.Join(s.lan, "10.77.0.254/24")
	s.a.Gateway("10.77.0.254")
	s.b.Gateway("10.77.0.254")
}

// vpn gives a host a tunnel that leads nowhere, and the routes that its makers
// thought were theirs.
func (s *scene) vpn(h *Host, routes ...string) {
	s.t.Helper()
	tunnel := h.Join(s.Bridge("tunnel"), "10.99.0.2/24")
	for _, r := range routes {
		h.Exec("ip", "route", "replace", r, "dev", tunnel)
	}
}

// Frames that some switches and access points do not pass on. ARP is spared.
const (
	broadcasts = "ether daddr ff:ff:ff:ff:ff:ff ether type ip drop"
	multicast4 = "ip daddr 224.0.0.0/4 drop"
	multicast6 = "ip6 daddr ff12::/16 drop"
)

// block makes the bridge drop what rules say.
func (b *Bridge) block(rules ...string) {
	b.lab.t.Helper()
	for _, r := range rules {
		b.lab.nft(b.ns, "add rule bridge netlab blocks "+r)
	}
}

// bridge returns a bridge that the host joined.
func (h *Host) bridge(name string) *Bridge {
	h.lab.t.Helper()
	for b := range h.cards {
		if b.name == name {
			return b
		}
	}
	h.lab.t.Fatalf("%s is not in %s", h.Name, name)
	return nil
}

// used returns the network over which anna and bert are linked.
func (s *scene) used() *Bridge {
	s.t.Helper()
	at := s.anna.Peers()[s.bert.ID].Addresses[0]
	if strings.HasPrefix(at, "10.78.") || strings.Contains(at, "%eth1") {
		return s.side
	}
	return s.lan
}

// announceVersion lets bert's host announce somebody in a version of the future.
func (s *scene) announceVersion(version byte) {
	s.t.Helper()
	key, err := identity.NewKey()
	if err != nil {
		s.t.Fatal(err)
	}
	datagram, err := wire.AppendAnnouncement(nil, key, wire.Announcement{Instance: 1, Sequence: 1, Name: "bert", LinkPort: 47475})
	if err != nil {
		s.t.Fatal(err)
	}
	datagram[len("PRLA")] = version
	if err := send(listen(s.b, ":0"), string(datagram), "10.77.0.1:47474"); err != nil {
		s.t.Fatal(err)
	}
}

// oneLAN joins both hosts to one network.
func oneLAN(s *scene) { s.join("10.77.0.1/24", "10.77.0.2/24") }

// onlyIPv4 does so with IPv6 switched off.
func onlyIPv4(s *scene) {
	s.lan, s.a, s.b = s.Bridge("lan"), s.Host("a"), s.Host("b")
	for h, address := range map[*Host]string{s.a: "10.77.0.1/24", s.b: "10.77.0.2/24"} {
		h.Exec("sh", "-c", "echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6")
		h.Join(s.lan, address)
	}
}

// routed puts the hosts into two subnets and returns the router between them.
func (s *scene) routed() *Host {
	s.t.Helper()
	var m *Host
	s.a, m, s.b = routed(s.Lab)
	return m
}

// third makes another host in a network.
func (s *scene) third(b *Bridge, address string) *Host {
	s.t.Helper()
	s.c = s.Host("c")
	s.c.Join(b, address)
	return s.c
}

// knows has anna connect to an address.
func (s *scene) knows(address string) {
	s.t.Helper()
	s.begin()
	s.anna.CLI("connect", address).must(s.t)
}

// deafen lets a firewall drop every datagram that comes.
func (h *Host) deafen() {
	h.lab.t.Helper()
	h.lab.nft(h.ns, "add rule inet netlab inbound meta l4proto udp drop")
}

// refuses lets a firewall drop what comes to a port.
func (h *Host) refuses(port uint16) {
	h.lab.t.Helper()
	h.lab.nft(h.ns, fmt.Sprintf("add rule inet netlab inbound udp dport %d ct state new drop", port))
}
