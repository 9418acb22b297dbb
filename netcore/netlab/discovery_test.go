//go:build linux && netns

package netlab

import (
	"fmt"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/parlance-chat/parlance/netcore/feed"
)

// TestFindAndTalk sets up networks on which two devices are to find each other
// and to talk, each to the other.
func TestFindAndTalk(t *testing.T) {
	for _, c := range []struct {
		name string
		play func(lab *Lab)
	}{
		{"one bridge", func(lab *Lab) {
			lan, a, b := lab.Bridge("lan"), lab.Host("a"), lab.Host("b")
			a.Join(lan, "10.77.0.1/24", "fd00:77::1/64")
			b.Join(lan, "10.77.0.2/24", "fd00:77::2/64")
			find(a.Start("anna"), b.Start("bert"))
		}},
		{"one bridge that loses every fifth frame", func(lab *Lab) {
			lan, a, b := lab.Bridge("lan"), lab.Host("a"), lab.Host("b")
			a.Join(lan, "10.77.0.1/24", "fd00:77::1/64")
			b.Join(lan, "10.77.0.2/24", "fd00:77::2/64")
			lan.Loss(20)
			find(a.Start("anna"), b.Start("bert"))
		}},
		{"one machine with only loopback up", func(lab *Lab) {
			a := lab.Host("a")
			find(a.Start("anna"), a.Start("bert"))
		}},
		{"one machine with a card, and another", func(lab *Lab) {
			lan, a, b := lab.Bridge("lan"), lab.Host("a"), lab.Host("b")
			a.Join(lan, "10.77.0.1/24")
			b.Join(lan, "10.77.0.2/24")
			anna, bert, carl := a.Start("anna"), a.Start("bert"), b.Start("carl")
			find(anna, bert)
			find(anna, carl)
			find(bert, carl)
		}},
		{"IPv4 only", func(lab *Lab) {
			lan, a, b := lab.Bridge("lan"), lab.Host("a"), lab.Host("b")
			for _, h := range []*Host{a, b} {
				h.Exec("sh", "-c", "echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6")
			}
			a.Join(lan, "10.77.0.1/24")
			b.Join(lan, "10.77.0.2/24")
			find(a.Start("anna"), b.Start("bert"))
		}},
		{"IPv6 only", func(lab *Lab) {
			lan, a, b := lab.Bridge("lan"), lab.Host("a"), lab.Host("b")
			a.Join(lan, "fd00:77::1/64")
			b.Join(lan, "fd00:77::2/64")
			find(a.Start("anna"), b.Start("bert"))
		}},
		{"IPv6 only, and only addresses of the link", func(lab *Lab) {
			lan, a, b := lab.Bridge("lan"), lab.Host("a"), lab.Host("b")
			a.Join(lan)
			b.Join(lan)
			find(a.Start("anna"), b.Start("bert"))
		}},
		{"a host with two cards between two subnets", func(lab *Lab) {
			left, right := lab.Bridge("left"), lab.Bridge("right")
			a, m, c := lab.Host("a"), lab.Host("m"), lab.Host("c")
			a.Join(left, "10.77.0.1/24")
			m.Join(left, "10.77.0.2/24")
			m.Join(right, "10.78.0.2/24")
			c.Join(right, "10.78.0.3/24")
			anna, mary, carl := a.Start("anna"), m.Start("mary"), c.Start("carl")
			find(anna, mary)
			find(mary, carl)
		}},
		{"introduced by a host with two cards that routes", func(lab *Lab) {
			a, m, c := routed(lab)
			carl, mary := c.Start("carl"), m.Start("mary")
			find(mary, carl)
			anna := a.Start("anna")
			find(anna, mary)
			find(anna, carl)
		}},
		{"introduced when others know each other already", func(lab *Lab) {
			a, m, c := routed(lab)
			anna, mary := a.Start("anna"), m.Start("mary")
			find(anna, mary)
			carl := c.Start("carl")
			find(mary, carl)
			find(anna, carl)
		}},
		{"two subnets behind a router, one address given", func(lab *Lab) {
			a, _, c := routed(lab)
			anna, carl := a.Start("anna"), c.Start("carl")
			anna.CLI("connect", "10.78.0.3").must(anna.t)
			find(anna, carl)
		}},
		{"a card added after the start", func(lab *Lab) {
			left, right, side := lab.Bridge("left"), lab.Bridge("right"), lab.Bridge("side")
			a, b := lab.Host("a"), lab.Host("b")
			a.Join(left, "10.77.0.1/24")
			b.Join(right, "10.78.0.2/24")
			anna, bert := a.Start("anna"), b.Start("bert")
			b.Join(side, "10.79.0.2/24", "fd00:79::2/64")
			a.Join(side, "10.79.0.1/24", "fd00:79::1/64")
			find(anna, bert)
		}},
		{"no network at all, then a card comes", func(lab *Lab) {
			lan, a, b := lab.Bridge("lan"), lab.Host("a"), lab.Host("b")
			b.Join(lan, "10.77.0.2/24")
			anna, bert := a.Start("anna"), b.Start("bert")
			a.Join(lan, "10.77.0.1/24")
			find(anna, bert)
		}},
		{"not even loopback, then a card comes", func(lab *Lab) {
			lan, a, b := lab.Bridge("lan"), lab.Host("a"), lab.Host("b")
			a.Exec("ip", "link", "set", "lo", "down")
			b.Join(lan, "10.77.0.2/24")
			anna, bert := a.Start("anna"), b.Start("bert")
			a.Join(lan, "10.77.0.1/24")
			find(anna, bert)
		}},
		{"discovery blocked by the network, address given", func(lab *Lab) {
			lan, a, b := lab.Bridge("lan"), lab.Host("a"), lab.Host("b")
			a.Join(lan, "10.77.0.1/24", "fd00:77::1/64")
			b.Join(lan, "10.77.0.2/24", "fd00:77::2/64")
			lan.DropUDP(47474)
			anna, bert := a.Start("anna"), b.Start("bert")
			anna.CLI("connect", "10.77.0.2").must(anna.t)
			find(anna, bert)
		}},
		{"discovery blocked by the network, IPv6 address and port given", func(lab *Lab) {
			lan, a, b := lab.Bridge("lan"), lab.Host("a"), lab.Host("b")
			a.Join(lan, "fd00:77::1/64")
			b.Join(lan, "fd00:77::2/64")
			lan.DropUDP(47474)
			anna, bert := a.Start("anna"), b.Start("bert")
			anna.CLI("connect", bert.Ready.Link).must(anna.t)
			find(anna, bert)
		}},
		{"discovery blocked by both firewalls, address given", func(lab *Lab) {
			lan, a, b := lab.Bridge("lan"), lab.Host("a"), lab.Host("b")
			a.Join(lan, "10.77.0.1/24")
			b.Join(lan, "10.77.0.2/24")
			a.DropUDP(47474)
			b.DropUDP(47474)
			anna, bert := a.Start("anna"), b.Start("bert")
			bert.CLI("connect", "10.77.0.1").must(bert.t)
			find(anna, bert)
		}},
		{"a firewall that lets in only answers, address given behind it", func(lab *Lab) {
			lan, a, b := lab.Bridge("lan"), lab.Host("a"), lab.Host("b")
			a.Join(lan, "10.77.0.1/24")
			b.Join(lan, "10.77.0.2/24")
			a.Firewall()
			anna, bert := a.Start("anna"), b.Start("bert")
			anna.CLI("connect", "10.77.0.2").must(anna.t)
			find(anna, bert)
		}},
		{"somebody comes back at another machine and address", func(lab *Lab) {
			lan, a, b, c := lab.Bridge("lan"), lab.Host("a"), lab.Host("b"), lab.Host("c")
			a.Join(lan, "10.77.0.1/24")
			b.Join(lan, "10.77.0.2/24")
			c.Join(lan, "10.77.0.3/24")
			anna, bert := a.Start("anna"), b.Start("bert")
			find(anna, bert)
			anna.Skip()
			bert.Stop()
			anna.WaitPeer(bert, "offline", bound)
			anna.Send(bert, "where are you?")
			anna.Skip()
			bert = c.Start("bert")
			bert.WaitMessage("where are you?", bound)
			find(anna, bert)
		}},
		{"small packets only", func(lab *Lab) {
			lan, a, b := lab.Bridge("lan"), lab.Host("a"), lab.Host("b")
			a.Exec("ip", "link", "set", a.Join(lan, "10.77.0.1/24"), "mtu", "1280")
			b.Exec("ip", "link", "set", b.Join(lan, "10.77.0.2/24"), "mtu", "1280")
			find(a.Start("anna"), b.Start("bert"))
		}},
		{"two cards on one network", func(lab *Lab) {
			lan, wireless := lab.Bridge("lan"), lab.Bridge("wireless")
			lan.Cable(wireless)
			a, b := lab.Host("a"), lab.Host("b")
			a.Join(lan, "10.77.0.1/24")
			b.Join(lan, "10.77.0.2/24")
			b.Join(wireless, "10.77.0.3/24")
			find(a.Start("anna"), b.Start("bert"))
		}},
		{"discovery port taken by another program", func(lab *Lab) {
			lan, a, b := lab.Bridge("lan"), lab.Host("a"), lab.Host("b")
			a.Join(lan, "10.77.0.1/24")
			b.Join(lan, "10.77.0.2/24")
			listen(b, ":47474")
			anna, bert := a.Start("anna"), b.Start("bert")
			if said := bert.Stderr() + bert.CLI("doctor").Out; !strings.Contains(said, "47474") {
				lab.t.Errorf("nothing says that port 47474 is taken:\n%s", said)
			}
			bert.CLI("connect", "10.77.0.1").must(bert.t)
			find(anna, bert)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.play(New(t))
		})
	}
}

