//go:build linux && netns

package netlab

import (
	"syscall"
	"testing"
	"time"
)

// scenario is an awkward network on which anna, at host a, and bert, at host b,
// look for each other and talk.
type scenario struct {
	name    string
	network func(s *scene) // makes the hosts, and starts who does not just start
	breaks  func(s *scene) // what happens once they have met and talked
	mends   func(s *scene) // what happens after both have written to each other meanwhile

	found   time.Duration // within which each sees the other; 0: it is not looked at
	message time.Duration // within which what they write arrives; 0: it is not looked at

	ask    string // whom anna's doctor is asked about; empty: bert
	doctor string // in its sentence; empty: it is not asked
}

// everything is what to ask to have the doctor look at no one person.
const everything = "everything"

// TestAwkwardNetworks lets people find each other and talk where they can, and
// has the doctor name the cause where they cannot. It prints what came of it.
// The bounds are for a busy machine; the table tells how long it took.
func TestAwkwardNetworks(t *testing.T) {
	const quick, slow = 5 * time.Second, 20 * time.Second
	play(t, []scenario{
		{name: "one cable", network: oneLAN, found: quick, message: quick},
		{name: "two cards, each into a network of its own", network: func(s *scene) {
			oneLAN(s)
			s.a.Join(s.Bridge("here"), "10.79.0.1/24")
			s.b.Join(s.Bridge("there"), "10.78.0.2/24")
		}, found: quick, message: quick},
		{name: "two cards into one network", network: func(s *scene) {
			oneLAN(s)
			wireless := s.Bridge("wireless")
			s.lan.Cable(wireless)
			s.b.Join(wireless, "10.77.0.3/24")
		}, found: quick, message: quick},
		{name: "a VPN has the default route and is dead", network: func(s *scene) {
			oneLAN(s)
			s.vpn(s.a, "0.0.0.0/1", "128.0.0.0/1")
		}, found: quick, message: quick},
		{name: "a VPN has the LAN's own routes too", network: func(s *scene) {
			onlyIPv4(s)
			s.vpn(s.a, "10.77.0.0/25", "10.77.0.128/25")
		}, found: quick, message: quick},
		{name: "the same, and links can be opened from here only", network: func(s *scene) {
			onlyIPv4(s)
			s.vpn(s.a, "10.77.0.0/25", "10.77.0.128/25")
			s.b.DropUDP(47475)
		}, doctor: "VPN"},
		{name: "IPv6 only", network: func(s *scene) { s.join("fd00:77::1/64", "fd00:77::2/64") },
			found: quick, message: quick},
		{name: "IPv6 only, and no router", network: func(s *scene) { s.join("", "") },
			found: quick, message: quick},
		{name: "broadcast blocked", network: func(s *scene) {
			oneLAN(s)
			s.lan.block(broadcasts)
		}, found: quick, message: quick},
		{name: "multicast blocked", network: func(s *scene) {
			oneLAN(s)
			s.lan.block(multicast4, multicast6)
		}, found: quick, message: quick},
		{name: "both blocked, one address known", network: func(s *scene) {
			oneLAN(s)
			s.lan.block(broadcasts, multicast4, multicast6)
			s.knows("10.77.0.2")
		}, found: quick, message: quick},
		{name: "both blocked, no address known", network: func(s *scene) {
			oneLAN(s)
			s.lan.block(broadcasts, multicast4, multicast6)
		}, found: slow, message: quick},
		{name: "isolated ports, as guest Wi-Fi has them", network: func(s *scene) {
			oneLAN(s)
			s.gateway()
			s.a.Isolate(s.lan)
			s.b.Isolate(s.lan)
		}, doctor: "keeps devices apart"},
		{name: "two subnets, introduced by who is in both", network: func(s *scene) {
			s.routed().Start("mary")
		}, found: slow, message: quick},
		{name: "two subnets, one address known there", network: func(s *scene) {
			s.third(s.routed().bridge("right"), "10.78.0.4/24").Gateway("10.78.0.2")
			s.c.Start("carl")
			s.knows("10.78.0.4")
		}, found: slow, message: quick},
		{name: "two subnets, nobody introduces", network: func(s *scene) {
			s.third(s.routed().bridge("left"), "10.77.0.3/24")
		}, doctor: "in another subnet"},
		{name: "two subnets, an address that nobody has", network: func(s *scene) { s.routed() },
			ask: "10.78.0.9", doctor: "no machine has that address"},
		{name: "two subnets, and no way between them", network: func(s *scene) {
			s.routed()
			s.a.Exec("ip", "route", "delete", "default")
		}, ask: "10.78.0.3", doctor: "no way"},
		{name: "a firewall here lets no links in", network: func(s *scene) {
			oneLAN(s)
			s.a.refuses(47475)
		}, found: quick, message: quick},
		{name: "a firewall there lets no links in", network: func(s *scene) {
			oneLAN(s)
			s.b.refuses(47475)
		}, found: quick, message: quick},
		{name: "a firewall here lets in only answers, one address known", network: func(s *scene) {
			oneLAN(s)
			s.a.Firewall()
			s.knows("10.77.0.2")
		}, found: quick, message: quick},
		{name: "a firewall here lets in only answers", network: func(s *scene) {
			oneLAN(s)
			s.a.Firewall()
		}, found: slow, message: quick},
		{name: "a firewall there lets in only answers", network: func(s *scene) {
			oneLAN(s)
			s.b.Firewall()
		}, found: slow, message: quick},
		{name: "firewalls at both ends let in only answers", network: func(s *scene) {
			oneLAN(s)
			s.a.Firewall()
			s.b.Firewall()
		}, found: slow, message: quick},
		{name: "a firewall here drops what comes", network: func(s *scene) {
			oneLAN(s)
			s.a.deafen()
		}, doctor: "in this machine's firewall"},
		{name: "a firewall here drops what is sent", network: func(s *scene) {
			oneLAN(s)
			s.a.DropUDP(47474)
			s.a.DropUDP(47475)
		}, doctor: "in this machine's firewall"},
		{name: "a firewall there drops everything", network: func(s *scene) {
			oneLAN(s)
			s.b.DropUDP(47474)
			s.b.DropUDP(47475)
		}, ask: "10.77.0.2", doctor: "in the firewall of that machine"},
		{name: "announcements pass and links do not", network: func(s *scene) {
			oneLAN(s)
			s.lan.DropUDP(47475)
		}, doctor: "47475"},
		{name: "the card goes down and up", network: oneLAN,
			breaks: func(s *scene) { s.b.LinkDown(s.lan); time.Sleep(3 * time.Second) },
			mends:  func(s *scene) { s.b.LinkUp(s.lan) },
			found:  quick, message: slow},
		{name: "the address changes", network: oneLAN,
			breaks: func(s *scene) { s.b.SetAddress(s.lan, "10.77.0.99/24") },
			found:  quick, message: slow},
		{name: "two hosts swap their addresses", network: func(s *scene) {
			onlyIPv4(s)
			c := s.third(s.lan, "10.77.0.3/24")
			s.begin()
			meet(s.anna, c.Start("carl"))
		}, breaks: func(s *scene) {
			s.b.SetAddress(s.lan, "10.77.0.33/24")
			s.c.SetAddress(s.lan, "10.77.0.2/24")
			s.b.SetAddress(s.lan, "10.77.0.3/24")
		}, found: quick, message: slow},
		{name: "the card comes late", network: func(s *scene) {
			s.lan, s.a, s.b = s.Bridge("lan"), s.Host("a"), s.Host("b")
			s.a.Join(s.lan, "10.77.0.1/24")
			s.begin()
			s.b.Join(s.lan, "10.77.0.2/24")
			s.from = time.Now()
		}, found: slow, message: quick},
		{name: "one of two ways dies and says nothing", network: func(s *scene) {
			oneLAN(s)
			s.side = s.Bridge("side")
			s.a.Join(s.side, "10.78.0.1/24")
			s.b.Join(s.side, "10.78.0.2/24")
		}, breaks: func(s *scene) { s.used().Loss(100) }, found: quick, message: slow},
		{name: "asleep for a minute", network: oneLAN,
			breaks: func(s *scene) { s.bert.Signal(syscall.SIGSTOP) },
			mends:  func(s *scene) { time.Sleep(time.Minute); s.bert.Signal(syscall.SIGCONT) },
			found:  quick, message: slow},
		{name: "a clock is an hour ahead", network: func(s *scene) {
			oneLAN(s)
			s.bert = s.b.StartAt(time.Hour, "bert")
		}, found: quick, message: quick, doctor: "clock"},
		{name: "one name twice", network: func(s *scene) {
			oneLAN(s)
			c := s.third(s.lan, "10.77.0.3/24")
			s.begin()
			meet(s.anna, c.Start("namesake", "--name", "bert"))
		}, found: quick, message: quick, doctor: "2 people"},
		{name: "one key twice, on a copied disk", network: func(s *scene) {
			oneLAN(s)
			s.a.Start("anna").Stop()
			s.a.Exec("cp", "-r", s.Profile("anna"), s.Profile("bert"))
		}, ask: everything, doctor: "same identity"},
		{name: "the port is taken", network: func(s *scene) {
			oneLAN(s)
			listen(s.a, ":47474")
			s.b.Firewall()
		}, doctor: "UDP port 47474"},
		{name: "no cable", network: func(s *scene) {
			oneLAN(s)
			s.a.Unplug(s.lan)
		}, doctor: "cable"},
		{name: "another version", network: func(s *scene) {
			oneLAN(s)
			s.begin()
			s.bert.Stop()
			s.announceVersion(2)
		}, ask: "10.77.0.2", doctor: "version"},
		{name: "gone with a goodbye", network: func(s *scene) {
			oneLAN(s)
			s.begin()
			meet(s.anna, s.bert)
			s.bert.Stop()
		}, doctor: "closed Parlance"},
		{name: "gone without a word", network: func(s *scene) {
			oneLAN(s)
			s.begin()
			meet(s.anna, s.bert)
			s.bert.Kill()
		}, doctor: "not running"},
		{name: "blocked by oneself", network: func(s *scene) {
			oneLAN(s)
			s.begin()
			meet(s.anna, s.bert)
			s.anna.CLI("block", s.bert.ID).must(s.t)
		}, doctor: "You blocked"},
	})
}
