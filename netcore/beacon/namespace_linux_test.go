package beacon

import (
	"net/netip"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/parlance-chat/parlance/netcore/chat"
)

const namespaceVariable = "PARLANCE_BEACON_NAMESPACE"

// inNamespace says whether the test runs in a network namespace of its own. If
// not, it runs the test once more in one, where lo alone exists and is down,
// and passes on how that ended; there is nothing left to do then.
func inNamespace(t *testing.T) bool {
	t.Helper()
	if os.Getenv(namespaceVariable) == t.Name() {
		return true
	}
	cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), namespaceVariable+"="+t.Name())
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
	if os.Geteuid() != 0 {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("in a network namespace (as root, or with unprivileged user namespaces): %v\n%s", err, out)
	}
	if !strings.Contains(string(out), "--- PASS: "+t.Name()) {
		t.Fatalf("did not run in its namespace:\n%s", out)
	}
	return false
}

func ip(t *testing.T, arguments string) {
	t.Helper()
	if out, err := exec.Command("ip", strings.Fields(arguments)...).CombinedOutput(); err != nil {
		t.Fatalf("ip %s: %v\n%s", arguments, err, out)
	}
}

func named(name string) func([]chat.Interface) bool {
	return func(list []chat.Interface) bool {
		return slices.ContainsFunc(list, func(i chat.Interface) bool { return i.Name == name })
	}
}

func TestOnlyLoopbackUp(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	ip(t, "link set lo up")
	a, b := start(t, 0), start(t, 0)
	a.Send([]byte("hello"))
	for _, way := range []Way{Multicast, Broadcast} { // in the order of sending
		p := b.hear(t, string(way), func(p Packet) bool { return p.Way == way })
		if p.Interface != "lo" || p.From.Addr().String() != "127.0.0.1" {
			t.Errorf("%s came on %q from %s", way, p.Interface, p.From)
		}
	}
}

func TestNoNetworkThenSome(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	a, b := start(t, 0), start(t, 0) // lo is down
	if list := a.Interfaces(); len(list) != 0 {
		t.Errorf("interfaces %+v, want none", list)
	}
	if n := a.Send([]byte("nobody hears this")); n != 0 {
		t.Errorf("sent %d ways without a network", n)
	}
	ip(t, "link set lo up")
	a.change(t, "lo up", named("lo"))
	b.change(t, "lo up", named("lo"))
	a.Send([]byte("hello"))
	b.hear(t, "hello", says("hello"))

	ip(t, "link set lo down")
	none := func(list []chat.Interface) bool { return len(list) == 0 }
	a.change(t, "lo down", none)
	b.change(t, "lo down", none)
	if n := a.Send([]byte("nobody hears this")); n != 0 {
		t.Errorf("sent %d ways without a network", n)
	}

	ip(t, "link set lo up")
	a.change(t, "lo up again", named("lo"))
	b.change(t, "lo up again", named("lo"))
	b.Send([]byte("back"))
	a.hear(t, "back", says("back"))
}

// TestChangesAreToldOf: what the kernel tells of is noticed with no look in
// between.
func TestChangesAreToldOf(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	a := startPolling(t, time.Hour, 0)
	ip(t, "link set lo up")
	a.change(t, "lo up", named("lo"))
	ip(t, "link add v0 type veth peer name v1")
	ip(t, "link set v1 up")
	ip(t, "link set v0 up")
	ip(t, "address add 10.77.0.1/24 dev v0")
	has := func(address string) func([]chat.Interface) bool {
		return func(list []chat.Interface) bool {
			return slices.ContainsFunc(list, func(i chat.Interface) bool {
				return slices.Contains(i.Addresses, netip.MustParsePrefix(address))
			})
		}
	}
	a.change(t, "v0 added", has("10.77.0.1/24"))
	ip(t, "address add 10.78.0.1/24 dev v0")
	a.change(t, "another address", has("10.78.0.1/24"))
	ip(t, "link del v0")
	a.change(t, "v0 gone", func(list []chat.Interface) bool { return !named("v0")(list) })
}

