package sim

import (
	"fmt"
	"testing"
	"time"
)

// Whatever happens to them, a message reaches all, on short ways and without
// anybody having to send it often. The seed is always the same: who restarts may
// have to be sent it a second time, which can make one or two copies more.
func TestReachesAll(t *testing.T) {
	for _, s := range []Scenario{
		{Name: "a lobby of 1,000", Devices: 1000},
		{Name: "with 20 % of the packets lost", Devices: 1000, Loss: 0.2},
		{Name: "with 10 % of the devices restarting", Devices: 1000, Restart: 0.1},
		{Name: "with both, and clocks an hour off", Devices: 300, Loss: 0.2, Restart: 0.1, Skew: time.Hour},
		{Name: "two halves, apart for five minutes", Devices: 100, Parted: 5 * time.Minute},
		{Name: "everyone linked to everyone", Devices: 16, Loss: 0.2},
		{Name: "two", Devices: 2, Loss: 0.5},
		{Name: "a group", Devices: 100, Group: true},
	} {
		t.Run(s.Name, func(t *testing.T) {
			s.Seed = 1
			c := s.Run()
			t.Logf("seed %d: %s", s.Seed, c)
			if c.Reached != s.Devices {
				t.Errorf("seed %d: %d of %d devices have it", s.Seed, c.Reached, s.Devices)
			}
			if most := s.Log2() + 2; c.Hops > most {
				t.Errorf("seed %d: %d hops, the most is %d", s.Seed, c.Hops, most)
			}
			if most := max(2*s.Log2(), 15); c.Most > most { // up to 16 all are linked
				t.Errorf("seed %d: one device sends it %d times, the most is %d", s.Seed, c.Most, most)
			}
			if c.Copies > 8*s.Devices {
				t.Errorf("seed %d: %d copies", s.Seed, c.Copies)
			}
		})
	}
}

// TestAuthorGone: those who were away get all from whoever has it, each message
// about once.
func TestAuthorGone(t *testing.T) {
	for _, s := range []Scenario{
		{Name: "a group of 100", Devices: 100, Group: true, Messages: 20, Away: 0.3, Gone: true},
		{Name: "on a bad day", Devices: 100, Group: true, Messages: 20, Away: 0.3, Gone: true, Loss: 0.2, Skew: time.Hour},
		{Name: "disks lost", Devices: 100, Group: true, Messages: 20, Restart: 0.3, Wiped: true, Away: 0.3, Gone: true},
		{Name: "a lobby", Devices: 100, Messages: 20, Away: 0.3, Gone: true},
	} {
		t.Run(s.Name, func(t *testing.T) {
			s.Seed = 1
			c := s.Run()
			t.Logf("seed %d: %s", s.Seed, c)
			if c.Reached != s.Devices {
				t.Errorf("seed %d: %d of %d devices have all", s.Seed, c.Reached, s.Devices)
			}
			if c.Time > time.Minute+5*time.Second {
				t.Errorf("seed %d: it takes %v, of which a minute is waiting", s.Seed, c.Time)
			}
		})
	}
}

// TestSameSeed: what happened can be seen again.
func TestSameSeed(t *testing.T) {
	s := Scenario{Seed: 5, Devices: 200, Loss: 0.2, Restart: 0.2, Away: 0.1, Skew: time.Hour, Messages: 3}
	first := s.Run()
	again := s.Run()
	first.Memory, again.Memory = 0, 0
	if first != again {
		t.Errorf("%s, and then %s", first, again)
	}
}

// BenchmarkLobby prints what one message costs among few and many.
func BenchmarkLobby(b *testing.B) {
	for _, n := range []int{10, 100, 1000, 5000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			var s Scenario
			var c Cost
			for i := range b.N {
				s = Scenario{Devices: n, Seed: uint64(i)}
				c = s.Run()
				if c.Reached != n {
					b.Fatalf("%d of %d devices have it", c.Reached, n)
				}
			}
			b.ReportMetric(float64(c.Reached), "reached")
			b.ReportMetric(float64(s.Log2()+2), "hops-reach")
			b.ReportMetric(float64(2*s.Log2()), "copies-reach")
			b.ReportMetric(float64(c.Copies), "copies")
			b.ReportMetric(float64(c.Most), "copies-most")
			b.ReportMetric(float64(c.Median), "copies-median")
			b.ReportMetric(float64(c.Hops), "hops")
			b.ReportMetric(float64(c.Frontiers), "frontiers")
			b.ReportMetric(float64(c.Bytes), "bytes")
			b.ReportMetric(float64(c.Time.Microseconds())/1000, "ms-till-all")
			b.ReportMetric(float64(c.Memory), "heap-bytes/device")
		})
	}
}
