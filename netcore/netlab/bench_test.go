//go:build linux && netns

package netlab

import (
	"fmt"
	"net"
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

// cpu returns the time that a process has spent, from the run times of its
// threads (proc(5): /proc/pid/schedstat), which are finer than ticks.
func cpu(b testing.TB, pid int) time.Duration {
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
func resident(b testing.TB, pid int) float64 {
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
