//go:build linux && netns

package netlab

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// crowd starts so many devices on one bridge, a few at a time, and waits until
// each shows all others. It returns how long after the last start that was.
func crowd(tb testing.TB, devices int) (nodes []*Node, all time.Duration) {
	tb.Helper()
	const patience, pause = 3 * time.Minute, time.Second
	lab := New(tb)
	lan := lab.Bridge("lan")
	hosts := make([]*Host, devices)
	for i := range hosts {
		hosts[i] = lab.Host(fmt.Sprintf("h%d", i))
		hosts[i].Join(lan, netip.AddrFrom4([4]byte{10, 77, 0, byte(i + 1)}).String()+"/24")
	}
	acquaint(lab, hosts)
	// Several at once, as when the power comes back, and no faster than this machine
	// does the work that each start makes for all: real devices have a machine each.
	// With both of two cores behind, the last would see the others when that work is
	// done, after up to a quarter of a minute.
	atOnce := runtime.NumCPU()
	nodes = make([]*Node, devices)
	var starting sync.WaitGroup
	for first := range atOnce {
		starting.Go(func() {
			for i := first; i < devices; i += atOnce {
				nodes[i] = hosts[i].Start(fmt.Sprintf("device %d", i))
				time.Sleep(pause)
			}
		})
	}
	starting.Wait()
	if tb.Failed() {
		tb.FailNow()
	}
	var last time.Time
	for _, n := range nodes {
		if n.Started.After(last) {
			last = n.Started
		}
	}
	for _, n := range nodes {
		online := map[string]bool{}
		n.wait(patience, "others", func(e Event) bool {
			if e.Event == "peer" {
				online[e.ID] = e.State == "online"
				if e.State != "online" {
					delete(online, e.ID)
				}
			}
			if len(online) < devices-1 {
				return false
			}
			all = max(all, e.At.Sub(last))
			return true
		})
	}
	return nodes, all
}

// acquaint tells hosts on one bridge each other's hardware addresses. Linux keeps
// one table of neighbours for all namespaces, and it has room for 1,024 besides
// those that stay; real machines have one each.
func acquaint(l *Lab, hosts []*Host) {
	l.t.Helper()
	lines := make([][]string, len(hosts))
	for i, h := range hosts {
		h.In(func() error {
			card, err := net.InterfaceByName("eth0")
			if err != nil {
				return err
			}
			addresses, err := card.Addrs()
			for _, a := range addresses {
				lines[i] = append(lines[i], fmt.Sprintf("neighbour replace %s lladdr %s dev eth0 nud permanent", a.(*net.IPNet).IP, card.HardwareAddr))
			}
			return err
		})
	}
	for i, h := range hosts {
		l.ip(h.ns, slices.Concat(slices.Concat(lines[:i]...), slices.Concat(lines[i+1:]...))...)
	}
}

// TestCrowd lets 200 devices start on one bridge: all see all. How soon depends on
// what else the machine does, and so the table tells beside it the work that it
// took, and what each costs afterwards.
func TestCrowd(t *testing.T) {
	const devices, rest, while = 200, 15 * time.Second, 5 * time.Second
	nodes, all := crowd(t, devices)
	var starting time.Duration
	for _, n := range nodes {
		starting += cpu(t, n.PID())
	}
	time.Sleep(rest) // they choose their neighbours and link
	before := make([]load, devices)
	for i, n := range nodes {
		before[i] = n.load(t)
	}
	time.Sleep(while)
	var busy time.Duration
	packets, memory := 0.0, 0.0
	for i, n := range nodes {
		now := n.load(t)
		busy += now.cpu - before[i].cpu
		packets += float64(now.packets-before[i].packets) / now.at.Sub(before[i].at).Seconds()
		memory = max(memory, resident(t, n.PID()))
	}
	fmt.Printf("| %d devices on one bridge: all see all %.1f s after the last start, with %.2f s of a processor each; then each %.1f packets a second and %.2f %% of one, at most %.0f MB\n",
		devices, all.Seconds(), starting.Seconds()/devices, packets/devices, 100*busy.Seconds()/while.Seconds()/devices, memory)
	// The first and the last, which have half of the ring between them.
	talk(nodes[0], nodes[devices-1])
}

// BenchmarkCrowd reports what devices cost while nobody says anything: memory
// (resident set), CPU (of one core) and what their cards carry, over half a
// minute. The yardstick is this test program, which waits.
func BenchmarkCrowd(b *testing.B) {
	const while = 30 * time.Second
	for _, devices := range []int{51, 100} {
		b.Run(fmt.Sprintf("%d devices", devices), func(b *testing.B) {
			self, err := os.Executable()
			if err != nil {
				b.Fatal(err)
			}
			bare := New(b).Host("bare").Run("env", holdEnv+"=1", self)
			nodes, all := crowd(b, devices)
			for b.Loop() {
				time.Sleep(while) // the talk of the start dies down
				before := make([]load, devices)
				for i, n := range nodes {
					before[i] = n.load(b)
				}
				time.Sleep(while)
				var memory, busy, packets, bytes []float64
				for i, n := range nodes {
					now := n.load(b)
					seconds := now.at.Sub(before[i].at).Seconds()
					memory = append(memory, resident(b, n.PID()))
					busy = append(busy, 100*(now.cpu-before[i].cpu).Seconds()/seconds)
					packets = append(packets, float64(now.packets-before[i].packets)/seconds)
					bytes = append(bytes, float64(now.bytes-before[i].bytes)/seconds)
				}
				b.ReportMetric(all.Seconds(), "all-see-all-s")
				b.ReportMetric(resident(b, bare.PID()), "bare-memory-MB")
				for _, m := range []struct {
					unit   string
					values []float64
				}{{"memory-%s-MB", memory}, {"cpu-%s-%%", busy}, {"packets-%s/s", packets}, {"bytes-%s/s", bytes}} {
					slices.Sort(m.values)
					b.ReportMetric(m.values[devices/2], fmt.Sprintf(m.unit, "median"))
					b.ReportMetric(m.values[devices-1], fmt.Sprintf(m.unit, "max"))
				}
			}
			b.ReportMetric(0, "ns/op")
		})
	}
}

// load is what a node has used by a time.
type load struct {
	at             time.Time
	cpu            time.Duration
	packets, bytes int // in and out of the card
}

func (n *Node) load(b testing.TB) load {
	b.Helper()
	l := load{at: time.Now(), cpu: cpu(b, n.PID())}
	var table []byte
	n.Host.In(func() (err error) {
		table, err = os.ReadFile("/proc/thread-self/net/dev")
		return err
	})
	_, row, _ := strings.Cut(string(table), "eth0:")
	row, _, _ = strings.Cut(row, "\n")
	fields := strings.Fields(row) // proc(5): 8 of receiving, 8 of sending, bytes and packets first
	if len(fields) < 10 {
		b.Fatalf("no eth0 in %s", table)
	}
	count := func(i int) int {
		v, err := strconv.Atoi(fields[i])
		if err != nil {
			b.Fatal(err)
		}
		return v
	}
	l.bytes, l.packets = count(0)+count(8), count(1)+count(9)
	return l
}