// routed makes two subnets with a host each, and one with a card in both that
// routes.
func routed(lab *Lab) (a, m, c *Host) {
	left, right := lab.Bridge("left"), lab.Bridge("right")
	a, m, c = lab.Host("a"), lab.Host("m"), lab.Host("c")
	a.Join(left, "10.77.0.1/24")
	m.Join(left, "10.77.0.2/24")
	m.Join(right, "10.78.0.2/24")
	c.Join(right, "10.78.0.3/24")
	m.Forward()
	a.Gateway("10.77.0.2")
	c.Gateway("10.78.0.2")
	return a, m, c
}

// find waits until two devices see each other, and lets them talk.
func find(a, b *Node) {
	a.t.Helper()
	meet(a, b)
	talk(a, b)
}

// TestNames looks at what people are called wherever they are named.
func TestNames(t *testing.T) {
	t.Parallel()
	_, a, b := twoHosts(t)
	anna, bert := a.Start("anna"), b.Start("bert")
	find(anna, bert)
	for _, n := range []*Node{anna, bert} {
		for _, e := range append(n.Events(), n.History(map[*Node]*Node{anna: bert, bert: anna}[n])...) {
			id, name := e.ID, e.Name
			if e.Text != "" {
				id, name = e.From.ID, e.From.Name
			} else if e.Event != "ready" && e.Event != "peer" {
				continue
			}
			if want := map[string]string{anna.ID: "anna", bert.ID: "bert"}[id]; name != want {
				t.Errorf("%s calls %s %q, not %q: %+v", n.name, id, name, want, e)
			}
		}
	}
}

