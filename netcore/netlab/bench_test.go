//go:build linux && netns

package netlab

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// times collects durations, and reports them as metrics in milliseconds.
type times []time.Duration

func (d times) report(b *testing.B, what string) {
	b.Helper()
	slices.Sort(d)
	for _, m := range []struct {
		name string
		at   int
	}{{"median", len(d) / 2}, {"p95", len(d) * 95 / 100}, {"max", len(d) - 1}} {
		b.ReportMetric(float64(d[m.at])/1e6, fmt.Sprintf("%s-%s-ms", what, m.name))
	}
}

// BenchmarkFind starts a device 50 times beside one that runs, and reports the
// time from the start of its program until it shows the other. The yardsticks
// are the time until the program is ready to do anything at all, and a raw
// datagram to everybody with its answer.
func BenchmarkFind(b *testing.B) {
	const starts = 50
	for _, c := range []struct {
		name    string
		percent int
		profile string // fresh: a new device each time; again: one that knew the other
	}{
		{"fresh", 0, "fresh %d"},
		{"again", 0, "again"},
		{"fresh, 20 % lost", 20, "fresh %d"},
		{"again, 20 % lost", 20, "again"},
	} {
		b.Run(c.name, func(b *testing.B) {
			lab := New(b)
			lan, here, there := lab.Bridge("lan"), lab.Host("a"), lab.Host("b")
			here.Join(lan, "10.77.0.1/24", "fd00:77::1/64")
			there.Join(lan, "10.77.0.2/24", "fd00:77::2/64")
			raw := roundTrips(b, here, there, "10.77.0.255")
			lan.Loss(c.percent)
			anna := here.Start("anna")
			for b.Loop() {
				var ready, seen, shown times
				for i := range starts {
					profile := c.profile
					if strings.Contains(profile, "%d") {
						profile = fmt.Sprintf(profile, i)
					}
					anna.Skip()
					bert := there.Start(profile)
					ready = append(ready, bert.Ready.At.Sub(bert.Started))
					seen = append(seen, bert.WaitPeer(anna, "online", 2*bound).At.Sub(bert.Started))
					shown = append(shown, anna.WaitPeer(bert, "online", 2*bound).At.Sub(bert.Started))
					bert.Stop()
				}
				seen.report(b, "sees")
				shown.report(b, "seen")
				ready.report(b, "ready")
				raw.report(b, "raw")
			}
			b.ReportMetric(0, "ns/op")
		})
	}
}

// roundTrips measures raw datagrams to a broadcast address with their answers.
func roundTrips(b *testing.B, from, to *Host, broadcast string) times {
	b.Helper()
	in, out := listen(to, ":47000"), listen(from, ":0")
	defer in.Close()
	defer out.Close()
	go func() {
		buffer := make([]byte, 2048)
		for {
			size, address, err := in.ReadFromUDPAddrPort(buffer)
			if err != nil {
				return
			}
			_, _ = in.WriteToUDPAddrPort(buffer[:size], address)
		}
	}()
	var all times
	buffer := make([]byte, 2048)
	at := net.JoinHostPort(broadcast, "47000")
	for range 200 {
		started := time.Now()
		if err := send(out, strings.Repeat("x", 1000), at); err != nil {
			b.Fatal(err)
		}
		_ = out.SetReadDeadline(started.Add(soon))
		if _, err := out.Read(buffer); err != nil {
			b.Fatal(err)
		}
		all = append(all, time.Since(started))
	}
	return all
}

// BenchmarkReturn writes to somebody absent 20 times, and reports how long after
// the start of their program, and after its being ready, they see the message.
func BenchmarkReturn(b *testing.B) {
	lab := New(b)
	lan, here, there := lab.Bridge("lan"), lab.Host("a"), lab.Host("b")
	here.Join(lan, "10.77.0.1/24", "fd00:77::1/64")
	there.Join(lan, "10.77.0.2/24", "fd00:77::2/64")
	anna, bert := here.Start("anna"), there.Start("bert")
	meet(anna, bert)
	for b.Loop() {
		var start, ready times
		for i := range 20 {
			anna.Skip()
			bert.Stop()
			anna.WaitPeer(bert, "offline", bound)
			text := fmt.Sprintf("while you were out %d", i)
			id := anna.Send(bert, text)
			bert = bert.Again()
			shown := bert.WaitMessage(text, bound)
			anna.WaitDelivered(id, bound)
			start = append(start, shown.At.Sub(bert.Started))
			ready = append(ready, shown.At.Sub(bert.Ready.At))
		}
		start.report(b, "started")
		ready.report(b, "ready")
	}
	b.ReportMetric(0, "ns/op")
}

// BenchmarkFiftyPeers runs 51 devices on one bridge and reports what they cost
// when nobody says anything: memory (resident set) and CPU (of one core, over
// half a minute). The yardstick is this test program, which waits.
func BenchmarkFiftyPeers(b *testing.B) {
	const devices, while = 51, 30 * time.Second
	lab := New(b)
	lan := lab.Bridge("lan")
	self, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	bare := lab.Host("bare").Run("env", holdEnv+"=1", self)
	var nodes []*Node
	for i := range devices {
		h := lab.Host(fmt.Sprintf("h%d", i))
		h.Join(lan, netip.AddrFrom4([4]byte{10, 77, 0, byte(i + 1)}).String()+"/24")
		nodes = append(nodes, h.Start(fmt.Sprintf("device %d", i)))
	}
	for _, n := range nodes {
		for until := time.Now().Add(2 * time.Minute); ; time.Sleep(500 * time.Millisecond) {
			online := 0
			for _, p := range n.Peers() {
				if p.State == "online" {
					online++
				}
			}
			if online == devices-1 {
				break
			}
			if time.Now().After(until) {
				b.Fatalf("%s sees %d of %d others", n.name, online, devices-1)
			}
		}
	}
	for b.Loop() {
		time.Sleep(while) // the talk of the start dies down
		before := make([]time.Duration, devices)
		for i, n := range nodes {
			before[i] = cpu(b, n.PID())
		}
		started := time.Now()
		time.Sleep(while)
		var memory, busy []float64
		for i, n := range nodes {
			memory = append(memory, resident(b, n.PID()))
			busy = append(busy, 100*float64(cpu(b, n.PID())-before[i])/float64(time.Since(started)))
		}
		slices.Sort(memory)
		slices.Sort(busy)
		b.ReportMetric(resident(b, bare.PID()), "bare-memory-MB")
		b.ReportMetric(memory[devices/2], "memory-median-MB")
		b.ReportMetric(memory[devices-1], "memory-max-MB")
		b.ReportMetric(busy[devices/2], "cpu-median-%")
		b.ReportMetric(busy[devices-1], "cpu-max-%")
	}
	b.ReportMetric(0, "ns/op")
}

// cpu returns the time that a process has spent, from the run times of its
// threads (proc(5): /proc/pid/schedstat), which are finer than ticks.
func cpu(b *testing.B, pid int) time.Duration {
	b.Helper()
	tasks, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
	if err != nil {
		b.Fatal(err)
	}
	var sum time.Duration
	for _, task := range tasks {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%s/schedstat", pid, task.Name()))
		if err != nil {
			continue // it has just ended
		}
		ns, err := strconv.ParseInt(strings.Fields(string(stat))[0], 10, 64)
		if err != nil {
			b.Fatal(err)
		}
		sum += time.Duration(ns)
	}
	return sum
}

// resident returns the memory of a process in megabytes.
func resident(b *testing.B, pid int) float64 {
	b.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		b.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	kilobytes, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		b.Fatal(err)
	}
	return float64(kilobytes) / 1000
}
