//go:build linux && netns

package netlab

import (
	"fmt"
	"math/rand"
	"slices"
	"sync"
	"testing"
	"time"
)

// texts returns the messages of a conversation, without changes of the group.
func (n *Node) texts(of string) []Event {
	n.t.Helper()
	return slices.DeleteFunc(n.HistoryOf(of), func(e Event) bool { return e.Text == "" })
}

// agree waits until all nodes hold as many texts of a conversation, the own ones
// delivered to everybody, and checks that they are the same in one order.
func agree(of string, want int, within time.Duration, nodes ...*Node) {
	t := nodes[0].t
	t.Helper()
	all := make([][]Event, len(nodes))
	complete := func() bool {
		for i, n := range nodes {
			if all[i] = n.texts(of); len(all[i]) < want || !delivered(all[i]) {
				return false
			}
		}
		return true
	}
	for until := time.Now().Add(within); !complete(); time.Sleep(500 * time.Millisecond) {
		if time.Now().After(until) {
			for i, n := range nodes {
				t.Errorf("after %v %s holds %d of %d (own all delivered: %v)\n%s", within, n.name, len(all[i]), want, delivered(all[i]), n.report())
			}
			t.FailNow()
		}
	}
	for i, n := range nodes[1:] {
		if err := compare(all[0], all[i+1], want); err != nil {
			t.Errorf("%s and %s: %v", nodes[0].name, n.name, err)
		}
	}
}

// fire is a group of three under fire: each writes messages while every fifth
// frame is lost and each of them is killed at some moment and started again.
type fire struct {
	lan    *Bridge
	hosts  int
	lab    *Lab
	nodes  []*Node
	stored time.Duration // until all was on its author's disk
}

func (f *fire) start(name string) *Node {
	f.hosts++
	h := f.lab.Host(name)
	h.Join(f.lan, fmt.Sprintf("10.77.0.%d/24", f.hosts))
	return h.Start(name)
}

func underFire(t testing.TB, each int) *fire {
	t.Helper()
	seed := time.Now().UnixNano()
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewSource(seed))
	l := New(t)
	f := &fire{lab: l, lan: l.Bridge("lan")}
	for _, name := range []string{"anna", "bert", "cleo"} {
		f.nodes = append(f.nodes, f.start(name))
	}
	for _, n := range f.nodes {
		for _, other := range f.nodes {
			if other != n {
				n.WaitPeer(other, "online", bound)
			}
		}
	}
	f.nodes[0].CLI("group", "create", "Team", "bert", "cleo").must(t)
	for _, n := range f.nodes[1:] {
		n.wait(bound, "group", func(e Event) bool { return e.Event == "conversation" && e.Kind == "group" })
	}
	f.lan.Loss(20)
	started := time.Now()
	var writing sync.WaitGroup
	for i := range f.nodes {
		killedAfter := each/10 + rnd.Intn(each*8/10)
		writing.Go(func() {
			for number := range each {
				if number == killedAfter {
					f.nodes[i].Kill()
					f.nodes[i] = f.nodes[i].Again()
				}
				if err := f.nodes[i].post("Team", fmt.Sprintf("%s %d", f.nodes[i].ID, number)); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	writing.Wait()
	f.stored = time.Since(started)
	return f
}

// TestGroupUnderFire: at the end all three hold the same, and a fourth who is
// let in gets everything from those who are still there.
func TestGroupUnderFire(t *testing.T) {
	t.Parallel()
	const each = 1000
	f := underFire(t, each)
	started := time.Now()
	agree("Team", 3*each, 2*time.Minute, f.nodes...)
	t.Logf("%d messages stored after %v, with everybody %v later", 3*each, f.stored, time.Since(started))

	dora := f.start("dora")
	f.nodes[1].WaitPeer(dora, "online", bound)
	f.nodes[0].Stop()
	started = time.Now()
	f.nodes[1].CLI("group", "add", "Team", "dora").must(t)
	dora.wait(bound, "group", func(e Event) bool { return e.Event == "conversation" && e.Kind == "group" })
	for until := time.Now().Add(time.Minute); len(dora.texts("Team")) < 3*each; time.Sleep(300 * time.Millisecond) {
		if time.Now().After(until) {
			t.Fatalf("dora holds %d\n%s", len(dora.texts("Team")), dora.report())
		}
	}
	t.Logf("the fourth had all after %v", time.Since(started))
	if err := compare(dora.texts("Team"), f.nodes[1].texts("Team"), 3*each); err != nil {
		t.Error(err)
	}
}

// BenchmarkUnderFire counts what is lost or doubled in such a group.
func BenchmarkUnderFire(b *testing.B) {
	const each = 1000
	lost, doubled := 0, 0
	for b.Loop() {
		f := underFire(b, each)
		missing := 0
		for until := time.Now().Add(time.Minute); ; time.Sleep(500 * time.Millisecond) {
			missing = 0
			for _, n := range f.nodes {
				missing += max(0, 3*each-len(n.texts("Team")))
			}
			if missing == 0 || time.Now().After(until) {
				break
			}
		}
		lost += missing
		for _, n := range f.nodes {
			seen := make(map[string]bool)
			for _, m := range n.texts("Team") {
				if seen[m.Text] {
					doubled++
				}
				seen[m.Text] = true
			}
		}
	}
	b.ReportMetric(float64(lost), "lost")
	b.ReportMetric(float64(doubled), "doubled")
	b.ReportMetric(3*each*float64(b.N), "sent")
	b.ReportMetric(0, "ns/op")
}