// TestStarts starts a device again and again beside one that runs: each time
// it is to see the other, and be seen.
func TestStarts(t *testing.T) {
	for _, percent := range []int{0, 20} {
		t.Run(fmt.Sprintf("%d %% lost", percent), func(t *testing.T) {
			t.Parallel()
			lan, a, b := twoHosts(t)
			lan.Loss(percent)
			anna := a.Start("anna")
			for range 5 {
				anna.Skip()
				bert := b.Start("bert")
				meet(anna, bert)
				anna.Skip()
				bert.Stop()
				anna.WaitPeer(bert, "offline", bound)
			}
		})
	}
}

// TestGoodbye stops a device and looks how soon the other one knows, and that it
// does not change its mind.
func TestGoodbye(t *testing.T) {
	t.Parallel()
	_, a, b := twoHosts(t)
	anna, bert := a.Start("anna"), b.Start("bert")
	for range 10 {
		find(anna, bert)
		anna.Skip()
		stopped := time.Now()
		bert.Stop()
		gone := anna.WaitPeer(bert, "offline", 5*time.Second)
		t.Logf("offline %v after the signal", gone.At.Sub(stopped))
		time.Sleep(time.Second)
		if state := anna.Peers()[bert.ID].State; state != "offline" {
			t.Fatalf("after a goodbye, bert is %s\n%s", state, anna.report())
		}
		anna.Skip()
		bert = bert.Again()
	}
}