func TestCardsComeAndGo(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	ip(t, "link set lo up")
	a := start(t, 0)
	ip(t, "link add v0 type veth peer name v1")
	ip(t, "address add 10.77.0.1/24 dev v0")
	ip(t, "link set v1 up")
	ip(t, "link set v0 up")
	a.change(t, "v0 added", named("v0"))
	if !slices.Contains(a.Status().Groups, Group{Interface: "v0", Address: Group4}) {
		t.Errorf("%s not joined on v0: %+v", Group4, a.Status().Groups)
	}
	a.Send([]byte("hello"))
	for _, way := range []Way{Multicast, Broadcast} { // the own ones, by the new card
		p := a.hear(t, string(way)+" of v0", func(p Packet) bool {
			return p.Way == way && p.From.Addr().String() == "10.77.0.1"
		})
		if way == Multicast && p.Interface != "v0" {
			t.Errorf("multicast came on %q, want v0", p.Interface)
		}
	}

	ip(t, "address del 10.77.0.1/24 dev v0")
	ip(t, "address add 10.78.0.1/24 dev v0")
	a.change(t, "another address", func(list []chat.Interface) bool {
		return slices.ContainsFunc(list, func(i chat.Interface) bool {
			return slices.Contains(i.Addresses, netip.MustParsePrefix("10.78.0.1/24"))
		})
	})
	a.Send([]byte("moved"))
	a.hear(t, "moved", func(p Packet) bool {
		return string(p.Datagram) == "moved" && p.From.Addr().String() == "10.78.0.1"
	})

	ip(t, "link del v0")
	a.change(t, "v0 gone", func(list []chat.Interface) bool { return !named("v0")(list) })
}

// TestAddressOfIPv6Settles: a new link-local address cannot be sent from until
// the system has made sure that nobody else has it (RFC 4862 section 5.4), so
// what is announced at once goes nowhere on a network without IPv4.
func TestAddressOfIPv6Settles(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	a := start(t, 0)
	ip(t, "link add v0 type veth peer name v1")
	ip(t, "link set v1 up")
	ip(t, "link set v0 up")
	settled := func() bool {
		a.Send([]byte("hello"))
		sent := a.Status().Sent
		return len(sent) > 0 && !slices.ContainsFunc(sent, func(s Sent) bool { return s.Problem != "" })
	}
	a.change(t, "v0 and v1 settled", func([]chat.Interface) bool { return settled() })
	a.hear(t, "hello by IPv6", func(p Packet) bool {
		return p.Way == Multicast && p.From.Addr().Is6() && p.From.Addr().Zone() == p.Interface
	})
}

// TestOddCardsStopNobody has host addresses, a point-to-point address and a card
// without a carrier beside loopback.
func TestOddCardsStopNobody(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	ip(t, "link set lo up")
	ip(t, "address add 10.9.9.9/32 dev lo")
	ip(t, "link add v0 type veth peer name v1")
	ip(t, "address add 10.77.0.1/32 dev v0")
	ip(t, "link set v0 up") // v1 is down: no carrier
	ip(t, "link add v2 type veth peer name v3")
	ip(t, "address add 10.8.0.1 peer 10.8.0.2 dev v2") // as a tunnel has it
	ip(t, "link set v2 up")
	ip(t, "link set v3 up")
	a, b := start(t, 0), start(t, 0)
	a.Send([]byte("hello"))
	b.hear(t, "hello by lo", func(p Packet) bool { return p.Interface == "lo" && p.Way == Broadcast })
	for _, name := range []string{"lo", "v0", "v2"} {
		if !named(name)(a.Interfaces()) {
			t.Errorf("%s is not listed: %+v", name, a.Interfaces())
		}
	}
}
