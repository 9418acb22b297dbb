//go:build linux && netns

package netlab

import (
	"strings"
	"testing"
	"time"
)

// TestDoctor breaks a network in the ways in which networks are broken: the
// doctor names the cause.
func TestDoctor(t *testing.T) {
	for _, c := range []struct {
		name  string
		play  func(lab *Lab) *Node
		words []string // all of which the doctor says
		bad   bool     // something is to be done
	}{
		{"all is well", func(lab *Lab) *Node {
			lan, a, b := lab.Bridge("lan"), lab.Host("a"), lab.Host("b")
			a.Join(lan, "10.77.0.1/24")
			b.Join(lan, "10.77.0.2/24")
			anna, bert := a.Start("anna"), b.Start("bert")
			find(anna, bert)
			return anna
		}, []string{"eth0: 10.77.0.1/24", "239.255.47.74 on eth0", "bert", "10.77.0.2:47475", "All is well"}, false},
		{"nobody else", func(lab *Lab) *Node {
			lan, a := lab.Bridge("lan"), lab.Host("a")
			a.Join(lan, "10.77.0.1/24")
			return a.Start("anna")
		}, []string{"Nobody has been seen"}, false},
		{"no card", func(lab *Lab) *Node {
			return lab.Host("a").Start("anna")
		}, []string{"No network card"}, true},
		{"no cable", func(lab *Lab) *Node {
			lan, a := lab.Bridge("lan"), lab.Host("a")
			a.Join(lan, "10.77.0.1/24")
			a.Unplug(lan)
			return a.Start("anna")
		}, []string{"eth0", "cable"}, true},
		{"discovery port taken", func(lab *Lab) *Node {
			lan, a := lab.Bridge("lan"), lab.Host("a")
			a.Join(lan, "10.77.0.1/24")
			listen(a, ":47474")
			return a.Start("anna")
		}, []string{"Close the program that holds UDP port 47474"}, true},
		{"a firewall drops what is sent", func(lab *Lab) *Node {
			lan, a := lab.Bridge("lan"), lab.Host("a")
			a.Join(lan, "10.77.0.1/24")
			a.DropUDP(47474)
			return a.Start("anna")
		}, []string{"eth0", "firewall", "47474"}, true},
		{"a firewall drops what comes", func(lab *Lab) *Node {
			lan, a := lab.Bridge("lan"), lab.Host("a")
			a.Join(lan, "10.77.0.1/24")
			a.Firewall()
			return a.Start("anna")
		}, []string{"eth0", "firewall", "47474"}, true},
		{"a firewall on one of two cards", func(lab *Lab) *Node {
			lan, side, a := lab.Bridge("lan"), lab.Bridge("side"), lab.Host("a")
			a.Join(side, "10.78.0.1/24")
			a.Join(lan, "10.77.0.1/24")
			lab.nft(a.ns, "add rule inet netlab inbound iifname eth1 udp dport 47474 drop")
			return a.Start("anna")
		}, []string{"eth1", "firewall", "47474"}, true},
		{"links blocked", func(lab *Lab) *Node {
			lan, a, b := lab.Bridge("lan"), lab.Host("a"), lab.Host("b")
			a.Join(lan, "10.77.0.1/24")
			b.Join(lan, "10.77.0.2/24")
			lan.DropUDP(47475)
			anna, bert := a.Start("anna"), b.Start("bert")
			meet(anna, bert)
			return anna
		}, []string{"bert", "firewall", "47475"}, true},
		{"the profile was copied to another machine", func(lab *Lab) *Node {
			lan, a, b := lab.Bridge("lan"), lab.Host("a"), lab.Host("b")
			a.Join(lan, "10.77.0.1/24")
			b.Join(lan, "10.77.0.2/24")
			a.Start("anna").Stop()
			a.Exec("cp", "-r", lab.Profile("anna"), lab.Profile("copy"))
			anna := a.Start("anna")
			b.Start("copy")
			return anna
		}, []string{"Another machine", "same identity"}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			n := c.play(New(t))
			var said Answer
			complete := func() bool {
				said = n.CLI("doctor")
				for _, word := range c.words {
					if !strings.Contains(said.Out, word) {
						return false
					}
				}
				return c.bad == (said.Code != 0)
			}
			for until := time.Now().Add(bound); !complete(); time.Sleep(500 * time.Millisecond) {
				if time.Now().After(until) {
					t.Fatalf("the doctor does not say %q (something to do: %v), but (exit code %d)\n%s\n%s", c.words, c.bad, said.Code, said.Out, n.report())
				}
			}
		})
	}
}