// TestKilled ends a device without a goodbye. The other one knows within three
// intervals, also where it had only begun to know it; and where they are linked
// when the next frontiers are not acknowledged.
func TestKilled(t *testing.T) {
	const interval = 25 * time.Second * 5 / 4 // with its jitter
	for _, c := range []struct {
		name   string
		meet   func(a, b *Node)
		within time.Duration
	}{
		{"a moment after its start", meet, 3*interval + bound},
		{"with a link that has nothing to carry", talk, feed.FullInterval + 2*bound},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, a, b := twoHosts(t)
			anna, bert := a.Start("anna"), b.Start("bert")
			c.meet(anna, bert)
			anna.Skip()
			killed := time.Now()
			bert.Kill()
			gone := anna.WaitPeer(bert, "offline", c.within)
			t.Logf("offline %v after kill -9", gone.At.Sub(killed))
			bert = bert.Again()
			find(anna, bert)
		})
	}
}

// TestTrouble lets something happen in the middle of a talk: no message is lost
// or doubled, and their order stays.
func TestTrouble(t *testing.T) {
	for _, c := range []struct {
		name   string
		happen func(lan *Bridge, b *Host, bert *Node)
	}{
		{"another IPv4 address", func(lan *Bridge, b *Host, _ *Node) { b.SetAddress(lan, "10.77.0.99/24") }},
		{"IPv6 instead of IPv4", func(lan *Bridge, b *Host, _ *Node) { b.SetAddress(lan, "fd00:77::99/64") }},
		{"the card goes down and comes back", func(lan *Bridge, b *Host, _ *Node) {
			b.LinkDown(lan)
			time.Sleep(3 * time.Second)
			b.LinkUp(lan)
		}},
		{"the cable is pulled and put back", func(lan *Bridge, b *Host, _ *Node) {
			b.Unplug(lan)
			time.Sleep(3 * time.Second)
			b.Plug(lan)
		}},
		{"another card instead", func(lan *Bridge, b *Host, _ *Node) {
			b.Leave(lan)
			b.Join(lan, "10.77.0.2/24")
		}},
		{"from the cable to the wireless network", func(lan *Bridge, b *Host, _ *Node) {
			wireless := lan.lab.Bridge("wireless")
			lan.Cable(wireless)
			b.Join(wireless, "10.77.0.3/24")
			time.Sleep(time.Second)
			b.Unplug(lan)
		}},
		{"every fifth frame is lost from now on", func(lan *Bridge, _ *Host, _ *Node) { lan.Loss(20) }},
		{"the network carries nothing for a minute", func(lan *Bridge, _ *Host, _ *Node) {
			lan.Loss(100)
			time.Sleep(time.Minute)
			lan.Loss(0)
		}},
		{"one host hears nothing for half a minute", func(_ *Bridge, b *Host, _ *Node) {
			b.Loss(100)
			time.Sleep(time.Minute / 2)
			b.Loss(0)
		}},
		{"one program stands still for half a minute", func(_ *Bridge, _ *Host, bert *Node) {
			bert.Signal(syscall.SIGSTOP)
			time.Sleep(time.Minute / 2)
			bert.Signal(syscall.SIGCONT)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			const before, after, pause = 20, 20, 200 * time.Millisecond
			lan, a, b := twoHosts(t)
			a.SetAddress(lan, "10.77.0.1/24", "fd00:77::1/64")
			b.SetAddress(lan, "10.77.0.2/24")
			anna, bert := a.Start("anna"), b.Start("bert")
			find(anna, bert)
			var both sync.WaitGroup
			for _, way := range [][2]*Node{{anna, bert}, {bert, anna}} {
				both.Go(func() {
					for i := range before + after {
						if err := way[0].post(way[1].ID, fmt.Sprintf("%s %d", way[0].ID, i)); err != nil {
							t.Error(err)
						}
						time.Sleep(pause)
					}
				})
			}
			time.Sleep(before * pause)
			c.happen(lan, b, bert)
			happened := time.Now()
			both.Wait()
			same(anna, bert, 2+2*(before+after), 5*bound)
			t.Logf("all is there %v after it was over", time.Since(happened))
		})
	}
}
